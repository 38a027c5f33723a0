package ai.openlegion.fleet;

import ai.openlegion.acl.Policy;
import ai.openlegion.budget.Limits;
import ai.openlegion.catalogue.Catalogue;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenTable;
import ai.openlegion.vault.Vault;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Everything a call is decided by, at one revision; immutable. It holds credentials, so it never crosses the bus.
///
/// @param revision rises by one with each accepted configuration; the policy's is the same
/// @param agents in the order of the file
/// @param hooks by id: what may come in from outside
/// @param fleetLimits the ceiling of all agents together; [Limits#NONE] = none
/// @param presences of the agents that the mesh runs now
public record Fleet(
        long revision,
        Map<AgentId, Agent> agents,
        Policy policy,
        Catalogue catalogue,
        Vault vault,
        TokenTable tokens,
        Map<String, Hook> hooks,
        Limits fleetLimits,
        Map<AgentId, Presence> presences) {

    public Fleet {
        agents = Collections.unmodifiableMap(new LinkedHashMap<>(agents));
        hooks = Map.copyOf(hooks);
        presences = Map.copyOf(presences);
    }

    /// Whose money an agent spends: its own, or its parent's.
    public AgentId payer(AgentId agent) {
        Agent entry = agents.get(agent);
        AgentId parent = entry == null ? null : entry.parent();
        return parent == null ? agent : parent;
    }

    /// The same with this vault.
    Fleet with(Vault other) {
        return other == vault
                ? this
                : new Fleet(revision, agents, policy, catalogue, other, tokens, hooks, fleetLimits, presences);
    }

    /// Says which revision it is, and no more: what it holds includes credentials.
    @Override
    public String toString() {
        return "Fleet[revision=" + revision + ", agents=" + agents.keySet() + "]";
    }
}
