package ai.openlegion.gateway;

import ai.openlegion.identity.AgentId;
import ai.openlegion.proxy.CallRequest;
import ai.openlegion.proxy.TokenCounter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Exact counts of a request's tokens, one at a time for each agent.
final class TokenCounts {

    /// The largest body that is counted exactly, in bytes: some 15 ms of work.
    static final int MAX_BYTES = 256 * 1024;

    private final AgentTurns<Long> turns = new AgentTurns<>();

    /// The request's input bound with its text counted exactly; null when too many of this agent's wait already.
    ///
    /// @param wanted asked when its turn comes: false skips the count, and the answer is 0
    @Nullable
    Future<Long> count(Vertx vertx, AgentId agent, CallRequest request, String tokenizer, BooleanSupplier wanted) {
        return turns.take(
                vertx, agent, () -> wanted.getAsBoolean() ? TokenCounter.count(request, tokenizer) : Long.valueOf(0));
    }
}
