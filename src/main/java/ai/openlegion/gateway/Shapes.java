package ai.openlegion.gateway;

import ai.openlegion.budget.Balance;
import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.dialect.Part;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.Json;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The JSON documents the doors share: errors, budgets, tool calls.
final class Shapes {

    static final String JSON = "application/json";
    static final String EVENTS = "text/event-stream";

    private Shapes() {}

    /// `{reason, limit_usd, spent_usd, held_usd, resets_at}`; null where money was not the reason.
    static @Nullable String budget(Refusal refusal) {
        Balance balance = refusal.budget();
        if (balance == null) {
            return null;
        }
        return "{\"reason\":\"" + refusal.kind().reason()
                + "\",\"limit_usd\":"
                + (balance.limitPico() == Limits.UNLIMITED ? "null" : Usd.decimal(balance.limitPico()))
                + ",\"spent_usd\":" + Usd.decimal(balance.spentPico())
                + ",\"held_usd\":" + Usd.decimal(balance.heldPico())
                + ",\"unreconciled_usd\":" + Usd.decimal(balance.unreconciledPico())
                + ",\"resets_at\":"
                + (balance.resetsAtMillis() == 0
                        ? "null"
                        : "\"" + Instant.ofEpochMilli(balance.resetsAtMillis()) + "\"")
                + tokens(balance.tokens())
                + "}";
    }

    private static String tokens(Balance.@Nullable Tokens tokens) {
        return tokens == null
                ? ""
                : ",\"limit_tokens\":" + tokens.limit() + ",\"used_tokens\":" + tokens.used() + ",\"held_tokens\":"
                        + tokens.held();
    }

    /// What a caller is told who cannot pay.
    static String exceeded(Balance balance) {
        if (balance.account() == Balance.Account.TASK || balance.account() == Balance.Account.RUN) {
            return exceededTask(balance, balance.account() == Balance.Account.RUN ? "run" : "task");
        }
        String account = switch (balance.account()) {
            case AGENT_DAY -> "daily budget";
            case AGENT_MONTH -> "monthly budget";
            case FLEET_DAY -> "fleet's daily budget";
            case FLEET_MONTH -> "fleet's monthly budget";
            case TASK, RUN, NONE -> "budget";
        };
        return "Budget exceeded: $" + Usd.decimal(balance.spentPico()) + " spent, $" + Usd.decimal(balance.heldPico())
                + " held and $" + Usd.decimal(balance.unreconciledPico()) + " unreconciled of the " + account + " of $"
                + Usd.decimal(balance.limitPico()) + "; it resets at " + Instant.ofEpochMilli(balance.resetsAtMillis());
    }

    /// What a caller is told whose run can pay once its other calls are over.
    static String held(Balance balance) {
        return "Other calls of the run hold $" + Usd.decimal(balance.heldPico()) + " of its budget of $"
                + Usd.decimal(balance.limitPico()) + ", of which $" + Usd.decimal(balance.spentPico())
                + " is spent; try again when they are over";
    }

    private static String exceededTask(Balance balance, String whose) {
        Balance.Tokens tokens = balance.tokens();
        return (whose.equals("run") ? "Run" : "Task") + " budget exceeded: $" + Usd.decimal(balance.spentPico())
                + " spent, $"
                + Usd.decimal(balance.heldPico()) + " held and $" + Usd.decimal(balance.unreconciledPico())
                + " unreconciled of "
                + (balance.limitPico() == Limits.UNLIMITED ? "no limit" : "$" + Usd.decimal(balance.limitPico()))
                + (tokens == null
                        ? ""
                        : ", " + tokens.used() + " tokens used and " + tokens.held() + " held of " + tokens.limit())
                + "; the budget of a " + whose + " does not reset";
    }

    /// `{"detail": …}`, the mesh's own error.
    static void detail(HttpServerResponse response, Refusal refusal) {
        var _ = head(response, refusal).end(Buffer.buffer("{\"detail\":" + Json.encode(refusal.message()) + "}"));
    }

    /// Status and the headers that tell a client whether and when to try again.
    @CanIgnoreReturnValue
    static HttpServerResponse head(HttpServerResponse response, Refusal refusal) {
        response.setStatusCode(refusal.status()).putHeader("content-type", JSON);
        if (refusal.kind().isFinal()) {
            response.putHeader("x-should-retry", "false");
        }
        if (refusal.retryAfterSeconds() >= 0) {
            response.putHeader("retry-after", Long.toString(refusal.retryAfterSeconds()));
        }
        return response;
    }

    static void toolCalls(StringBuilder out, List<Part.ToolCall> calls) {
        out.append('[');
        for (Part.ToolCall call : calls) {
            out.append(out.charAt(out.length() - 1) == '[' ? "" : ",")
                    .append("{\"id\":")
                    .append(Json.encode(call.id()))
                    .append(",\"name\":")
                    .append(Json.encode(call.name()))
                    .append(",\"arguments\":")
                    .append(Json.encode(call.arguments()))
                    .append('}');
        }
        out.append(']');
    }

    /// The members that say what a call of the mesh's own doors used.
    static void receipt(StringBuilder out, Door.Receipt receipt) {
        out.append(",\"tokens_used\":")
                .append(receipt.inputTokens() + receipt.outputTokens())
                .append(",\"input_tokens\":")
                .append(receipt.inputTokens())
                .append(",\"output_tokens\":")
                .append(receipt.outputTokens())
                .append(",\"model\":")
                .append(Json.encode(receipt.model()))
                .append(",\"cost_usd\":")
                .append(Usd.decimal(receipt.costPico()));
    }
}
