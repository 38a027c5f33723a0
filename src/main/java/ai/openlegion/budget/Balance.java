package ai.openlegion.budget;

import org.jspecify.annotations.Nullable;

/// The window that a refused call did not fit into, all amounts in pico-USD.
///
/// @param account whose window it is
/// @param limitPico its limit, [Limits#UNLIMITED] for none
/// @param resetsAtMillis when the window ends, in milliseconds since 1970; 0 = it does not
/// @param tokens of a task's account that limits them; null = it does not, or it is no task's
public record Balance(
        Account account,
        long limitPico,
        long spentPico,
        long unreconciledPico,
        long heldPico,
        long resetsAtMillis,
        @Nullable Tokens tokens) {

    /// Whose window it is.
    public enum Account {
        AGENT_DAY,
        AGENT_MONTH,
        FLEET_DAY,
        FLEET_MONTH,
        /// The account of the agent's task.
        TASK,
        /// The account of the run that its task belongs to.
        RUN,
        /// There is none: the agent has no account, or the store cannot answer.
        NONE
    }

    /// A limit of tokens.
    ///
    /// @param used settled, and what may have been used besides
    /// @param held of calls in flight
    public record Tokens(long limit, long used, long held) {}

    /// A window of money alone.
    public Balance(
            Account account,
            long limitPico,
            long spentPico,
            long unreconciledPico,
            long heldPico,
            long resetsAtMillis) {
        this(account, limitPico, spentPico, unreconciledPico, heldPico, resetsAtMillis, null);
    }

    static final Balance NONE = new Balance(Account.NONE, 0, 0, 0, 0, 0);
}
