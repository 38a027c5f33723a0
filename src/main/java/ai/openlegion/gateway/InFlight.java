package ai.openlegion.gateway;

import ai.openlegion.fleet.Fleet;

/// A call that holds money, as time, cuts and revocations reach it.
interface InFlight {

    /// Runs a step of the call; a bug in it ends the call instead of leaving it, and its hold, hanging.
    void guarded(Runnable step);

    /// Time has passed; see [CallRegistry#tick].
    void onTick(int tick);

    /// Ends the call because the mesh wants it to: final, no content after it.
    void cut(Refusal refusal);

    /// Ends the call because its money is gone.
    void cutForBudget(String message);

    /// Whether the token that opened it still belongs to the same agent.
    boolean isStillKnownTo(Fleet current);
}
