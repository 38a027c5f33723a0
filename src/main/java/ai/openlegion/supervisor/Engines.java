package ai.openlegion.supervisor;

import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.Instance;
import ai.openlegion.supervisor.Supervised.Run;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The runtimes in use, one [Engine] each, and which of them takes the agents of a kind.
final class Engines implements Engine.Listener {

    private static final Logger LOG = System.getLogger("openlegion.supervisor");

    private final Vertx vertx;
    private final Context context;
    private final SupervisorVerticle.Surroundings mesh;
    private final Care care;
    private final IdentityHashMap<AgentRuntime, Engine> engines = new IdentityHashMap<>();
    private final Map<RuntimeKind, Future<Engine>> choices = new EnumMap<>(RuntimeKind.class);
    private final Set<String> remarks = new LinkedHashSet<>();

    Engines(Vertx vertx, Context context, SupervisorVerticle.Surroundings mesh, Care care) {
        this.vertx = vertx;
        this.context = context;
        this.mesh = mesh;
        this.care = care;
    }

    /// Chooses for every kind that this fleet needs, all at once; fails with the first that cannot be had.
    Future<?> choose(Fleet fleet) {
        return Future.join(kinds(fleet).stream().map(this::of).toList());
    }

    private static Set<RuntimeKind> kinds(Fleet fleet) {
        Set<RuntimeKind> kinds = new LinkedHashSet<>();
        fleet.agents().values().forEach(agent -> kinds.add(agent.runtime()));
        kinds.remove(RuntimeKind.EXTERNAL);
        return kinds;
    }

    /// What takes the agents of this kind; asked again where it could not be had.
    Future<Engine> of(RuntimeKind kind) {
        Future<Engine> known = choices.get(kind);
        if (known != null && !known.failed()) {
            return known;
        }
        Promise<Runtimes.Chosen> answer = Promise.promise();
        mesh.runtimes()
                .choose(kind)
                .onComplete(chosen -> context.runOnContext(_ -> {
                    if (chosen.succeeded()) {
                        answer.complete(chosen.result());
                    } else {
                        answer.fail(chosen.cause());
                    }
                }));
        Future<Engine> choice = answer.future().map(chosen -> take(kind, chosen));
        choices.put(kind, choice);
        return choice;
    }

    private Engine take(RuntimeKind kind, Runtimes.Chosen chosen) {
        AgentRuntime runtime = chosen.runtime();
        care.record(
                "runtime.choose",
                kind.key(),
                chosen.isLowered() ? "lowered" : "allowed",
                runtime.name() + ", " + runtime.boundary().shown());
        for (String remark : chosen.remarks()) {
            remarks.add(remark);
            care.record("runtime.remark", kind.key(), remark, runtime.name());
            LOG.log(Level.WARNING, remark);
        }
        Engine engine = engines.get(runtime);
        if (engine == null) {
            engine = passing(runtime);
            engines.put(runtime, engine);
            runtime.onEnd(instance -> context.runOnContext(_ -> care.ended(instance)));
        }
        return engine;
    }

    /// What takes the agents of this kind, where that is known already.
    @Nullable
    Engine known(RuntimeKind kind) {
        Future<Engine> choice = choices.get(kind);
        return choice == null || !choice.succeeded() ? null : choice.result();
    }

    /// A runtime that no agent is given to.
    Engine passing(AgentRuntime runtime) {
        return new Engine(vertx, context, runtime, mesh.settings(), this);
    }

    /// Those in use.
    Collection<Engine> inUse() {
        return List.copyOf(engines.values());
    }

    boolean isInUse(AgentRuntime runtime) {
        return engines.containsKey(runtime);
    }

    /// One sentence each, for the operator.
    List<String> remarks() {
        Set<String> all = new LinkedHashSet<>(remarks);
        engines.values().forEach(engine -> all.addAll(engine.remarks()));
        return new ArrayList<>(all);
    }

    /// Nothing is waited for any more.
    void close() {
        engines.values().forEach(Engine::close);
    }

    @Override
    public void lost(Engine engine, String why) {
        for (Supervised one : care.agents()) {
            if (isOn(one, engine)) {
                care.tell(one, new Event.EngineLost(why));
            }
        }
    }

    @Override
    public void back(Engine engine, List<Instance> there) {
        for (Supervised one : care.agents()) {
            if (isOn(one, engine)) {
                Run run = one.run;
                if (run != null && run.instance != null && there.stream().noneMatch(found -> isSound(found, run))) {
                    care.tell(one, new Event.Ended(run.number, false, true, "it went with its engine"));
                }
                care.tell(one, new Event.EngineBack());
            }
        }
        for (Instance found : there) {
            Supervised one = care.find(found.agent());
            Run run = one == null ? null : one.run;
            boolean ours = run != null && (run.start.equals(found.start()) || run.instance == null);
            if (!ours) {
                var _ = care.leftovers()
                        .remove("container of agent=" + found.agent(), engine, () -> engine.stop(found.id()));
            }
        }
    }

    private static boolean isSound(Instance found, Run run) {
        return found.id().equals(run.instance) && found.isConfined();
    }

    private static boolean isOn(Supervised one, Engine engine) {
        Run run = one.life.occupant() == Life.Occupant.NONE ? null : one.run;
        return engine.equals(run == null ? one.engine : run.engine);
    }

    @Override
    public void progressed(String text) {
        mesh.bus().publish(Supervisor.PROGRESSED, new Supervisor.Progressed(null, text));
    }

    @Override
    public Future<Void> listen(String address) {
        return mesh.listen().apply(address);
    }

    @Override
    public int meshPort() {
        return mesh.meshPort().getAsInt();
    }
}
