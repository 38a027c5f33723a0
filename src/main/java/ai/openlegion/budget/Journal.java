package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The ledger's side of durability: which rows and bookings the next transaction stores, and what that allows.
/// Guarded by the ledger's lock.
final class Journal {

    /*
     * Why a crash loses nothing, and strands little.
     *
     * The store has one row (spent, unreconciled, leased) for each agent and day. A restart turns leased into
     * unreconciled, so that it counts total = spent + unreconciled + leased. Call
     *
     *   exposure = spent + unreconciled + every hold whose call may have gone
     *
     * as memory knows it: no provider can have produced more (a hold is what the provider was told as its maximum,
     * and a settlement turns a hold into at most as much spent and unreconciled). What must hold at every instant is
     *
     *   (C)  exposure <= total of each row that the store may contain.
     *
     * 1. At rest that is one row, `durable`. A call may go only if exposure plus its hold stays <= total
     *    (DayRow.excess). Settling only lowers exposure. Other calls wait, first come first served; nobody overtakes,
     *    so none starves. They count as held for the limits, but not for exposure.
     * 2. From the moment a batch is drawn until its commit is known, the store may contain `durable` or the batch's
     *    row, `flight`: excess takes the smaller total. The drawn row leases all that is held, waiting calls included,
     *    so (C) holds for it when it is drawn; what goes after that is checked against both.
     * 3. A commit that failed may have happened. Then nothing is known, both rows stay possible, and the *same* batch
     *    is drawn again, unchanged, until it is known to be stored. So there are never three candidates. Rows are
     *    absolute values: storing one twice is storing it once. The bookings are sums and are added only if their
     *    group's number is not there yet, asked in the same transaction. Calls that waited are given back: they never
     *    went, and their lease is handed back by a later batch.
     * 4. A release lowers unreconciled, so it would lower exposure while the store still has the old row: a call could
     *    go on money that comes back as unreconciled after a crash, and be released a second time by an operator who
     *    never saw the first one confirmed. Therefore memory changes when the release is stored, not before; the
     *    row in flight, which lacks it already, gets it added back for the comparison.
     * 5. A day that ends keeps its row while calls of it run: a hold points to the row it was taken in. Its lease is
     *    what those calls hold and nothing more, and goes when they end.
     * 6. Limits play no part here. Admission counts spent + unreconciled + held in memory, which includes all that
     *    ever went; after a restart it counts total, which is no less. So a limit holds across a crash too.
     * 7. What a provider bills above its hold raises exposure beyond (C) until the next commit. Nothing can know it
     *    earlier; the account is frozen, its other waiting calls wait for a commit that covers them.
     *
     * 8. A task's money needs nothing of its own: what the store may not know of it lies within its agent's lease, and
     *    a start counts that against the task too. Its tokens do not follow from money, so a task with a token limit
     *    has a mark: the most tokens it may have used. It is drawn, kept beside the one before while a batch is in
     *    doubt, and compared like a row's total (1 to 3 and 5): a call goes only when row and mark cover it, and a
     *    start takes the mark for used.
     * 9. A run's money is that of its tasks, so 8 covers it, if a start knows every task that may have had calls in
     *    flight, also those that were closed. A task is one of them until a batch says that it is settled, which is
     *    drawn after its last booking and holds that booking, or comes after the one that does.
     *
     * What a crash strands is total - exposure. A row is drawn with slack, so that the next call need not wait for the
     * disk: at most what the account spent in two seconds or one hold, never more than is left, none when the account
     * was idle for two seconds, its day is over, it is frozen or removed, or the mesh stops. Settling for less than
     * was held adds to the excess; past the bound the journal asks for a commit at once.
     */

