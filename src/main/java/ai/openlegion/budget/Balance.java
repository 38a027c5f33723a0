package ai.openlegion.budget;

/// The window that a refused call did not fit into, all amounts in pico-USD.
///
/// @param account whose window it is
/// @param limitPico its limit, [Limits#UNLIMITED] for none
/// @param resetsAtMillis when the window ends, in milliseconds since 1970
public record Balance(
        Account account, long limitPico, long spentPico, long unreconciledPico, long heldPico, long resetsAtMillis) {

    /// Whose window it is.
    public enum Account {
        AGENT_DAY,
        AGENT_MONTH,
        FLEET_DAY,
        FLEET_MONTH,
        /// There is none: the agent has no account, or the store cannot answer.
        NONE
    }

    static final Balance NONE = new Balance(Account.NONE, 0, 0, 0, 0, 0);
}
