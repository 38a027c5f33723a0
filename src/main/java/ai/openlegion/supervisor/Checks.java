package ai.openlegion.supervisor;

import ai.openlegion.fleet.Presence;
import ai.openlegion.runtime.Condition;
import ai.openlegion.supervisor.Supervised.Run;
import io.vertx.core.Future;
import java.net.URI;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/// How an agent is found to be well: its program runs, its volume is small enough, and it answers where it has a
/// server.
final class Checks {

    private final HealthProbe probe;
    private final IntSupplier meshPort;

    Checks(HealthProbe probe, IntSupplier meshPort) {
        this.probe = probe;
        this.meshPort = meshPort;
    }

    int meshPort() {
        return meshPort.getAsInt();
    }

    /// Of everything a start depends on.
    String hash(Plan plan, Engine engine) {
        return plan.hash(engine.runtime().name(), meshPort());
    }

    /// Looks at a run and says what it found.
    ///
    /// @param whole whether the engine is asked, too
    void look(Run run, boolean whole, Consumer<Event> tell) {
        Presence presence = run.presence;
        String instance = run.instance;
        if (presence == null || instance == null) {
            tell.accept(new Event.Missed(run.number, "it is not there"));
            return;
        }
        URI address = run.agent.program().hasServer() ? presence.address() : null;
        Future<String> answer = address == null
                ? Future.succeededFuture("")
                : run.engine
                        .runtime()
                        .ownsAddress(instance)
                        .compose(own -> own
                                ? probe.ask(address, presence)
                                : Future.succeededFuture("it does not listen on its port"));
        Future<Event> verdict = answer.compose(wrong -> {
            Event probed = wrong.isEmpty() ? new Event.Passed(run.number) : new Event.Missed(run.number, wrong);
            return whole || address == null ? withEngine(run, instance, probed) : Future.succeededFuture(probed);
        });
        verdict.onSuccess(tell::accept)
                .onFailure(cause -> run.engine.isToBlameFor(cause).onSuccess(byEngine -> {
                    if (!byEngine) {
                        tell.accept(new Event.Missed(run.number, "it cannot be looked at: " + cause.getMessage()));
                    }
                }));
    }

    private static Future<Event> withEngine(Run run, String instance, Event probed) {
        return run.engine.look(instance).compose(condition -> {
            if (!condition.isRunning()) {
                return Future.succeededFuture(ended(run, condition));
            }
            long limit = run.agent.program().resources().diskBytes();
            return run.engine
                    .diskBytes(instance)
                    .map(bytes -> bytes > limit
                            ? new Event.Overfull(run.number, "disk: " + bytes + " of " + limit + " bytes")
                            : probed);
        });
    }

    /// Looks into what a runtime told of an end.
    void lookIntoEnd(Run run, Consumer<Event> tell) {
        String instance = run.instance;
        if (instance == null) {
            return;
        }
        run.engine
                .look(instance)
                .onSuccess(condition -> {
                    if (!condition.isRunning()) {
                        tell.accept(ended(run, condition));
                    }
                })
                .onFailure(cause -> {
                    Future<Boolean> _ = run.engine.isToBlameFor(cause);
                });
    }

    private static Event ended(Run run, Condition condition) {
        return new Event.Ended(run.number, condition.isFinished(), false, condition.why());
    }
}
