package ai.openlegion.supervisor;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.Fleets;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The verticle that owns every agent the mesh runs: it starts, watches, restarts and ends them, as the fleet says.
///
/// Once deployed it has adopted what runs since before the mesh began, so no token of theirs is ever refused; only
/// [#begin], called when the mesh listens, starts anything.
public final class SupervisorVerticle extends VerticleBase {

    private static final Logger LOG = System.getLogger("openlegion.supervisor");
    private static final int TICK_MILLIS = 100;

    /// What the supervisor works with.
    ///
    /// @param spawnKind what isolates an agent whose parent is external
    /// @param meshPort the agents' listener's, as it is or will be
    /// @param listen makes the mesh listen on an address besides its own; done when every instance does
    /// @param census tells all who keep something of agents which spawned ones there are
    public record Surroundings(
            Bus bus,
            FleetRegistry fleets,
            Database database,
            AuditLog audit,
            Tokens tokens,
            Runtimes runtimes,
            SupervisorSettings settings,
            RuntimeKind spawnKind,
            InstantSource clock,
            AgentOutput output,
            IntSupplier meshPort,
            Function<String, Future<Void>> listen,
            Function<Set<AgentId>, Future<?>> census) {}

    private final Surroundings mesh;
    private final Map<AgentId, Future<?>> clearing = new HashMap<>();
    private volatile @Nullable Parts parts;
    private boolean begun;
    private @Nullable Promise<Void> vacant;

    /// What stands once it is deployed.
    private record Parts(HealthProbe probe, Engines engines, Care care, Nursery nursery, Adoption adoption) {}

    public SupervisorVerticle(Surroundings mesh) {
        this.mesh = mesh;
    }

    @Override
    public Future<?> start() {
        var probe = new HealthProbe(vertx);
        var checks = new Checks(probe, mesh.meshPort());
        var means = new Care.Means(
                mesh.bus(), mesh.fleets(), mesh.database(), mesh.audit(), mesh.tokens(), mesh.clock(), mesh.output());
        var care = new Care(means, checks, this::changed, this::gone);
        var engines = new Engines(vertx, context, mesh, care);
        var nursery = new Nursery(mesh, care, one -> equip(one, new Event.Wanted()));
        var adoption = new Adoption(mesh, engines, care, checks);
        parts = new Parts(probe, engines, care, nursery, adoption);
        Fleet fleet = mesh.fleets().current();
        return engines.choose(fleet)
                .compose(_ -> adoption.run(fleet, this::plan))
                .compose(_ -> serve(parts()))
                .onSuccess(_ -> {
                    var _ = mesh.bus().subscribe(Fleets.CHANGED, _ -> follow());
                    var _ = mesh.bus().subscribe(Messaging.CAME, came -> came(came.agent()));
                });
    }

    /// The mesh listens: what is left over is removed, and every agent of the fleet is started.
    public void begin() {
        context.runOnContext(_ -> {
            clearing.putAll(parts().adoption().clear());
            begun = true;
            follow();
            vertx.setPeriodic(TICK_MILLIS, _ -> {
                parts().care().tellAll(new Event.Tick());
                parts().nursery().onTick();
                parts().care().leftovers().onTick();
            });
        });
    }

    /// An agent has begun a task, or is done with it; from any thread.
    public void works(AgentId agent, boolean begun) {
        if (parts != null) {
            context.runOnContext(_ -> tell(agent, begun ? new Event.TaskBegun() : new Event.TaskOver()));
        }
    }

    /// Ends and removes every agent, all at once: first in peace, after a while by force; what resists even that is
    /// left,
    /// and said.
    @Override
    public Future<?> stop() {
        Parts all = parts;
        if (all == null) {
            return mesh.runtimes().close();
        }
        begun = false;
        Promise<Void> done = Promise.promise();
        vacant = done;
        all.nursery().dismissAll("the mesh stops");
        all.care().tellAll(new Event.Unwanted("the mesh stops"));
        checkVacant();
        long peace = (mesh.settings().stopSeconds() + mesh.settings().engineSeconds()) * 1000L;
        long force = vertx.setTimer(peace, _ -> all.care().agents().forEach(all.care()::kill));
        long deadline = vertx.setTimer(1000L * mesh.settings().shutdownSeconds(), _ -> {
            for (Supervised one : all.care().agents()) {
                if (one.life.occupant() != Life.Occupant.NONE) {
                    LOG.log(Level.ERROR, "left behind agent=" + one.id + " reason=\"" + one.life.why() + '"');
                }
            }
            done.tryComplete();
        });
        return done.future().eventually(() -> {
            vertx.cancelTimer(force);
            vertx.cancelTimer(deadline);
            all.engines().close();
            return all.probe().close().eventually(() -> mesh.runtimes().close());
        });
    }

    private Parts parts() {
        Parts all = parts;
        if (all == null) {
            throw new IllegalStateException("the supervisor has not started");
        }
        return all;
    }

    private Future<?> serve(Parts all) {
        return Future.all(
                mesh.bus().serve(Supervisor.READ, _ -> read(all)),
                mesh.bus().serve(Supervisor.COMMAND, command -> Future.succeededFuture(command(all, command))),
                mesh.bus().serve(Supervisor.SPAWN, all.nursery()::spawn));
    }

    private Plan plan(Agent agent) {
        return Plan.of(agent, mesh.fleets().current().catalogue());
    }

