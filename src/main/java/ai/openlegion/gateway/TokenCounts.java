package ai.openlegion.gateway;

import ai.openlegion.identity.AgentId;
import ai.openlegion.proxy.ChatRequest;
import ai.openlegion.proxy.TokenCounter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Exact counts of a request's tokens, off the event loop and one at a time for each agent, so that an agent with large
/// prompts and little money keeps no more than one thread busy.
final class TokenCounts {

    /// The largest body that is counted exactly, in bytes: some 15 ms of work.
    static final int MAX_BYTES = 256 * 1024;

    private final Map<AgentId, Future<Long>> running = new ConcurrentHashMap<>();

    /// The input bound of the request with its text counted exactly.
    Future<Long> count(Vertx vertx, AgentId agent, ChatRequest request, String tokenizer) {
        Future<Long> mine = running.compute(agent, (_, before) -> {
            Future<Long> turn = before == null ? Future.succeededFuture(0L) : before.otherwise(0L);
            return turn.compose(_ -> vertx.executeBlocking(() -> TokenCounter.count(request, tokenizer), false));
        });
        mine.onComplete(_ -> running.remove(agent, mine));
        return mine;
    }
}
