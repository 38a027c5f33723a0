package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import org.jspecify.annotations.Nullable;

/// The account of a task that runs, as the store knows it.
///
/// @param maxTokens [Limits#UNLIMITED] = no such limit
/// @param maxPico [Limits#UNLIMITED] = no such limit
/// @param tokens of its bookings
/// @param unreconciledTokens that may have been used besides
/// @param refused whether a call was refused because too little was left
record StoredTask(
        String taskId,
        AgentId agent,
        long maxTokens,
        long maxPico,
        long tokens,
        long unreconciledTokens,
        long spentPico,
        long unreconciledPico,
        boolean refused) {

    /// An account that is opened now.
    static StoredTask opened(Budget.OpenTask ask) {
        return new StoredTask(
                ask.taskId(), ask.agent(), limit(ask.maxTokens()), limit(ask.maxPico()), 0, 0, 0, 0, false);
    }

    private static long limit(@Nullable Long stated) {
        return stated == null ? Limits.UNLIMITED : stated;
    }
}
