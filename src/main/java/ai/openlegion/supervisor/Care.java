package ai.openlegion.supervisor;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.Overlay;
import ai.openlegion.fleet.Presence;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.identity.Tokens;
import ai.openlegion.runtime.Ground;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.store.Database;
import ai.openlegion.supervisor.Supervised.Run;
import ai.openlegion.vault.Secret;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The care of every agent: tells each [Lifecycle] what happens, does what follows, and keeps what runs in the fleet's
/// overlay. For one event loop.
final class Care {

    private static final Logger LOG = System.getLogger("openlegion.supervisor");

    /// Starts at once: more would take the processors from those that run.
    private static final int STARTS_AT_ONCE = 4;

    private static final int EARLY_ENDS = 64;

    /// What the care works with.
    record Means(
            Bus bus,
            FleetRegistry fleets,
            Database database,
            AuditLog audit,
            Tokens tokens,
            InstantSource clock,
            AgentOutput output) {}

    private final Means means;
    private final Checks checks;
    private final Consumer<Supervised> changed;
    private final Consumer<Supervised> gone;
    private final StartTable table = new StartTable();
    private final Permits starts = new Permits(STARTS_AT_ONCE);
    private final Map<AgentId, Supervised> agents = new LinkedHashMap<>();
    private final Map<AgentId, Agent> spawned = new LinkedHashMap<>();
    private final Queue<Told> told = new ArrayDeque<>();
    /// Instances that ended before their start was answered.
    private final Set<String> earlyEnds = new LinkedHashSet<>();

    private boolean telling;

    private record Told(Supervised agent, Event event) {}

    /// @param changed is told after an agent came into another state
    /// @param gone is told when an agent is gone for good
    Care(Means means, Checks checks, Consumer<Supervised> changed, Consumer<Supervised> gone) {
        this.means = means;
        this.checks = checks;
        this.changed = changed;
        this.gone = gone;
    }

    Collection<Supervised> agents() {
        return new ArrayList<>(agents.values());
    }

    @Nullable
    Supervised find(AgentId agent) {
        return agents.get(agent);
    }

    StartTable table() {
        return table;
    }

    void add(Supervised one) {
        agents.put(one.id, one);
        if (one.parent() != null) {
            spawned.put(one.id, one.plan.agent());
            overlay();
        }
    }

    /// A spawned agent leaves: from now on nobody knows it, and what there is of it is ended.
    void dismiss(Supervised child, String why) {
        if (spawned.remove(child.id) != null) {
            overlay();
            tell(child, new Event.Removed(why));
        }
    }

    Set<AgentId> spawned() {
        return Set.copyOf(spawned.keySet());
    }

    /// Takes over what runs since before this mesh began.
    void adopt(Supervised one, Engine engine, Instance instance, StartTable.Row row, boolean registered) {
        Run run = new Run(one.life.run() + 1, engine, instance.start(), one.plan.agent());
        run.admit(row.token(), inbound(one.id, instance.start()));
        run.found(instance.id(), instance.address());
        one.run = run;
        means.output().runs(one.id, engine.runtime(), instance.id());
        record("agent.adopt", one.id.value(), "allowed", engine.runtime().name());
        tell(one, new Event.Adopted(registered, row.startedMillis()));
    }

    /// Something happened to an agent.
    void tell(Supervised one, Event event) {
        told.add(new Told(one, event));
        if (telling) {
            return; // whoever tells now goes on with it
        }
        telling = true;
        try {
            for (Told next = told.poll(); next != null; next = told.poll()) {
                step(next.agent(), next.event());
            }
        } finally {
            telling = false;
        }
    }

    void tellAll(Event event) {
        agents().forEach(one -> tell(one, event));
    }

    private void step(Supervised one, Event event) {
        Lifecycle before = one.life;
        Lifecycle.Step step = before.on(event, means.clock().millis());
        one.life = step.next();
        step.effects().forEach(effect -> perform(one, effect));
        if (one.life.state() != before.state()) {
            announce(one, before.state());
            changed.accept(one);
        }
    }

