package ai.openlegion.supervisor;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.Instance;
import io.vertx.core.Future;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What is left of an earlier mesh on this home: agents that go on as they are, and what has to make way.
///
/// An agent goes on where its start is the last one that was stored for it, its token is the one minted for that start,
/// it is as confined as a start today would make it, and the fleet still has it as the same program.
final class Adoption {

    private static final Logger LOG = System.getLogger("openlegion.supervisor");

    private final SupervisorVerticle.Surroundings mesh;
    private final Engines engines;
    private final Care care;
    private final Checks checks;
    private final List<Stray> strays = new ArrayList<>();
    private Map<AgentId, StartTable.Row> starts = Map.of();

    private record Stray(Engine engine, Instance instance, String why) {}

    Adoption(SupervisorVerticle.Surroundings mesh, Engines engines, Care care, Checks checks) {
        this.mesh = mesh;
        this.engines = engines;
        this.care = care;
        this.checks = checks;
    }

    /// Finds everything, and takes over what goes on; nothing is ended yet.
    Future<?> run(Fleet fleet, Function<Agent, Plan> plan) {
        return mesh.database().write(connection -> care.table().all(connection)).compose(rows -> {
            starts = rows;
            return engines.inUse().isEmpty()
                    ? Future.succeededFuture()
                    : registrations().compose(known -> {
                        Future<?> done = Future.succeededFuture();
                        for (Engine engine : engines.inUse()) {
                            done = done.compose(_ -> engine.survivors())
                                    .compose(found -> restore(fleet, plan, engine, found)
                                            .onSuccess(ruin -> found.forEach(
                                                    instance -> consider(fleet, plan, engine, instance, known, ruin))));
                        }
                        return done;
                    });
        });
    }

    private Future<Map<AgentId, Messaging.Registration>> registrations() {
        return mesh.bus()
                .ask(Messaging.DIRECTORY, new Messaging.ReadDirectory())
                .map(directory -> switch (directory) {
                    case Messaging.Registrations known -> known.agents();
                    case Messaging.Unavailable() -> Map.<AgentId, Messaging.Registration>of();
                });
    }

    /// Where anybody may go on, what they stand in is made as it should be first: network, filter of the host's ports.
    /// Says why that cannot be had; empty where it is.
    private Future<String> restore(Fleet fleet, Function<Agent, Plan> plan, Engine engine, List<Instance> found) {
        return found.stream()
                        .allMatch(instance ->
                                !obstacle(fleet, plan, engine, instance).isEmpty())
                ? Future.succeededFuture("")
                : engine.restore()
                        .map("")
                        .otherwise(cause -> "what it stands in cannot be restored: " + cause.getMessage());
    }

    private void consider(
            Fleet fleet,
            Function<Agent, Plan> plan,
            Engine engine,
            Instance instance,
            Map<AgentId, Messaging.Registration> registrations,
            String ruin) {
        Agent agent = fleet.agents().get(instance.agent());
        StartTable.Row row = starts.get(instance.agent());
        String obstacle = obstacle(fleet, plan, engine, instance);
        String why = obstacle.isEmpty() ? ruin : obstacle;
        if (agent == null || row == null || !why.isEmpty()) {
            strays.add(new Stray(engine, instance, why));
            return;
        }
        Messaging.Registration registration = registrations.get(agent.id());
        Supervised one = new Supervised(plan.apply(agent), mesh.settings(), 0);
        one.engine = engine;
        care.add(one);
        care.adopt(
                one,
                engine,
                instance,
                row,
                registration != null && registration.registeredAtMillis() >= row.startedMillis());
        care.overlay();
    }

    private String obstacle(Fleet fleet, Function<Agent, Plan> plan, Engine engine, Instance instance) {
        Agent agent = fleet.agents().get(instance.agent());
        return agent == null || agent.runtime() == RuntimeKind.EXTERNAL
                ? "it is not part of the fleet"
                : obstacle(engine, instance, plan.apply(agent), starts.get(instance.agent()));
    }

    /// Why an agent of the fleet cannot go on; empty where it can.
    private String obstacle(Engine engine, Instance instance, Plan plan, StartTable.@Nullable Row row) {
        TokenDigest token = instance.token();
        if (row == null || !row.start().equals(instance.start())) {
            return "its start is not known";
        }
        if (token == null || !token.hex().equals(row.token().hex())) {
            return "its token is not the one it was given";
        }
        if (!instance.isConfined()) {
            return instance.flaw().isEmpty() ? "it is not confined" : instance.flaw();
        }
        if (!row.runtime().equals(engine.runtime().name())
                || !row.programHash().equals(checks.hash(plan, engine))
                || !engine.equals(engines.known(plan.agent().runtime()))) {
            return "its entry has changed";
        }
        return care.find(instance.agent()) == null ? "" : "it runs twice";
    }

    /// Ends what has to make way; when that is done is told for each agent of which there was something.
    Map<AgentId, Future<?>> clear() {
        Map<AgentId, Future<?>> cleared = new HashMap<>();
        for (Stray stray : strays) {
            cleared.merge(stray.instance().agent(), end(stray), Future::join);
        }
        for (AgentRuntime runtime : mesh.runtimes().all()) {
            if (!engines.isInUse(runtime)) {
                Engine engine = engines.passing(runtime);
                engine.survivors()
                        .onSuccess(found -> {
                            for (Instance instance : found) {
                                var _ = end(new Stray(engine, instance, "its runtime is not used any more"));
                            }
                        })
                        .onFailure(cause -> LOG.log(Level.DEBUG, "not asked for leftovers: " + runtime.name(), cause));
            }
        }
        starts.values().forEach(row -> {
            if (care.find(row.agent()) == null) {
                cleared.getOrDefault(row.agent(), Future.succeededFuture()).onComplete(_ -> {
                    care.deleteStart(row.agent(), row.start());
                    if (row.spawned()) {
                        forget(row);
                    }
                });
            }
        });
        return cleared;
    }

    private Future<?> end(Stray stray) {
        Instance instance = stray.instance();
        care.record(
                "agent.replace",
                instance.agent().value(),
                "done: " + stray.why(),
                stray.engine().runtime().name());
        LOG.log(Level.INFO, "not adopted agent=" + instance.agent() + " why=\"" + stray.why() + '"');
        return care.leftovers()
                .remove(
                        "container of agent=" + instance.agent(),
                        stray.engine(),
                        () -> stray.engine().stop(instance.id()));
    }

    /// No spawned agent outlives its mesh, nor does what it kept.
    private void forget(StartTable.Row row) {
        for (Engine engine : engines.inUse()) {
            if (engine.runtime().name().equals(row.runtime())) {
                var _ = care.leftovers()
                        .remove("volume of agent=" + row.agent(), engine, () -> engine.forget(row.agent()));
            }
        }
    }
}