    private final List<DayRow> live = new ArrayList<>();
    private final List<DayRow> flightRows = new ArrayList<>();
    private final List<TaskFunds> liveTasks = new ArrayList<>();
    private final List<String> exhausted = new ArrayList<>();
    private final List<TaskFunds> flightTasks = new ArrayList<>();
    private final List<AgentAccount> unsavedFreezes = new ArrayList<>();
    private List<UsageEntry> entries = new ArrayList<>();
    private @Nullable FlushBatch flight;

    private long lastSeq;
    private boolean dirty;
    private boolean urgent;
    private boolean wake;
    private boolean closing;
    private long handBackMillis = Long.MAX_VALUE;

    void restore(long storedSeq) {
        lastSeq = storedSeq;
    }

    /// No slack from now on.
    void close() {
        closing = true;
        dirty = true;
    }

    boolean closing() {
        return closing;
    }

    int unflushed() {
        return entries.size();
    }

    void add(UsageEntry entry) {
        entries.add(entry);
        dirty = true;
    }

    void touch(DayRow row) {
        row.touched = true;
        dirty = true;
        if (!row.listed) {
            row.listed = true;
            live.add(row);
        }
    }

    void touch(@Nullable TaskFunds task) {
        if (task != null && task.isMarked()) {
            list(task);
        }
    }

    /// A task's first refusal is stored: the task fails for it, also after a crash.
    void refused(TaskFunds task, Budget.Ceiling by) {
        task.refused(by);
        if (!task.refusalStored) {
            task.refusalStored = true;
            list(task);
            hurry();
            exhausted.add(task.taskId);
        }
    }

    /// The tasks that were refused a call since this was asked last.
    List<String> takeExhausted() {
        List<String> taken = List.copyOf(exhausted);
        exhausted.clear();
        return taken;
    }

    /// Has a task's account stored as it is.
    void list(TaskFunds task) {
        task.touched = true;
        dirty = true;
        if (!task.listed) {
            task.listed = true;
            liveTasks.add(task);
        }
    }

    void freezeChanged(AgentAccount account) {
        dirty = true;
        if (!account.frozenUnsaved) {
            account.frozenUnsaved = true;
            unsavedFreezes.add(account);
        }
    }

    /// Asks for a commit now.
    void hurry() {
        dirty = true;
        if (!urgent) {
            urgent = true;
            wake = true;
        }
    }

    /// Asks for a commit now if a crash would strand more of this row than it may, or lose what a provider billed
    /// above its hold.
    void hurryIfUneven(DayRow row, long nowMillis) {
        if (urgent || flight != null) {
            return;
        }
        long excess = row.excess();
        if (excess < 0 || (excess > row.slack() && excess > row.account.slackBound(nowMillis))) {
            hurry();
        }
    }

    /// Whether somebody has to wake the store; asked after each step, true once.
    boolean takeWake() {
        boolean result = wake;
        wake = false;
        return result;
    }

    boolean pending(long nowMillis) {
        return flight != null || dirty || handBackDue(nowMillis);
    }

    boolean urgent() {
        return urgent;
    }

    /// The next batch, or null when there is nothing to store. While the outcome of one is unknown, that one.
    @Nullable
    FlushBatch drain(long nowMillis, Windows windows, Limits fleetLimits) {
        if (flight != null) {
            return flight;
        }
        dirty = false;
        urgent = false;
        List<DayImage> images = drawRows(nowMillis, windows, windows.available(fleetLimits));
        for (DayImage image : images) {
            if (image.released() > 0) {
                entries.add(UsageEntry.released(nowMillis, image));
            }
        }
        List<TaskImage> tasks = drawTasks(nowMillis);
        Map<AgentId, Boolean> frozen = drawFreezes();
        if (images.isEmpty() && entries.isEmpty() && frozen.isEmpty() && tasks.isEmpty()) {
            return null;
        }
        long seq = entries.isEmpty() ? lastSeq : lastSeq + 1;
        lastSeq = seq;
        flight = new FlushBatch(nowMillis, seq, images, tasks, entries, frozen, false);
        entries = new ArrayList<>();
        return flight;
    }

