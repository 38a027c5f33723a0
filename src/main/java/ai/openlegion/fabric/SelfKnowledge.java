package ai.openlegion.fabric;

import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;

/// What the agents' listener knows about an agent without asking anybody.
@FunctionalInterface
public interface SelfKnowledge {

    /// The JSON text of a section: `permissions`, `budget` or `health`.
    String section(String name, Fleet fleet, AgentId agent);
}
