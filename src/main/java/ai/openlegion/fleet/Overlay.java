package ai.openlegion.fleet;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the supervisor adds to a configured fleet: which of its agents run now, and who was spawned.
///
/// @param presences of the agents that the mesh runs; an agent without one has no token
/// @param spawned agents that no file names, each with its parent
public record Overlay(Map<AgentId, Presence> presences, Map<AgentId, Agent> spawned) {

    /// Nothing runs.
    public static final Overlay NONE = new Overlay(Map.of(), Map.of());

    public Overlay {
        presences = Map.copyOf(presences);
        spawned = Map.copyOf(spawned);
        spawned.values().forEach(agent -> {
            if (agent.parent() == null) {
                throw new IllegalArgumentException("a spawned agent has a parent: " + agent.id());
            }
        });
    }

    /// The fleet of this configuration with these agents in it. What belongs to agents that are not in it is left out,
    /// and so are the children of parents that are not.
    Fleet over(Fleet configured) {
        if (presences.isEmpty() && spawned.isEmpty()) {
            return configured;
        }
        Map<AgentId, Agent> agents = new LinkedHashMap<>(configured.agents());
        Map<AgentId, AgentId> parents = new LinkedHashMap<>();
        Map<AgentId, List<String>> models = new LinkedHashMap<>();
        spawned.forEach((id, agent) -> {
            AgentId parent = agent.parent();
            if (parent != null && configured.agents().containsKey(parent) && !agents.containsKey(id)) {
                agents.put(id, agent);
                parents.put(id, parent);
                models.put(id, agent.models());
            }
        });
        Map<AgentId, Presence> present = new LinkedHashMap<>(presences);
        present.keySet().retainAll(agents.keySet());
        Map<AgentId, TokenDigest> digests = new LinkedHashMap<>();
        present.forEach((id, presence) -> digests.put(id, presence.token()));
        return new Fleet(
                configured.revision(),
                agents,
                configured.policy().withSpawned(parents, models),
                configured.catalogue(),
                configured.vault(),
                configured.tokens().with(digests),
                configured.hooks(),
                configured.fleetLimits(),
                present);
    }
}
