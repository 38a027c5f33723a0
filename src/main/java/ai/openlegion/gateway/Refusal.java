package ai.openlegion.gateway;

import ai.openlegion.budget.Admission.Refused;
import ai.openlegion.budget.Balance;
import ai.openlegion.budget.BudgetState;
import ai.openlegion.budget.Hold;
import ai.openlegion.budget.WindowState;
import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Fault;
import ai.openlegion.vault.Vault;
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

    /// What kind of refusal it is, with its status, its meaning to every vendor, and its code.
    enum Kind {
        UNAUTHENTICATED(401, Fault.Kind.UNAUTHENTICATED, "invalid_api_key"),
        DENIED(403, Fault.Kind.DENIED, "permission_denied"),
        MALFORMED(400, Fault.Kind.INVALID, "invalid_request"),
        INVALID(422, Fault.Kind.INVALID, "invalid_request"),
        LENGTH_REQUIRED(411, Fault.Kind.INVALID, "length_required"),
        SLOW(408, Fault.Kind.INVALID, "request_timeout"),
        TOO_LARGE(413, Fault.Kind.TOO_LARGE, "request_too_large"),
        UNKNOWN_MODEL(404, Fault.Kind.NOT_FOUND, "model_not_found"),
        UNKNOWN_PRICE(400, Fault.Kind.INVALID, "unknown_price"),
        UNSUPPORTED(400, Fault.Kind.INVALID, "unsupported"),
        IN_PROGRESS(409, Fault.Kind.INVALID, "idempotency_in_progress"),
        ANSWERED_BEFORE(409, Fault.Kind.INVALID, "idempotency_answer_not_kept"),
        UNKNOWN_SERVICE(404, Fault.Kind.NOT_FOUND, "unknown_service"),
        UNKNOWN_PATH(404, Fault.Kind.NOT_FOUND, "not_found"),
        NOT_ALLOWED(405, Fault.Kind.INVALID, "method_not_allowed"),
        BUDGET(402, Fault.Kind.BILLING, "insufficient_quota"),
        TASK_BUDGET(402, Fault.Kind.BILLING, "insufficient_quota"),
        RUN_HELD(503, Fault.Kind.OVERLOADED, "run_budget_held"),
        FROZEN(402, Fault.Kind.BILLING, "insufficient_quota"),
        RATE_LIMITED(429, Fault.Kind.RATE_LIMITED, "rate_limited"),
        UNAVAILABLE(503, Fault.Kind.OVERLOADED, "unavailable"),
        REVOKED(403, Fault.Kind.DENIED, "agent_revoked"),
        SHUTDOWN(503, Fault.Kind.OVERLOADED, "shutdown"),
        PROVIDER_AUTH(502, Fault.Kind.SERVER, "provider_auth"),
        PROVIDER_STATUS(502, Fault.Kind.SERVER, "provider_error"),
        PROVIDER_BROKEN(502, Fault.Kind.SERVER, "provider_error"),
        CREDENTIAL_BLOCKED(502, Fault.Kind.SERVER, "credential_blocked"),
        TIMED_OUT(504, Fault.Kind.TIMEOUT, "timeout");

        final int status;
        final Fault.Kind meaning;
        final String code;

        Kind(int status, Fault.Kind meaning, String code) {
            this.status = status;
            this.meaning = meaning;
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
                        IN_PROGRESS,
                        ANSWERED_BEFORE,
                        UNKNOWN_SERVICE,
                        UNKNOWN_PATH,
                        NOT_ALLOWED,
                        RUN_HELD,
                        RATE_LIMITED,
                        UNAVAILABLE,
                        REVOKED,
                        SHUTDOWN,
                        PROVIDER_AUTH,
                        PROVIDER_STATUS,
                        PROVIDER_BROKEN,
                        CREDENTIAL_BLOCKED,
                        TIMED_OUT -> code;
            };
        }

        /// What the audit says of a call that was sent and ended so.
        String ending() {
            return this == TIMED_OUT ? "timed out" : this == CREDENTIAL_BLOCKED ? "blocked" : "failed";
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
                        UNKNOWN_PATH,
                        NOT_ALLOWED,
                        RUN_HELD,
                        RATE_LIMITED,
                        UNAVAILABLE,
                        REVOKED -> true;
                case UNKNOWN_MODEL,
                        UNKNOWN_PRICE,
                        UNSUPPORTED,
                        IN_PROGRESS,
                        ANSWERED_BEFORE,
                        UNKNOWN_SERVICE,
                        BUDGET,
                        TASK_BUDGET,
                        FROZEN,
                        SHUTDOWN,
                        PROVIDER_AUTH,
                        PROVIDER_STATUS,
                        PROVIDER_BROKEN,
                        CREDENTIAL_BLOCKED,
                        TIMED_OUT -> false;
            };
        }

        /// Whether an SDK must be told not to try again: a retry would only repeat it.
        boolean isFinal() {
            return this == BUDGET
                    || this == TASK_BUDGET
                    || this == FROZEN
                    || this == PROVIDER_AUTH
                    || this == CREDENTIAL_BLOCKED
                    || this == REVOKED
                    || this == ANSWERED_BEFORE;
        }
    }

    /// A provider's error answer, redacted.
    ///
    /// @param body the document; empty where the error came inside a stream
    /// @param spoken the dialect it is in
    /// @param fault what it means
    record UpstreamError(byte[] body, Dialect spoken, Fault fault) {}

    /// The same in no vendor's words.
    Fault fault() {
        return upstream != null
                ? upstream.fault()
                : new Fault(kind.meaning, status, message, kind.code, param, Shapes.budget(this));
    }

    /// What a provider reported inside its stream.
    static Refusal reported(@Nullable Fault fault, Dialect spoken, Vault vault) {
        if (fault == null) {
            return of(Kind.PROVIDER_BROKEN, "The provider reported an error in its stream");
        }
        String text = vault.redact(fault.message());
        String code = fault.code() == null ? null : vault.redact(fault.code());
        Fault told = new Fault(fault.kind(), Kind.PROVIDER_BROKEN.status, text, code, null, null);
        return new Refusal(
                Kind.PROVIDER_BROKEN,
                Kind.PROVIDER_BROKEN.status,
                "The provider reported an error in its stream: " + text,
                null,
                null,
                -1,
                new UpstreamError(new byte[0], spoken, told));
    }

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

    /// A call that the ledger refused.
    static Refusal unpaid(Loop loop, Refused refused) {
        Balance balance = refused.balance();
        long seconds = Math.max(1, (balance.resetsAtMillis() - loop.clock().millis() + 999) / 1000);
        return switch (refused.reason()) {
            case BUDGET_EXCEEDED -> budget(Kind.BUDGET, Shapes.exceeded(balance), balance, seconds);
            case TASK_BUDGET_EXCEEDED -> taskBudget(Shapes.exceeded(balance), balance);
            case RUN_BUDGET_HELD -> budget(Kind.RUN_HELD, Shapes.held(balance), balance, 1);
            case ACCOUNT_FROZEN ->
                budget(
                        Kind.FROZEN,
                        "A provider billed more than was held; the operator has to look at this account first",
                        balance,
                        seconds);
            case NO_ACCOUNT -> of(Kind.REVOKED, "The agent is not part of the fleet");
            case STORE_UNAVAILABLE -> unrecorded();
        };
    }

    /// Nothing is spent that cannot be stored and audited.
    static Refusal unrecorded() {
        return later(Kind.UNAVAILABLE, "The mesh cannot record spending now; try again shortly", 2);
    }

    /// The provider refused the mesh's own credential.
    static Refusal providerAuth() {
        return of(Kind.PROVIDER_AUTH, "The provider refused the mesh's own credential; the operator has to look at it");
    }

    /// A removed key opens nothing any more, and of a new one a call's answers could not be searched.
    static Refusal keyChanged() {
        return later(Kind.UNAVAILABLE, "The provider's credential changed; try again", 1);
    }

    /// An answer in which a credential stands.
    ///
    /// @param whose `provider` or `service`
    static Refusal leaked(String whose) {
        return of(Kind.CREDENTIAL_BLOCKED, "The " + whose + "'s answer held a credential and was stopped");
    }

    /// A provider's own refusal, passed on.
    static Refusal passedOn(UpstreamError error, String message) {
        return new Refusal(Kind.PROVIDER_STATUS, error.fault().status(), message, null, null, -1, error);
    }
}
