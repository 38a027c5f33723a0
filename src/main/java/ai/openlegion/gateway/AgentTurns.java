package ai.openlegion.gateway;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Work on large bodies, off the event loop and one at a time for each agent, so that an agent with large bodies and
/// little money keeps no more than one thread busy.
///
/// @param <T> what a piece of work results in
final class AgentTurns<T> {

    /// Pieces of work that may wait for each other; more would only keep bodies in memory.
    static final int MAX_QUEUED = 8;

    private static final class Turns {
        Future<?> last = Future.succeededFuture();
        int queued;
    }

    private final Map<AgentId, Turns> running = new ConcurrentHashMap<>();

    /// Does the work when its turn comes; null when too much of this agent's waits already. The result may come on any
    /// thread.
    @Nullable
    Future<T> take(Vertx vertx, AgentId agent, Callable<T> work) {
        var mine = new AtomicReference<@Nullable Future<T>>();
        running.compute(agent, (_, known) -> {
            Turns turns = known == null ? new Turns() : known;
            if (turns.queued < MAX_QUEUED) {
                turns.queued++;
                Future<T> next = turns.last.transform(_ -> vertx.executeBlocking(work, false));
                turns.last = next;
                mine.set(next);
            }
            return turns;
        });
        Future<T> turn = mine.get();
        if (turn != null) {
            turn.onComplete(_ -> running.computeIfPresent(agent, (_, turns) -> --turns.queued == 0 ? null : turns));
        }
        return turn;
    }
}
