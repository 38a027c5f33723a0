package ai.openlegion.budget;

import ai.openlegion.budget.Admission.Granted;
import ai.openlegion.budget.Admission.Reason;
import ai.openlegion.budget.Admission.Refused;
import ai.openlegion.identity.AgentId;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The one owner of every account: takes holds, settles them, and says what may be spent. Safe for any thread.
///
/// Everything is decided under one lock, in memory, in nanoseconds; agent and fleet together, all or nothing.
/// What the store has to know first, and when, is [Journal]'s part.
public final class Ledger {

    /// Bookings that may wait for the store before calls are refused.
    static final int MAX_UNFLUSHED = 65_536;

    private static final Refused NO_ACCOUNT = new Refused(Reason.NO_ACCOUNT, Balance.NONE);
    private static final Refused STORE_UNAVAILABLE = new Refused(Reason.STORE_UNAVAILABLE, Balance.NONE);

    private final InstantSource clock;
    private final Object lock = new Object();

    // all below are guarded by the lock; callbacks run outside it
    private final Journal journal = new Journal();
    private final Accounts accounts;
    private final TaskLedger tasks;
    private boolean storeAvailable;
    private long lastHoldId;
    private Runnable urgent = () -> {};

    /// A ledger without accounts that refuses every call until a [BudgetVerticle] has filled it from the
    /// database.
    public Ledger(InstantSource clock) {
        this.clock = clock;
        this.accounts = new Accounts(Utc.dayOf(clock.millis()), journal::list);
        this.tasks = new TaskLedger(lock, accounts);
    }

    /// Sets aside what a call may cost, clamped when money is tight, in the agent's and the fleet's windows of
    /// now.
    public Admission admit(AgentId agent, Quote quote) {
        return admit(agent, quote, true);
    }

    /// The same.
    ///
    /// @param last whether a refusal ends the call; the task of one that asks again does not fail for it
    public Admission admit(AgentId agent, Quote quote, boolean last) {
        Admission answer;
        boolean wake;
        synchronized (lock) {
            answer = decide(agent, quote, last);
            wake = journal.takeWake();
        }
        if (wake) {
            urgent.run();
        }
        return answer;
    }

    /// Calls back once: true when the call may go (then ask [Hold#cut]), false when the store failed, in which
    /// case the hold is released already. At once on this thread if that is known, else from the writer thread.
    /// Never called for a hold that is settled before.
    public void whenDurable(Hold hold, Consumer<Boolean> done) {
        boolean covered;
        synchronized (lock) {
            if (hold.state == Hold.State.WAITING) {
                hold.whenDurable = done;
                return;
            }
            covered = hold.state == Hold.State.COVERED;
        }
        done.accept(covered);
    }

    /// Books how the call ended, in the windows it was admitted in. More than the hold is booked as it is and
    /// freezes the account.
    ///
    /// A hold that failed ([#whenDurable]) may be released once more, without effect: its caller cannot know
    /// yet. Throws [IllegalStateException] when the hold is settled already, or failed and nevertheless spent;
    /// and [ArithmeticException] when a sum overflows: then the whole hold is booked as unreconciled and the
    /// account is frozen.
    public Settled settle(Hold hold, Outcome outcome) {
        boolean booked;
        boolean wake;
        boolean froze;
        synchronized (lock) {
            if (hold.state == Hold.State.FAILED && outcome.basis() == Basis.RELEASED) {
                return Settled.PLAIN;
            }
            if (hold.state != Hold.State.COVERED && hold.state != Hold.State.WAITING) {
                throw new IllegalStateException("hold " + hold.id() + " is over already");
            }
            boolean frozenBefore = hold.row.account.frozen;
            booked = book(hold, outcome);
            froze = hold.row.account.frozen && !frozenBefore;
            wake = journal.takeWake();
        }
        if (wake) {
            urgent.run();
        }
        if (!booked) {
            throw new ArithmeticException("hold " + hold.id() + " cannot be booked: a sum overflows");
        }
        return froze ? Settled.FROZE : Settled.PLAIN;
    }

    /// The account of an agent, or null when it has none.
    public @Nullable BudgetState state(AgentId agent) {
        synchronized (lock) {
            accounts.roll(clock.millis());
            AgentAccount account = accounts.open(agent);
            return account == null ? null : accounts.state(account);
        }
    }

