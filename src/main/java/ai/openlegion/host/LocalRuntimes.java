package ai.openlegion.host;

import ai.openlegion.config.MeshSettings.Isolation;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.RuntimeChoice;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.supervisor.Runtimes;
import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The runtimes of this machine, each asked once whether it can run agents here.
final class LocalRuntimes implements Runtimes {

    private final Map<String, AgentRuntime> runtimes;
    private final Isolation isolation;

    // guarded by this object's monitor
    private final Map<String, Future<String>> checks = new LinkedHashMap<>();
    private final Map<RuntimeKind, Future<Chosen>> choices = new EnumMap<>(RuntimeKind.class);

    /// @param runtimes by the names that `runtime.sandbox` may list, `docker` and `process`
    LocalRuntimes(Map<String, AgentRuntime> runtimes, Isolation isolation) {
        this.runtimes = new LinkedHashMap<>(runtimes);
        this.isolation = isolation;
    }

    @Override
    public synchronized Future<Chosen> choose(RuntimeKind kind) {
        Future<Chosen> known = choices.get(kind);
        if (known != null && !known.failed()) {
            return known;
        }
        boolean mayFallBack = !isolation.sandboxFallback().isEmpty();
        Map<String, Future<String>> asked = new LinkedHashMap<>();
        for (String name : RuntimeChoice.toCheck(kind, isolation.sandbox(), mayFallBack)) {
            AgentRuntime runtime = runtimes.get(name);
            if (runtime != null) {
                asked.put(name, check(name, runtime));
            }
        }
        // all at once: several may stand behind one engine that hangs, and each waits as long for it
        Future<Chosen> choice = Future.join(List.copyOf(asked.values()))
                .map(_ -> {
                    Map<String, String> lacking = new LinkedHashMap<>();
                    asked.forEach((name, lack) -> lacking.put(name, lack.result()));
                    return lacking;
                })
                .compose(lacking -> switch (RuntimeChoice.of(kind, isolation.sandbox(), mayFallBack, lacking)) {
                    case RuntimeChoice.Chosen chosen -> found(chosen);
                    case RuntimeChoice.Refused(String reason) ->
                        Future.failedFuture(new RuntimeFault(RuntimeFault.Kind.MISSING, reason));
                });
        choices.put(kind, choice);
        return choice;
    }

    private Future<Chosen> found(RuntimeChoice.Chosen chosen) {
        AgentRuntime runtime = runtimes.get(chosen.runtime());
        return runtime == null
                ? Future.failedFuture(
                        new RuntimeFault(RuntimeFault.Kind.MISSING, "unknown runtime " + chosen.runtime()))
                : Future.succeededFuture(new Chosen(runtime, chosen.isLowered(), chosen.remarks()));
    }

    /// Empty where it can run agents here, else why not; one that could not is asked again.
    private synchronized Future<String> check(String name, AgentRuntime runtime) {
        Future<String> known = checks.get(name);
        if (known != null
                && (!known.isComplete() || (known.succeeded() && known.result().isEmpty()))) {
            return known;
        }
        Future<String> check = runtime.check().map("").otherwise(cause -> String.valueOf(cause.getMessage()));
        checks.put(name, check);
        return check;
    }

    @Override
    public List<AgentRuntime> all() {
        return List.copyOf(runtimes.values());
    }

    @Override
    public Future<Void> close() {
        return Future.join(runtimes.values().stream().map(AgentRuntime::close).toList())
                .mapEmpty();
    }
}