    private void announce(Supervised one, AgentState from) {
        AgentState state = one.life.state();
        String why = one.life.why();
        means.bus().publish(Supervisor.CHANGED, new Supervisor.Changed(one.id, from.word(), state.word(), why));
        LOG.log(
                Level.INFO,
                "agent=" + one.id + " state=" + state.word() + (why.isEmpty() ? "" : " why=\"" + why + '"'));
        if (state != AgentState.READY && state != AgentState.BUSY) {
            Engine engine = one.engine;
            record(
                    "agent." + state.word(),
                    one.id.value(),
                    why.isEmpty() ? "done" : "done: " + why,
                    engine == null ? "" : engine.runtime().name());
        } else if (from != AgentState.READY && from != AgentState.BUSY) {
            record("agent.ready", one.id.value(), "done", "");
        }
    }

    void record(String action, String resource, String decision, String rule) {
        long revision = means.fleets().current().revision();
        var entry =
                new AuditEntry(means.clock().millis(), "mesh", action, resource, decision, rule, revision, "", "", 0);
        if (!means.audit().offer(entry)) {
            LOG.log(Level.ERROR, "not audited: " + action + ' ' + resource);
        }
    }

    private void perform(Supervised one, Effect effect) {
        switch (effect) {
            case Effect.Launch(long number) -> launch(one, number);
            case Effect.Revoke(long number) -> revoke(one, number);
            case Effect.Stop(long number) -> stop(one, number);
            case Effect.Check(long number, boolean whole) -> {
                Run run = one.run(number);
                if (run != null) {
                    checks.look(run, whole, event -> tell(one, event));
                }
            }
            case Effect.Forget() -> forget(one);
        }
    }

    private void launch(Supervised one, long number) {
        Engine engine = one.engine;
        if (engine == null) {
            tell(one, new Event.NotLaunched(number, Event.Blame.ENTRY, "nothing here can run it"));
            return;
        }
        Run run = new Run(number, engine, UUID.randomUUID().toString(), one.plan.agent());
        one.run = run;
        engine.ground(run.agent.program().image())
                .onSuccess(ground -> starts.enter(() -> mint(one, run, ground)))
                .onFailure(cause -> notLaunched(one, run, cause));
    }

    /// The token is stored before it opens the door, and opens the door before the program runs.
    private void mint(Supervised one, Run run, Ground ground) {
        if (!isAwaited(one, run)) {
            starts.leave();
            tell(one, new Event.NotLaunched(run.number, Event.Blame.MESH, "not wanted any more"));
            return;
        }
        if (!means.audit().accepting()) {
            starts.leave();
            tell(one, new Event.NotLaunched(run.number, Event.Blame.MESH, "the audit cannot take it now"));
            return;
        }
        String token = Tokens.minted();
        Secret inbound = inbound(one.id, run.start);
        var row = new StartTable.Row(
                one.id,
                run.start,
                run.engine.runtime().name(),
                TokenDigest.of(token),
                checks.hash(one.plan, run.engine),
                means.clock().millis(),
                one.parent() != null);
        Plan plan = one.plan;
        means.database()
                .write(connection -> {
                    table.store(connection, row);
                    return row;
                })
                .onSuccess(_ -> start(
                        one,
                        run,
                        row.token(),
                        inbound,
                        new Launch(
                                one.id,
                                run.start,
                                run.agent.program(),
                                plan.environment(ground, checks.meshPort(), token, inbound))))
                .onFailure(_ -> {
                    starts.leave();
                    tell(one, new Event.NotLaunched(run.number, Event.Blame.MESH, "the store cannot take it now"));
                });
    }

    private void start(Supervised one, Run run, TokenDigest token, Secret inbound, Launch launch) {
        if (!isAwaited(one, run)) {
            starts.leave();
            tell(one, new Event.NotLaunched(run.number, Event.Blame.MESH, "not wanted any more"));
            return;
        }
        run.admit(token, inbound);
        overlay();
        run.engine
                .start(launch)
                .onComplete(_ -> starts.leave())
                .onSuccess(instance -> {
                    run.found(instance.id(), instance.address());
                    if (run.presence != null) {
                        overlay();
                        means.output().runs(one.id, run.engine.runtime(), instance.id());
                    }
                    name(one.id, run.start, instance.id());
                    tell(one, new Event.Launched(run.number));
                    if (earlyEnds.remove(instance.id())) {
                        ended(instance.id());
                    }
                })
                .onFailure(cause -> notLaunched(one, run, cause));
    }