    /// The batch is in the store; answers with the holds whose calls may go now.
    List<Hold> committed(long nowMillis) {
        List<Hold> covered = new ArrayList<>();
        if (flight == null) {
            return covered;
        }
        flight = null;
        flightTasks.forEach(TaskFunds::committed);
        flightTasks.clear();
        for (DayRow row : flightRows) {
            row.committed(covered);
            if (row.hasWaiting()) {
                touch(row);
                touch(row.waitingTask());
                hurry();
            }
        }
        flightRows.clear();
        live.removeIf(Journal::unlist);
        liveTasks.removeIf(Journal::unlist);
        for (DayRow row : live) {
            if (row.touched) {
                hurryIfUneven(row, nowMillis);
            }
        }
        return covered;
    }

    /// The batch may or may not be in the store.
    void failed() {
        if (flight != null) {
            flight = flight.again();
        }
    }

    /// Gives back every hold whose call waits for the store, and answers with them.
    List<Hold> failWaiting() {
        List<Hold> failed = new ArrayList<>();
        for (DayRow row : live) {
            if (row.hasWaiting()) {
                row.failWaiting(failed);
                touch(row);
            }
        }
        return failed;
    }

    private List<DayImage> drawRows(long nowMillis, Windows windows, long fleetAvailable) {
        List<DayImage> images = new ArrayList<>();
        long fleetRoom = Math.max(0, fleetAvailable);
        handBackMillis = Long.MAX_VALUE;
        for (DayRow row : live) {
            long slack = slack(row, nowMillis, windows.day(), fleetRoom);
            if (row.touched || row.excess() > slack) {
                images.add(row.draw(slack));
                flightRows.add(row);
                fleetRoom -= slack;
            }
            if (slack > 0) {
                handBackMillis = Math.min(handBackMillis, row.account.lastActiveMillis() + AgentAccount.IDLE_MILLIS);
            }
        }
        return images;
    }

    private List<TaskImage> drawTasks(long nowMillis) {
        if (liveTasks.isEmpty()) {
            return List.of();
        }
        List<TaskImage> images = new ArrayList<>();
        for (TaskFunds task : liveTasks) {
            boolean still = closing || !task.open || task.account.idle(nowMillis);
            long slack = still ? 0 : task.slackBound();
            if (task.touched || task.excess() > slack) {
                images.add(task.draw(slack));
                flightTasks.add(task);
            }
            if (slack > 0) {
                handBackMillis = Math.min(handBackMillis, task.account.lastActiveMillis() + AgentAccount.IDLE_MILLIS);
            }
        }
        return images;
    }

    private long slack(DayRow row, long nowMillis, long today, long fleetRoom) {
        AgentAccount account = row.account;
        if (closing || row.day != today || !account.open || account.frozen || account.idle(nowMillis)) {
            return 0;
        }
        long room = Math.min(account.available(), fleetRoom / 4);
        return Math.max(0, Math.min(account.slackBound(nowMillis), room));
    }

    private Map<AgentId, Boolean> drawFreezes() {
        if (unsavedFreezes.isEmpty()) {
            return Map.of();
        }
        Map<AgentId, Boolean> frozen = new HashMap<>();
        for (AgentAccount account : unsavedFreezes) {
            account.frozenUnsaved = false;
            frozen.put(account.agent, account.frozen);
        }
        unsavedFreezes.clear();
        return frozen;
    }

    private boolean handBackDue(long nowMillis) {
        // a due time further off than the interval means that the clock went back
        return handBackMillis != Long.MAX_VALUE
                && (nowMillis >= handBackMillis || handBackMillis - nowMillis > AgentAccount.IDLE_MILLIS);
    }

    private static boolean unlist(DayRow row) {
        if (row.settled()) {
            row.listed = false;
        }
        return !row.listed;
    }

    private static boolean unlist(TaskFunds task) {
        if (task.settled()) {
            task.listed = false;
        }
        return !task.listed;
    }
}
