package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import org.jspecify.annotations.Nullable;

/// The account of a task that runs, as the store knows it.
///
/// @param maxTokens [Limits#UNLIMITED] = no such limit
/// @param maxPico [Limits#UNLIMITED] = no such limit
/// @param runId the run it belongs to; empty = none
/// @param runMaxPico of all tasks of that run; [Limits#UNLIMITED] = no such limit
/// @param used what was charged to it so far
/// @param refusedBy where too little was left when a call was refused
record StoredTask(
        String taskId,
        AgentId agent,
        long maxTokens,
        long maxPico,
        String runId,
        long runMaxPico,
        Used used,
        Budget.Ceiling refusedBy) {

    /// What was charged to a task.
    ///
    /// @param tokens of its bookings
    /// @param doubtTokens that may have been used besides
    record Used(long tokens, long doubtTokens, long spentPico, long unreconciledPico) {

        static final Used NOTHING = new Used(0, 0, 0, 0);

        /// All tokens that count against a limit.
        long allTokens() {
            return Math.addExact(tokens, doubtTokens);
        }

        /// With more of what is in doubt.
        Used with(long moreTokens, long morePico) {
            return new Used(
                    tokens,
                    Math.addExact(doubtTokens, moreTokens),
                    spentPico,
                    Math.addExact(unreconciledPico, morePico));
        }
    }

    /// An account that is opened now.
    static StoredTask opened(Budget.OpenTask ask) {
        return new StoredTask(
                ask.taskId(),
                ask.agent(),
                limit(ask.maxTokens()),
                limit(ask.maxPico()),
                ask.runId(),
                ask.runId().isEmpty() ? Limits.UNLIMITED : limit(ask.runMaxPico()),
                Used.NOTHING,
                Budget.Ceiling.NONE);
    }

    /// The same with this charged to it.
    StoredTask with(Used charged) {
        return new StoredTask(taskId, agent, maxTokens, maxPico, runId, runMaxPico, charged, refusedBy);
    }

    private static long limit(@Nullable Long stated) {
        return stated == null ? Limits.UNLIMITED : stated;
    }
}