    /// Brings the agents in line with the fleet as it is now.
    private void follow() {
        if (!begun) {
            return;
        }
        Care care = parts().care();
        Fleet fleet = mesh.fleets().current();
        for (Agent agent : fleet.agents().values()) {
            if (agent.parent() == null && agent.runtime() != RuntimeKind.EXTERNAL) {
                Supervised one = care.find(agent.id());
                Plan plan = plan(agent);
                if (one == null) {
                    Supervised added = new Supervised(plan, mesh.settings(), 0);
                    care.add(added);
                    equip(added, new Event.Wanted());
                } else if (!one.life.isLeaving()) {
                    boolean same = plan.isSameProgram(one.plan);
                    one.plan = plan;
                    if (!same) {
                        one.life = one.life.of(agent.program().hasServer());
                        equip(one, new Event.Renewed("its entry has changed"));
                    }
                }
            }
        }
        for (Supervised one : care.agents()) {
            Agent agent = fleet.agents().get(one.id);
            AgentId parent = one.parent();
            if (parent != null && !fleet.agents().containsKey(parent)) {
                care.dismiss(one, "its parent is gone");
            } else if (parent == null && (agent == null || agent.runtime() == RuntimeKind.EXTERNAL)) {
                care.tell(one, new Event.Removed("not part of the fleet any more"));
            }
        }
    }

    /// Finds what is to run an agent, and tells it what has happened once that is known and nothing is left of it from
    /// an earlier mesh.
    private void equip(Supervised one, Event event) {
        Parts all = parts();
        Future<?> cleared = clearing.getOrDefault(one.id, Future.succeededFuture());
        cleared.transform((_, _) -> all.engines().of(one.plan.agent().runtime()))
                .onSuccess(engine -> {
                    if (!engine.equals(one.engine)) {
                        one.engine = engine;
                        all.care()
                                .tell(
                                        one,
                                        engine.isLost()
                                                ? new Event.EngineLost("waiting for its engine")
                                                : new Event.EngineBack());
                    }
                    all.care().tell(one, event);
                })
                .onFailure(cause -> {
                    one.engine = null;
                    all.care().tell(one, new Event.Unfit(String.valueOf(cause.getMessage())));
                });
    }

    private void came(AgentId agent) {
        Supervised one = parts().care().find(agent);
        if (one != null) {
            parts().care().tell(one, new Event.Came(one.life.run()));
        }
    }

    private void tell(AgentId agent, Event event) {
        Supervised one = parts().care().find(agent);
        if (one != null) {
            parts().care().tell(one, event);
        }
    }

    /// An agent came into another state: its children go where it does not go on.
    private void changed(Supervised one) {
        AgentState state = one.life.state();
        if (state == AgentState.STOPPING || state == AgentState.ABSENT || state == AgentState.FAILED) {
            parts().nursery().orphan(one.id);
        }
        checkVacant();
    }

    private void gone(Supervised one) {
        checkVacant();
        follow(); // it may have come back meanwhile, as somebody else
    }

    private void checkVacant() {
        Promise<Void> waiting = vacant;
        if (waiting != null
                && parts().care().agents().stream().allMatch(one -> one.life.occupant() == Life.Occupant.NONE)) {
            waiting.tryComplete();
        }
    }

    private Supervisor.Commanded command(Parts all, Supervisor.Command command) {
        Supervised one = all.care().find(command.agent());
        if (one == null) {
            boolean external = mesh.fleets().current().agents().containsKey(command.agent());
            return external
                    ? new Supervisor.Commanded(
                            Supervisor.Outcome.REFUSED, "", "The agent is external: the mesh does not run it")
                    : new Supervisor.Commanded(Supervisor.Outcome.UNKNOWN_AGENT, "", "There is no such agent");
        }
        switch (command.order()) {
            case START -> start(all, one);
            case STOP -> all.care().tell(one, new Event.Unwanted("stopped by the operator"));
            case RESTART -> {
                if (one.life.isWanted() && one.engine != null) {
                    all.care().tell(one, new Event.Renewed("restarted by the operator"));
                } else {
                    start(all, one);
                }
            }
        }
        return new Supervisor.Commanded(
                Supervisor.Outcome.DONE, one.life.state().word(), one.life.why());
    }

    private void start(Parts all, Supervised one) {
        if (one.engine == null) {
            equip(one, new Event.Wanted());
        } else {
            all.care().tell(one, new Event.Wanted());
        }
    }

    private Future<Supervisor.Agents> read(Parts all) {
        Fleet fleet = mesh.fleets().current();
        boolean external = fleet.agents().values().stream().anyMatch(agent -> agent.runtime() == RuntimeKind.EXTERNAL);
        Future<Set<AgentId>> present = external ? registered() : Future.succeededFuture(Set.of());
        return present.map(known -> new Supervisor.Agents(
                fleet.agents().values().stream()
                        .map(agent -> Standings.of(agent, all.care().find(agent.id()), known.contains(agent.id())))
                        .collect(Collectors.toList()),
                all.engines().remarks()));
    }

    private Future<Set<AgentId>> registered() {
        return mesh.bus()
                .ask(Messaging.DIRECTORY, new Messaging.ReadDirectory())
                .map(directory -> switch (directory) {
                    case Messaging.Registrations known -> known.agents().keySet();
                    case Messaging.Unavailable() -> Set.<AgentId>of();
                })
                .otherwise(Set.of());
    }
}
