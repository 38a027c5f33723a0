package ai.openlegion.budget;

/// The ledger's answer to a call that wants to spend.
public sealed interface Admission {

    /// The money is set aside; the call may go once the hold is durable.
    record Granted(Hold hold) implements Admission {}

    /// Nothing is set aside and the call must not go.
    ///
    /// @param balance the tightest window, for [Reason#BUDGET_EXCEEDED] and [Reason#ACCOUNT_FROZEN]; the account of
    ///     task or run for [Reason#TASK_BUDGET_EXCEEDED] and [Reason#RUN_BUDGET_HELD]
    record Refused(Reason reason, Balance balance) implements Admission {}

    /// Why a call was refused.
    enum Reason {
        /// It does not fit into the agent's or the fleet's limit.
        BUDGET_EXCEEDED,
        /// It does not fit into the budget of the task that the agent works on.
        TASK_BUDGET_EXCEEDED,
        /// It does not fit into what the run that the task belongs to has left, for as long as other calls hold it.
        RUN_BUDGET_HELD,
        /// A provider billed more than was held; the operator has to look at it first.
        ACCOUNT_FROZEN,
        /// The agent is not, or no longer, part of the fleet.
        NO_ACCOUNT,
        /// What would be spent cannot be made durable now.
        STORE_UNAVAILABLE
    }
}
