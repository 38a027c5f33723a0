package ai.openlegion.runtime;

import ai.openlegion.fleet.Agent;
import ai.openlegion.identity.AgentId;
import java.util.Map;

/// One start of an agent, as asked.
///
/// @param start names this start and no other; kept as a label
/// @param program what runs, and what it may use
/// @param environment all of it: nothing else is inherited. It holds the agent's tokens, so this never travels on the
///     bus and never shows itself
public record Launch(AgentId agent, String start, Agent.Program program, Map<String, String> environment) {

    public Launch {
        environment = Map.copyOf(environment);
    }

    /// Without the environment.
    @Override
    public String toString() {
        return "Launch[" + agent + ", " + start + ']';
    }
}
