package ai.openlegion.budget;

import org.jspecify.annotations.Nullable;

/// The account of one task: what it may use, what it used, and how many tokens the store knows it may have used.
/// Guarded by the ledger's lock; [Journal] says why a crash gives a task nothing back.
final class TaskFunds {

    final String taskId;
    final AgentAccount account;

    /// Empty = none.
    final String runId;

    /// The account of its run, or null where that has no ceiling.
    final @Nullable RunFunds run;

    /// Whether new calls of its agent are charged to it; those in flight are in any case.
    boolean open = true;

    /// Whether a call was refused because too little was left; the first time counts, for good, and is stored.
    Budget.Ceiling refusedBy;

    /// Whether the store has that, or the next batch will.
    boolean refusalStored;

    /// Whether the journal has it on its list.
    boolean listed;

    /// Whether its mark should be part of the next batch.
    boolean touched;

    private final long maxTokens;
    private final long maxPico;
    private final Tally money = new Tally();
    private final Tally tokens = new Tally();
    private int active;

    /// What the store holds for certain as the most tokens it may have used.
    private long mark;

    /// What the store may hold instead, while a batch is under way or its outcome is unknown; below 0 = nothing.
    private long flight = -1;

    private boolean flightSettled;
    private boolean stored;
    private long waitingTokens;
    private long lastHoldTokens;

    TaskFunds(AgentAccount account, StoredTask stored, @Nullable RunFunds run) {
        this.account = account;
        this.run = run;
        runId = stored.runId();
        taskId = stored.taskId();
        maxTokens = stored.maxTokens();
        maxPico = stored.maxPico();
        refusedBy = stored.refusedBy();
        refusalStored = refusedBy != Budget.Ceiling.NONE;
        StoredTask.Used used = stored.used();
        money.restore(used.spentPico(), used.unreconciledPico());
        tokens.restore(used.tokens(), used.doubtTokens());
        mark = tokens.used();
    }

    /// How many output tokens of each answer it grants a call that wants this many, or [FairShare#NONE].
    long grant(Quote quote, long wanted) {
        if (maxPico == 0 || maxTokens == 0) {
            return FairShare.NONE;
        }
        long paid = FairShare.tokens(quote, wanted, money.available(maxPico), active);
        if (paid == FairShare.NONE || maxTokens == Limits.UNLIMITED) {
            return paid;
        }
        long left = tokens.available(maxTokens);
        long share = left / (active + 1);
        long granted = paid;
        if (quote.tokens(paid) > share) {
            long affordable = share <= quote.inputTokens() ? 0 : (share - quote.inputTokens()) / quote.choices();
            granted = Math.min(paid, Math.max(affordable, quote.floorOutputTokens()));
        }
        return quote.tokens(granted) <= left ? granted : FairShare.NONE;
    }

    /// A call was refused.
    void refused(Budget.Ceiling by) {
        if (refusedBy == Budget.Ceiling.NONE) {
            refusedBy = by;
        }
    }

    /// Whether a call that may use this many tokens may go now; without a token limit nothing has to be stored first.
    boolean covers(long holdTokens) {
        return maxTokens == Limits.UNLIMITED || holdTokens <= excess();
    }

    /// How many more tokens may be dispatched, with whichever mark the store turns out to hold.
    long excess() {
        long cover = flight < 0 ? mark : Math.min(mark, flight);
        return cover - (tokens.used() - waitingTokens);
    }

    void take(Hold hold) {
        money.take(hold.pico());
        tokens.take(hold.taskTokens);
        active++;
        lastHoldTokens = hold.taskTokens;
        if (run != null) {
            run.take(hold.pico());
        }
        if (hold.state == Hold.State.WAITING) {
            waitingTokens += hold.taskTokens;
        }
    }

    /// A hold that waited may go.
    void covered(Hold hold) {
        waitingTokens -= hold.taskTokens;
    }

    boolean canBook(Hold hold, long spent, long unreconciled) {
        return money.canBook(hold.pico(), spent, unreconciled)
                && (run == null || run.canBook(hold.pico(), spent, unreconciled));
    }

    void book(Hold hold, long spent, long unreconciled, long usedTokens, long doubtTokens) {
        money.book(hold.pico(), spent, unreconciled);
        if (run != null) {
            run.book(hold.pico(), spent, unreconciled);
        }
        tokens.book(hold.taskTokens, usedTokens, doubtTokens);
        active--;
        if (hold.state == Hold.State.WAITING) {
            waitingTokens -= hold.taskTokens;
        }
    }

    /// How many tokens a call may have used beyond those it is booked with.
    static long doubt(Hold hold, Outcome outcome) {
        if (hold.task == null || outcome.basis() != Basis.UPPER_BOUND) {
            return 0;
        }
        long used = outcome.inputTokens() + outcome.outputTokens();
        // where money was held and none of it is in doubt, the provider stopped: only the input is not known
        boolean stopped = outcome.unreconciledPico() == 0 && hold.pico() > outcome.spentPico();
        long most = stopped ? Math.min(hold.taskTokens, used + hold.taskInputTokens) : hold.taskTokens;
        return Math.max(0, most - used);
    }

    /// Whether the store has to know its tokens ahead.
    boolean isMarked() {
        return maxTokens != Limits.UNLIMITED;
    }

    /// The mark to store next: everything that is held, and some more while it is at work.
    TaskImage draw(long slack) {
        long next = Math.addExact(tokens.used(), slack);
        flight = next;
        flightSettled = isOver();
        touched = false;
        return new TaskImage(taskId, next, refusedBy, flightSettled);
    }

    /// How far its mark may be ahead, in tokens, so that the next call need not wait for the disk: one call's hold.
    long slackBound() {
        return !isMarked() ? 0 : Math.max(0, Math.min(lastHoldTokens, tokens.available(maxTokens)));
    }

    /// The mark in flight is in the store.
    void committed() {
        mark = flight;
        flight = -1;
        stored = flightSettled;
    }

    /// Whether nothing of it is left to store.
    boolean settled() {
        return !touched && flight < 0 && active == 0 && (!isMarked() || mark == tokens.used()) && open != stored;
    }

    /// Whether the store has it as it is, for good.
    boolean isStored() {
        return stored;
    }

    /// Whether nothing will be booked on it any more.
    boolean isOver() {
        return !open && active == 0;
    }

    /// How it stands, or its run.
    Balance balance(Budget.Ceiling ceiling) {
        if (ceiling == Budget.Ceiling.RUN && run != null) {
            return run.balance();
        }
        return new Balance(
                Balance.Account.TASK,
                maxPico,
                money.spent(),
                money.unreconciled(),
                money.held(),
                0,
                isMarked()
                        ? new Balance.Tokens(
                                maxTokens, Math.addExact(tokens.spent(), tokens.unreconciled()), tokens.held())
                        : null);
    }

    Budget.TaskAccount state() {
        return new Budget.TaskAccount(
                taskId,
                true,
                open,
                tokens.spent(),
                tokens.unreconciled(),
                money.spent(),
                money.unreconciled(),
                money.held(),
                refusedBy);
    }
}
