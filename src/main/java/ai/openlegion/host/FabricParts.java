package ai.openlegion.host;

import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.blackboard.BlackboardVerticle;
import ai.openlegion.bus.Bus;
import ai.openlegion.config.Loaded;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import ai.openlegion.messaging.MessagingVerticle;
import ai.openlegion.push.PushSettings;
import ai.openlegion.push.PushVerticle;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.schedule.ScheduleVerticle;
import ai.openlegion.store.Database;
import ai.openlegion.supervisor.AgentState;
import ai.openlegion.supervisor.Supervisor;
import ai.openlegion.task.TaskSettings;
import ai.openlegion.task.TaskVerticle;
import ai.openlegion.task.Tasks;
import ai.openlegion.webhook.WebhookVerticle;
import ai.openlegion.workflow.WorkflowVerticle;
import ai.openlegion.workflow.model.WorkflowJson;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// The owners of what agents coordinate by, and how each learns which agents there are.
///
/// A new fleet is told twice. Before it is current, the owners get to know its agents beside those that are there:
/// nothing is removed, so a fleet that is refused after all costs nobody anything. Once it is current, what belonged to
/// agents that are gone is removed: no call of theirs can put anything back.
final class FabricParts {

    /// An agent in one of these still has what it took.
    private static final Set<String> ALIVE =
            Set.of(AgentState.READY.word(), AgentState.BUSY.word(), AgentState.UNHEALTHY.word());

    private final Bus bus;
    private final Database database;
    private final FleetRegistry fleets;
    private final AuditLog audit;
    private final Tokens tokens;
    private final InstantSource clock;
    private final MeshSettings settings;
    private final RollCall calls;

    /// The end of the last telling; the sets are written by one telling at a time.
    private Future<?> turn = Future.succeededFuture();

    private volatile Set<AgentId> configured = Set.of();
    private volatile Set<AgentId> spawned = Set.of();
    private volatile Map<String, Schedule.Spec> jobs = Map.of();
    private volatile List<String> workflows = List.of();

    FabricParts(
            Vertx vertx,
            Bus bus,
            Database database,
            FleetRegistry fleets,
            AuditLog audit,
            Tokens tokens,
            InstantSource clock,
            MeshSettings settings) {
        this.bus = bus;
        this.database = database;
        this.fleets = fleets;
        this.audit = audit;
        this.tokens = tokens;
        this.clock = clock;
        this.settings = settings;
        calls = new RollCall(vertx, bus);
        var _ = bus.subscribe(
                Supervisor.CHANGED,
                changed -> bus.publish(
                        Tasks.AGENT_MOVED, new Tasks.AgentMoved(changed.agent(), ALIVE.contains(changed.to()))));
    }

    /// The owners in the order in which they need each other: who gets notices and messages is there before who sends.
    List<Supplier<Deployable>> verticles() {
        Supplier<Policy> policy = () -> fleets.current().policy();
        return List.of(
                () -> new MessagingVerticle(bus, database, policy, clock, settings.inbox()),
                () -> new BlackboardVerticle(bus, database, policy, clock, settings.board()),
                () -> new ScheduleVerticle(bus, database, policy, audit, clock, settings.schedule()),
                () -> new WebhookVerticle(bus, database, fleets::current, clock),
                () -> new TaskVerticle(
                        bus, database, fleets::current, audit, this::inboundToken, clock, TaskSettings.DEFAULTS),
                () -> new WorkflowVerticle(bus, database, fleets::current, audit, clock, settings.workflows()),
                () -> new PushVerticle(bus, fleets::current, this::inboundToken, clock, PushSettings.DEFAULTS));
    }

    /// Before a configuration is current: its agents and jobs get known, beside the agents that are there.
    Future<?> welcome(Loaded next) {
        return inTurn(() -> {
            Set<AgentId> agents = new HashSet<>(configured);
            agents.addAll(next.agents().keySet());
            configured = Set.copyOf(agents);
            known(next);
            return calls.announce(roster());
        });
    }

    /// As the mesh starts: what belonged to agents that are not of the configuration is removed.
    Future<?> begin(Loaded first) {
        return inTurn(() -> {
            configured = first.agents().keySet();
            known(first);
            return calls.tell(roster());
        });
    }

    /// Once a configuration is current, or has stayed it: what belonged to agents that are not of it is removed. What
    /// fails is tried again for a while.
    Future<?> settle(Loaded current) {
        return inTurn(() -> {
            configured = current.agents().keySet();
            known(current);
            return calls.insist(roster());
        });
    }

    /// These agents are spawned now, beside the configured ones: what belonged to other spawned ones is removed.
    Future<?> spawned(Set<AgentId> now) {
        return inTurn(() -> {
            spawned = Set.copyOf(now);
            return calls.insist(roster());
        });
    }

    private void known(Loaded loaded) {
        jobs = loaded.schedules();
        workflows = loaded.workflows().stream().map(WorkflowJson::write).toList();
    }

    private RollCall.Roster roster() {
        Set<AgentId> agents = new HashSet<>(configured);
        agents.addAll(spawned);
        return new RollCall.Roster(agents, jobs, workflows);
    }

    /// One telling after another, each with what is known when its turn comes: none is overtaken by an older one.
    private synchronized Future<?> inTurn(Supplier<Future<?>> telling) {
        Future<?> next = turn.transform((_, _) -> telling.get());
        turn = next;
        return next;
    }

    /// The token by which an external agent knows the mesh.
    String inboundToken(AgentId agent) {
        try {
            return tokens.inbound(agent);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
