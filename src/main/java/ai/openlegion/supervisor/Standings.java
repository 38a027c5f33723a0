package ai.openlegion.supervisor;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Presence;
import ai.openlegion.runtime.Boundary;
import ai.openlegion.supervisor.Supervised.Run;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// How agents stand, as the door of the supervisor tells it.
final class Standings {

    private Standings() {}

    /// @param one the agent in the supervisor's care; null = it is external, or not known yet
    /// @param registered whether an external agent has said that it is there
    static Supervisor.Standing of(Agent agent, @Nullable Supervised one, boolean registered) {
        return one == null ? external(agent, registered) : supervised(one);
    }

    private static Supervisor.Standing external(Agent agent, boolean registered) {
        URI push = agent.push();
        return new Supervisor.Standing(
                agent.id(),
                agent.runtime().key(),
                Boundary.NONE.shown(),
                (registered ? AgentState.READY : AgentState.ABSENT).word(),
                registered ? "" : "it has not registered",
                null,
                push == null ? null : push.toString(),
                0,
                0,
                null,
                0);
    }

    private static Supervisor.Standing supervised(Supervised one) {
        Lifecycle life = one.life;
        Run run = life.occupant() == Life.Occupant.NONE ? null : one.run;
        Engine engine = run == null ? one.engine : run.engine;
        Presence presence = run == null ? null : run.presence;
        URI address = presence == null ? null : presence.address();
        return new Supervisor.Standing(
                one.id,
                engine == null
                        ? one.plan.agent().runtime().key()
                        : engine.runtime().name(),
                engine == null
                        ? Boundary.NONE.shown()
                        : engine.runtime().boundary().shown(),
                life.state().word(),
                life.why(),
                run == null ? null : run.instance,
                address == null ? null : address.toString(),
                life.startedAt(),
                life.restarts(),
                one.parent(),
                one.endsAt);
    }
}
