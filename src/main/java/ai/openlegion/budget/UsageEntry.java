package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;

/// One booking as the journal keeps it: a settlement, or an operator's release.
///
/// A release has the model [#RELEASED_MODEL], no request id, and a negative `unreconciledPico`. Token counts
/// above [#MAX_TOKENS] are kept as that: only a provider that lies reports them, and sums of them must not
/// overflow.
///
/// @param task the call was charged to; empty = none
/// @param doubtTokens of the task's account, which the call may have used besides
record UsageEntry(
        long timeMillis,
        AgentId agent,
        long day,
        String requestId,
        int attempt,
        String model,
        long inputTokens,
        long outputTokens,
        long cachedTokens,
        long spentPico,
        long unreconciledPico,
        Basis basis,
        String task,
        long doubtTokens) {

    static final String RELEASED_MODEL = "(released)";

    /// Under this model the usage table has what a crash left unreconciled.
    static final String RESTART_MODEL = "(restart)";

    static final long MAX_TOKENS = 1_000_000_000_000L;

    static UsageEntry settled(
            long timeMillis,
            AgentId agent,
            long day,
            Outcome outcome,
            long spentPico,
            long unreconciledPico,
            String task,
            long doubtTokens) {
        return new UsageEntry(
                timeMillis,
                agent,
                day,
                outcome.requestId(),
                outcome.attempt(),
                outcome.model(),
                Math.min(outcome.inputTokens(), MAX_TOKENS),
                Math.min(outcome.outputTokens(), MAX_TOKENS),
                Math.min(outcome.cachedTokens(), MAX_TOKENS),
                spentPico,
                unreconciledPico,
                outcome.basis(),
                task,
                doubtTokens);
    }

    static UsageEntry released(long timeMillis, DayImage image) {
        return new UsageEntry(
                timeMillis,
                image.agent(),
                image.day(),
                "",
                0,
                RELEASED_MODEL,
                0,
                0,
                0,
                0,
                -image.released(),
                Basis.RELEASED,
                "",
                0);
    }

    /// Whether a provider was paid, or may have to be.
    boolean isCall() {
        return basis != Basis.RELEASED;
    }

    long tokens() {
        return inputTokens + outputTokens;
    }
}
