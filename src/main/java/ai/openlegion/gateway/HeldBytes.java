package ai.openlegion.gateway;

import ai.openlegion.identity.AgentId;
import java.util.HashMap;
import java.util.Map;

/// The memory that bodies of one kind take on one event loop: bounded for all, and half of it for one agent, so that it
/// cannot starve the others.
final class HeldBytes {

    private final long most;
    private final Map<AgentId, Long> byAgent = new HashMap<>();
    private long all;

    /// @param most for all agents, in bytes
    HeldBytes(long most) {
        this.most = most;
    }

    /// Room for one body that grows.
    Share share(AgentId agent) {
        return new Share(agent);
    }

    /// What one body takes, until it is given back.
    final class Share {
        private final AgentId agent;
        private long mine;
        private boolean returned;

        private Share(AgentId agent) {
            this.agent = agent;
        }

        /// Takes room for more bytes; false where there is none, or it was given back already.
        boolean take(int more) {
            long agents = byAgent.getOrDefault(agent, 0L) + more;
            if (returned || all + more > most || agents > most / 2) {
                return false;
            }
            all += more;
            mine += more;
            byAgent.put(agent, agents);
            return true;
        }

        /// Gives all of it back, once.
        void giveBack() {
            if (returned) {
                return;
            }
            returned = true;
            all -= mine;
            byAgent.computeIfPresent(agent, (_, agents) -> agents <= mine ? null : agents - mine);
        }
    }
}