    /// The account of all agents together.
    public FleetState fleet() {
        synchronized (lock) {
            accounts.roll(clock.millis());
            return accounts.fleet();
        }
    }

    /// Every account of the fleet, by agent id.
    Budget.Accounts all() {
        synchronized (lock) {
            accounts.roll(clock.millis());
            return new Budget.Accounts(accounts.fleet(), accounts.states());
        }
    }

    /// What changed since this was asked last.
    Changes takeChanges() {
        synchronized (lock) {
            accounts.roll(clock.millis());
            return accounts.takeChanges(journal.takeExhausted());
        }
    }

    /// Makes the accounts those of a configuration. Answers with the running holds that no longer have a place.
    Cuts configure(Map<AgentId, Limits> agents, Limits fleet) {
        synchronized (lock) {
            accounts.roll(clock.millis());
            return accounts.configure(agents, fleet);
        }
    }

    /// Sets an agent's limits. Answers with the running holds to cut, newest first, until the
    /// others fit; nothing for an unknown agent.
    List<Hold> setLimits(AgentId agent, Limits limits) {
        synchronized (lock) {
            accounts.roll(clock.millis());
            AgentAccount account = accounts.open(agent);
            if (account == null) {
                return List.of();
            }
            return accounts.setLimits(account, limits);
        }
    }

    /// Lets a frozen account spend again.
    void unfreeze(AgentId agent) {
        synchronized (lock) {
            AgentAccount account = accounts.open(agent);
            if (account != null && account.frozen) {
                account.frozen = false;
                accounts.noteChanged(account);
                journal.freezeChanged(account);
            }
        }
    }

    /// Plans to release this much of what is unreconciled, newest day first, and unfreezes the agent. Answers
    /// with what will be released; it comes off when it is stored.
    long release(AgentId agent, long pico) {
        if (pico < 0) {
            throw new IllegalArgumentException("cannot release less than nothing");
        }
        synchronized (lock) {
            accounts.roll(clock.millis());
            AgentAccount account = accounts.open(agent);
            if (account == null) {
                return 0;
            }
            return account.release(pico, journal::touch);
        }
    }

    /// Whether a release of this agent is not stored yet.
    boolean releasing(AgentId agent) {
        synchronized (lock) {
            AgentAccount account = accounts.open(agent);
            return account != null && account.releasing();
        }
    }

    /// Fills an empty ledger with what the store knows.
    void restore(StoredLedger stored) {
        synchronized (lock) {
            accounts.restore(stored);
            journal.restore(stored.lastSeq());
        }
    }

    /// Whom to tell, on any thread, that a commit is wanted now.
    void onUrgent(Runnable wake) {
        synchronized (lock) {
            urgent = wake;
        }
    }

    /// Admits nothing more and hands back every lease as its calls end.
    void close() {
        synchronized (lock) {
            journal.close();
        }
    }

    /// Says whether the store can commit. When it cannot, calls that wait for it are given back.
    void storeAvailable(boolean available) {
        List<Consumer<Boolean>> callbacks = List.of();
        synchronized (lock) {
            storeAvailable = available;
            if (!available) {
                List<Hold> failed = journal.failWaiting();
                failed.forEach(accounts::remove);
                callbacks = Waiting.take(failed);
            }
        }
        Waiting.tell(callbacks, false);
    }

    /// Whether there is anything to store.
    boolean pending() {
        synchronized (lock) {
            return journal.pending(clock.millis());
        }
    }

    /// Whether a commit is wanted now, because calls wait for it or too much would be stranded.
    boolean urgent() {
        synchronized (lock) {
            return journal.urgent();
        }
    }

    /// The next batch to store, or null; the same one again until [#committed].
    @Nullable
    FlushBatch drain() {
        synchronized (lock) {
            long now = clock.millis();
            accounts.roll(now);
            return journal.drain(now, accounts.windows(), accounts.fleetLimits());
        }
    }

    /// The drained batch is in the store.
    void committed() {
        List<Consumer<Boolean>> callbacks;
        boolean wake;
        synchronized (lock) {
            callbacks = Waiting.take(journal.committed(clock.millis()));
            accounts.tasks().forgetStored();
            wake = journal.takeWake();
        }
        Waiting.tell(callbacks, true);
        if (wake) {
            urgent.run();
        }
    }

    /// The drained batch may or may not be in the store; calls are refused until it is.
    void failed() {
        synchronized (lock) {
            journal.failed();
        }
        storeAvailable(false);
    }

