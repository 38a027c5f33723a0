package ai.openlegion.supervisor;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.fleet.Overlay;
import ai.openlegion.fleet.Presence;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import ai.openlegion.runtime.Instance;
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
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The care of every agent: tells each [Lifecycle] what happens, does what follows, and keeps what runs in the fleet's
/// overlay. For one event loop.
final class Care {

    private static final Logger LOG = System.getLogger("openlegion.supervisor");

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
    private final Leftovers leftovers;
    private final Starts starts;
    private final Map<AgentId, Supervised> agents = new LinkedHashMap<>();
    private final Map<AgentId, Agent> spawned = new LinkedHashMap<>();
    private final Queue<Told> told = new ArrayDeque<>();

    private boolean telling;

    private record Told(Supervised agent, Event event) {}

    /// @param changed is told after an agent came into another state
    /// @param gone is told when an agent is gone for good
    Care(Means means, Checks checks, Consumer<Supervised> changed, Consumer<Supervised> gone) {
        this.means = means;
        this.checks = checks;
        this.changed = changed;
        this.gone = gone;
        leftovers = new Leftovers(means.clock());
        starts = new Starts(means, checks, this);
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

    Leftovers leftovers() {
        return leftovers;
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
            case Effect.Launch(long number) -> starts.launch(one, number);
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
        run.engine
                .stop(instance)
                .onSuccess(_ -> over(one, run))
                .onFailure(cause -> run.engine.isToBlameFor(cause).onSuccess(byEngine -> {
                    LOG.log(
                            Level.WARNING,
                            "agent=" + one.id + " is not removed" + (byEngine ? " yet" : "") + " reason=\""
                                    + cause.getMessage() + '"');
                    tell(one, new Event.Resisted(number));
                }));
    }

    /// Ends by force what is being ended; for when there is no more time.
    void kill(Supervised one) {
        Run run = one.life.occupant() == Life.Occupant.ENDING ? one.run : null;
        String instance = run == null ? null : run.instance;
        if (run != null && instance != null) {
            run.engine
                    .kill(instance)
                    .onSuccess(_ -> over(one, run))
                    .onFailure(cause -> LOG.log(
                            Level.WARNING,
                            "agent=" + one.id + " is not removed by force reason=\"" + cause.getMessage() + '"'));
        }
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
            var _ = leftovers.remove("volume of agent=" + one.id, engine, () -> engine.forget(one.id));
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
        starts.endedEarly(instance);
    }

    Secret inbound(AgentId agent, String start) {
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
