package ai.openlegion.gateway;

import ai.openlegion.budget.Balance;
import ai.openlegion.budget.BudgetState;
import ai.openlegion.budget.Hold;
import ai.openlegion.budget.WindowState;
import org.jspecify.annotations.Nullable;

/// Why a call ended without its answer, before any door has put it in a client's words.
///
/// @param status            the HTTP status; a provider's own where its answer is passed on
/// @param message           what to tell the caller; no secret, no provider's text that was not redacted
/// @param param             the request's member at fault
/// @param budget            the window that was too tight, where money was the reason
/// @param retryAfterSeconds -1 where waiting does not help
/// @param upstream          the provider's own error document and headers where they are passed on
record Refusal(
        Kind kind,
        int status,
        String message,
        @Nullable String param,
        @Nullable Balance budget,
        long retryAfterSeconds,
        @Nullable UpstreamError upstream) {

    /// What kind of refusal it is, with its status and its code in the OpenAI vocabulary.
    enum Kind {
        UNAUTHENTICATED(401, "invalid_request_error", "invalid_api_key"),
        DENIED(403, "invalid_request_error", "permission_denied"),
        MALFORMED(400, "invalid_request_error", "invalid_request"),
        INVALID(422, "invalid_request_error", "invalid_request"),
        LENGTH_REQUIRED(411, "invalid_request_error", "length_required"),
        SLOW(408, "invalid_request_error", "request_timeout"),
        TOO_LARGE(413, "invalid_request_error", "request_too_large"),
        UNKNOWN_MODEL(404, "invalid_request_error", "model_not_found"),
        UNKNOWN_PRICE(400, "invalid_request_error", "unknown_price"),
        UNSUPPORTED(400, "invalid_request_error", "unsupported"),
        UNKNOWN_SERVICE(404, "invalid_request_error", "unknown_service"),
        BUDGET(402, "insufficient_quota", "insufficient_quota"),
        TASK_BUDGET(402, "insufficient_quota", "insufficient_quota"),
        RUN_HELD(503, "server_error", "run_budget_held"),
        FROZEN(402, "insufficient_quota", "insufficient_quota"),
        UNAVAILABLE(503, "server_error", "unavailable"),
        REVOKED(403, "invalid_request_error", "agent_revoked"),
        SHUTDOWN(503, "server_error", "shutdown"),
        PROVIDER_AUTH(502, "server_error", "provider_auth"),
        PROVIDER_STATUS(502, "server_error", "provider_error"),
        PROVIDER_BROKEN(502, "server_error", "provider_error"),
        TIMED_OUT(504, "server_error", "timeout");

        final int status;
        final String type;
        final String code;

        Kind(int status, String type, String code) {
            this.status = status;
            this.type = type;
            this.code = code;
        }

        /// The mesh's own word for it, as `error_type` and as the reason of a cut.
        String reason() {
            return switch (this) {
                case BUDGET, FROZEN -> "budget_exceeded";
                case TASK_BUDGET -> "task_budget_exceeded";
                case UNAUTHENTICATED,
                        DENIED,
                        MALFORMED,
                        INVALID,
                        LENGTH_REQUIRED,
                        SLOW,
                        TOO_LARGE,
                        UNKNOWN_MODEL,
                        UNKNOWN_PRICE,
                        UNSUPPORTED,
                        UNKNOWN_SERVICE,
                        RUN_HELD,
                        UNAVAILABLE,
                        REVOKED,
                        SHUTDOWN,
                        PROVIDER_AUTH,
                        PROVIDER_STATUS,
                        PROVIDER_BROKEN,
                        TIMED_OUT -> code;
            };
        }

        /// Whether the mesh door answers with this HTTP status; all others are 200 with `success: false`.
        boolean isHttpOnMesh() {
            return switch (this) {
                case UNAUTHENTICATED,
                        DENIED,
                        MALFORMED,
                        INVALID,
                        LENGTH_REQUIRED,
                        SLOW,
                        TOO_LARGE,
                        RUN_HELD,
                        UNAVAILABLE,
                        REVOKED -> true;
                case UNKNOWN_MODEL,
                        UNKNOWN_PRICE,
                        UNSUPPORTED,
                        UNKNOWN_SERVICE,
                        BUDGET,
                        TASK_BUDGET,
                        FROZEN,
                        SHUTDOWN,
                        PROVIDER_AUTH,
                        PROVIDER_STATUS,
                        PROVIDER_BROKEN,
                        TIMED_OUT -> false;
            };
        }

        /// Whether an SDK must be told not to try again: a retry would only repeat it.
        boolean isFinal() {
            return this == BUDGET || this == TASK_BUDGET || this == FROZEN || this == PROVIDER_AUTH || this == REVOKED;
        }
    }

    /// A provider's error answer, redacted.
    record UpstreamError(byte[] body, String contentType) {}

    static Refusal of(Kind kind, String message) {
        return new Refusal(kind, kind.status, message, null, null, -1, null);
    }

    static Refusal of(Kind kind, String message, @Nullable String param) {
        return new Refusal(kind, kind.status, message, param, null, -1, null);
    }

    /// A refusal that time may lift.
    static Refusal later(Kind kind, String message, long retryAfterSeconds) {
        return new Refusal(kind, kind.status, message, null, null, retryAfterSeconds, null);
    }

    /// A refusal for want of money, with the window that was too tight.
    static Refusal budget(Kind kind, String message, Balance budget, long secondsToReset) {
        return new Refusal(kind, kind.status, message, null, budget, secondsToReset, null);
    }

    /// A refusal for want of a task's budget, which does not come back with time.
    static Refusal taskBudget(String message, Balance budget) {
        return new Refusal(Kind.TASK_BUDGET, Kind.TASK_BUDGET.status, message, null, budget, -1, null);
    }

    /// A call that is cut for want of money, with the account that binds it: its task's, or the agent's day.
    static Refusal cut(Loop loop, Hold hold, String message) {
        Balance task = loop.ledger().taskBound(hold);
        if (task != null) {
            return taskBudget(message, task);
        }
        BudgetState state = loop.ledger().state(hold.agent());
        return state == null
                ? of(Kind.BUDGET, message)
                : budget(message, state.daily(), loop.clock().millis());
    }

    /// A call that is cut for want of money, with the agent's day.
    static Refusal budget(String message, WindowState day, long nowMillis) {
        var balance = new Balance(
                Balance.Account.AGENT_DAY,
                day.limitPico(),
                day.spentPico(),
                day.unreconciledPico(),
                day.heldPico(),
                day.resetsAtMillis());
        return budget(Kind.BUDGET, message, balance, Math.max(1, (day.resetsAtMillis() - nowMillis + 999) / 1000));
    }

    /// A provider's own refusal, passed on.
    static Refusal passedOn(int status, byte[] body, String contentType, String message) {
        return new Refusal(Kind.PROVIDER_STATUS, status, message, null, null, -1, new UpstreamError(body, contentType));
    }
}