    private Admission decide(AgentId agent, Quote quote, boolean last) {
        if (!storeAvailable || journal.closing() || journal.unflushed() >= MAX_UNFLUSHED) {
            return STORE_UNAVAILABLE;
        }
        long now = clock.millis();
        accounts.roll(now);
        AgentAccount account = accounts.open(agent);
        if (account == null) {
            return NO_ACCOUNT;
        }
        if (account.frozen) {
            return new Refused(Reason.ACCOUNT_FROZEN, accounts.tightest(account));
        }
        long available = account.available();
        long tokens = accounts.isClosed(account)
                ? FairShare.NONE
                : FairShare.tokens(
                        quote, available, account.active(), accounts.fleetAvailable(), accounts.fleetActive());
        if (tokens == FairShare.NONE) {
            return new Refused(Reason.BUDGET_EXCEEDED, accounts.tightest(account));
        }
        TaskFunds task = account.task;
        Budget.Ceiling bound = Budget.Ceiling.NONE;
        if (task != null) {
            long alone = tokens;
            long own = task.grant(quote, alone);
            tokens = task.run == null || own == FairShare.NONE ? own : task.run.grant(quote, own);
            bound = tokens < own ? Budget.Ceiling.RUN : own < alone ? Budget.Ceiling.TASK : Budget.Ceiling.NONE;
            if (tokens == FairShare.NONE) {
                if (bound == Budget.Ceiling.RUN && task.run != null && task.run.isHeldFrom(quote, own)) {
                    return new Refused(Reason.RUN_BUDGET_HELD, task.balance(bound));
                }
                if (last) {
                    journal.refused(task, bound);
                }
                return new Refused(Reason.TASK_BUDGET_EXCEEDED, task.balance(bound));
            }
        }
        long pico = FairShare.cost(quote, tokens);
        long remaining = account.limits.equals(Limits.NONE) ? Limits.UNLIMITED : available - pico;
        DayRow row = account.today;
        Hold hold = new Hold(++lastHoldId, row, pico, tokens, remaining, task, quote);
        hold.bound = bound;
        row.take(hold);
        accounts.add(hold, now);
        if (hold.state == Hold.State.WAITING) {
            journal.touch(row);
            journal.touch(task);
            journal.hurry();
        } else if (row.excess() < pico) {
            // the next call of this kind would have to wait: renew the slack with the next commit
            journal.touch(row);
        }
        if (task != null && task.excess() < hold.taskTokens) {
            journal.touch(task);
        }
        return new Granted(hold);
    }

    /// Books the outcome; false when it overflows and the whole hold was booked as unreconciled instead.
    private boolean book(Hold hold, Outcome outcome) {
        DayRow row = hold.row;
        AgentAccount account = row.account;
        long spent = outcome.spentPico();
        long unreconciled = outcome.unreconciledPico();
        TaskFunds task = hold.task;
        long doubtTokens = TaskFunds.doubt(hold, outcome);
        boolean fits =
                row.canBook(hold, spent, unreconciled) && (task == null || task.canBook(hold, spent, unreconciled));
        if (!fits) {
            spent = 0;
            unreconciled = hold.pico();
        }
        long now = clock.millis();
        String taskId = task == null ? "" : task.taskId;
        UsageEntry entry =
                UsageEntry.settled(now, account.agent, row.day, outcome, spent, unreconciled, taskId, doubtTokens);
        row.book(hold, spent, unreconciled, entry.tokens(), doubtTokens);
        hold.state = Hold.State.SETTLED;
        hold.whenDurable = null;
        accounts.remove(hold);
        account.spent(spent, now);
        journal.add(entry);
        journal.touch(row);
        journal.touch(task);
        if ((!fits || spent > hold.pico() || unreconciled > hold.pico() - spent) && !account.frozen) {
            account.frozen = true;
            accounts.noteFrozen(account);
            journal.freezeChanged(account);
        }
        journal.hurryIfUneven(row, now);
        return fits;
    }

    /// What is about tasks and runs.
    TaskLedger tasks() {
        return tasks;
    }

    /// The account of the task, or of its run, that limits this hold, or null where its agent's or the fleet's money
    /// does.
    public @Nullable Balance taskBound(Hold hold) {
        synchronized (lock) {
            return hold.task == null || hold.bound == Budget.Ceiling.NONE ? null : hold.task.balance(hold.bound);
        }
    }
}
