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
public record Fleet(
        long revision,
        Map<AgentId, Agent> agents,
        Policy policy,
        Catalogue catalogue,
        Vault vault,
        TokenTable tokens,
        Map<String, Hook> hooks,
        Limits fleetLimits) {

    public Fleet {
        agents = Collections.unmodifiableMap(new LinkedHashMap<>(agents));
        hooks = Map.copyOf(hooks);
    }

    /// Says which revision it is, and no more: what it holds includes credentials.
    @Override
    public String toString() {
        return "Fleet[revision=" + revision + ", agents=" + agents.keySet() + "]";
    }
}
