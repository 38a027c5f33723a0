package ai.openlegion.blackboard;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.ObjIntConsumer;

/// The notices that inboxes had no room for: the first of an agent is told of at once, those that follow by their
/// number.
///
/// Confined to one event loop.
final class FullInboxes {

    /// How often is told of one agent at most: a full inbox under a storm is not to flood the log.
    private static final long QUIET_MILLIS = 10_000;

    private final LongFunction<Future<Void>> pause;
    private final ObjIntConsumer<AgentId> teller;

    /// Lost since the agent was last told of; an agent goes when nothing was lost for a while.
    private final Map<AgentId, Integer> untold = new HashMap<>();

    /// @param pause done after so many milliseconds
    /// @param teller hears of an agent and how many notices it lost
    FullInboxes(LongFunction<Future<Void>> pause, ObjIntConsumer<AgentId> teller) {
        this.pause = pause;
        this.teller = teller;
    }

    void lost(AgentId agent) {
        if (untold.computeIfPresent(agent, (_, count) -> count + 1) == null) {
            tell(agent, 1);
        }
    }

    private void tell(AgentId agent, int count) {
        untold.put(agent, 0);
        teller.accept(agent, count);
        pause.apply(QUIET_MILLIS).onSuccess(_ -> {
            int since = untold.getOrDefault(agent, 0);
            if (since > 0) {
                tell(agent, since);
            } else {
                untold.remove(agent);
            }
        });
    }
}
