package ai.openlegion.budget;

/// The account of one run: what all its tasks may cost together, and what they cost. Guarded by the ledger's lock.
///
/// It is here while a task of it is, or is about to be opened; then it is what the rows of its tasks sum up to, for a
/// task goes only after everything that is charged to it is stored.
final class RunFunds {

    final String runId;

    private final Tally money = new Tally();
    private long maxPico = Limits.UNLIMITED;
    private boolean loaded;
    private int active;
    private int users;

    RunFunds(String runId) {
        this.runId = runId;
    }

    /// Starts from what the store knows, unless it has begun already.
    void load(StoredRun stored) {
        maxPico = Math.min(maxPico, stored.maxPico());
        if (!loaded) {
            loaded = true;
            money.restore(stored.spentPico(), stored.unreconciledPico());
        }
    }

    /// Somebody needs it.
    void retain() {
        users++;
    }

    /// Whoever needed it does no longer; answers whether nobody does.
    boolean letGo() {
        return --users == 0;
    }

    /// How many output tokens of each answer it grants a call that wants this many, or [FairShare#NONE]: its share
    /// among all calls of the run.
    long grant(Quote quote, long wanted) {
        return maxPico == 0 ? FairShare.NONE : FairShare.tokens(quote, wanted, money.available(maxPico), active);
    }

    /// Whether it would grant such a call something once its calls in flight are over and cost nothing: what is missing
    /// is held, not spent.
    boolean isHeldFrom(Quote quote, long wanted) {
        return maxPico != 0
                && active > 0
                && FairShare.tokens(quote, wanted, money.available(maxPico) + money.held(), 0) != FairShare.NONE;
    }

    void take(long pico) {
        money.take(pico);
        active++;
    }

    boolean canBook(long hold, long spent, long unreconciled) {
        return money.canBook(hold, spent, unreconciled);
    }

    void book(long hold, long spent, long unreconciled) {
        money.book(hold, spent, unreconciled);
        active--;
    }

    Balance balance() {
        return money.balance(Balance.Account.RUN, maxPico, 0);
    }
}
