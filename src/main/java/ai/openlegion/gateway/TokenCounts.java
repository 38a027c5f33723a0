package ai.openlegion.gateway;

import ai.openlegion.identity.AgentId;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.TokenCounter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Exact counts of a request's tokens, off the event loop and one at a time for each agent, so that an agent with large
/// prompts and little money keeps no more than one thread busy.
final class TokenCounts {

    /// The largest body that is counted exactly, in bytes: some 15 ms of work.
    static final int MAX_BYTES = 256 * 1024;

    /// Counts that may wait for each other; more would only keep bodies in memory.
    private static final int MAX_QUEUED = 8;

    private static final class Turns {
        Future<Long> last = Future.succeededFuture(0L);
        int queued;
    }

    private final Map<AgentId, Turns> running = new ConcurrentHashMap<>();

    /// The request's input bound with its text counted exactly; null when too many of this agent's wait already.
    ///
    /// @param wanted asked when its turn comes: false skips the count, and the answer is 0
    @Nullable
    Future<Long> count(Vertx vertx, AgentId agent, CallRequest request, String tokenizer, BooleanSupplier wanted) {
        var mine = new AtomicReference<@Nullable Future<Long>>();
        running.compute(agent, (_, known) -> {
            Turns turns = known == null ? new Turns() : known;
            if (turns.queued < MAX_QUEUED) {
                turns.queued++;
                turns.last = turns.last.transform(_ -> vertx.executeBlocking(
                        () -> wanted.getAsBoolean() ? TokenCounter.count(request, tokenizer) : 0L, false));
                mine.set(turns.last);
            }
            return turns;
        });
        Future<Long> turn = mine.get();
        if (turn != null) {
            turn.onComplete(_ -> running.computeIfPresent(agent, (_, turns) -> --turns.queued == 0 ? null : turns));
        }
        return turn;
    }
}