    private static boolean isAwaited(Supervised one, Run run) {
        return one.life.run() == run.number && one.life.occupant() == Life.Occupant.LAUNCHING;
    }

    private void notLaunched(Supervised one, Run run, Throwable cause) {
        String why = String.valueOf(cause.getMessage());
        Event.Blame blame;
        if (run.engine.isToBlameFor(cause)) {
            blame = Event.Blame.ENGINE;
        } else if (cause instanceof RuntimeFault fault) {
            blame = Event.Blame.ENTRY;
            record(
                    "agent.start",
                    one.id.value(),
                    "refused: " + why,
                    fault.kind().name());
        } else {
            blame = Event.Blame.AGENT;
            LOG.log(Level.ERROR, "start failed agent=" + one.id, cause);
        }
        tell(one, new Event.NotLaunched(run.number, blame, why));
    }

    private void name(AgentId agent, String start, String instance) {
        means.database()
                .write(connection -> {
                    table.name(connection, agent, start, instance);
                    return agent;
                })
                .onFailure(cause -> LOG.log(Level.WARNING, "not stored: instance of agent=" + agent, cause));
    }

    private void revoke(Supervised one, long number) {
        Run run = one.run(number);
        if (run != null && run.presence != null) {
            run.presence = null;
            overlay();
            means.output().ended(one.id);
        }
    }

    private void stop(Supervised one, long number) {
        Run run = one.run(number);
        if (run == null) {
            tell(one, new Event.Gone(number));
            return;
        }
        String instance = run.instance;
        if (instance == null) {
            over(one, run);
            return;
        }
        run.engine.stop(instance).onSuccess(_ -> over(one, run)).onFailure(cause -> {
            boolean byEngine = run.engine.isToBlameFor(cause);
            LOG.log(
                    Level.WARNING,
                    "agent=" + one.id + " is not removed" + (byEngine ? " yet" : "") + " reason=\"" + cause.getMessage()
                            + '"');
            tell(one, new Event.Resisted(number));
        });
    }

    private void over(Supervised one, Run run) {
        deleteStart(one.id, run.start);
        tell(one, new Event.Gone(run.number));
    }

    void deleteStart(AgentId agent, String start) {
        means.database()
                .write(connection -> {
                    table.delete(connection, agent, start);
                    return agent;
                })
                .onFailure(cause -> LOG.log(Level.DEBUG, "a start that is over stays stored agent=" + agent, cause));
    }

    private void forget(Supervised one) {
        agents.remove(one.id);
        Engine engine = one.engine;
        if (one.parent() != null && engine != null) {
            engine.forget(one.id)
                    .onFailure(cause -> LOG.log(
                            Level.WARNING,
                            "volume left behind agent=" + one.id + " reason=\"" + cause.getMessage() + '"'));
        }
        gone.accept(one);
    }

    /// A runtime says that an instance ended by itself; what it says is looked into.
    void ended(String instance) {
        for (Supervised one : agents()) {
            Run run = one.run;
            if (run != null && instance.equals(run.instance)) {
                checks.lookIntoEnd(run, event -> tell(one, event));
                return;
            }
        }
        if (earlyEnds.size() < EARLY_ENDS) {
            earlyEnds.add(instance);
        }
    }

    private Secret inbound(AgentId agent, String start) {
        return Secret.of(means.tokens().inbound(agent, start));
    }

    /// Makes what opens doors now known to everybody who lets somebody in.
    void overlay() {
        Map<AgentId, Presence> presences = new HashMap<>();
        agents.forEach((id, one) -> {
            Presence presence = one.presence();
            if (presence != null) {
                presences.put(id, presence);
            }
        });
        means.fleets().overlay(new Overlay(presences, spawned));
    }
}
