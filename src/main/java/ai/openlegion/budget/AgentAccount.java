package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One agent's account: its limits, its windows, its running holds, and how fast it spends. Guarded by the
/// ledger's lock.
final class AgentAccount {

    /// How long without a call until a lease without one is handed back, in milliseconds.
    static final long IDLE_MILLIS = 2_000;

    private static final long BUCKET_MILLIS = 1_000;

    final AgentId agent;
    Limits limits = Limits.NONE;

    /// Whether the agent is part of the fleet; else the account only counts for the fleet's totals.
    boolean open;

    boolean frozen;

    /// Whether [#frozen] differs from what the next batch would leave in the store.
    boolean frozenUnsaved;

    /// Whether it changed since the last time that was told.
    boolean changed;

    DayRow today;

    /// The account of the task it works on, or null.
    @Nullable
    TaskFunds task;

    /// Its days of the current month, oldest first; today is the last one.
    private final List<DayRow> monthRows = new ArrayList<>();

    private @Nullable Hold newest;
    private int active;

    private long lastHoldPico;
    private long lastActiveMillis;

    // what was spent in the current second and in the one before
    private long bucketStartMillis;
    private long currentBucket;
    private long previousBucket;

    AgentAccount(AgentId agent, Windows windows) {
        this.agent = agent;
        this.today = new DayRow(this, windows, new Tally());
        monthRows.add(today);
    }

    /// Plans to release this much of what is unreconciled, newest day first; answers with what will be released.
    long release(long pico, Consumer<DayRow> changed) {
        long left = pico;
        for (DayRow row : monthRows.reversed()) {
            long amount = row.release(left);
            if (amount > 0) {
                left -= amount;
                changed.accept(row);
            }
        }
        return pico - left;
    }

    /// Whether a release is not stored yet.
    boolean releasing() {
        return monthRows.stream().anyMatch(DayRow::releasing);
    }

    /// Follows the windows into a new day or month.
    void roll(Windows windows) {
        if (windows.day() == today.day) {
            return;
        }
        boolean sameMonth = windows.fleetMonth() == today.fleetMonth;
        if (!sameMonth) {
            monthRows.clear();
        }
        today = new DayRow(this, windows, sameMonth ? today.month : new Tally());
        monthRows.add(today);
    }

    /// Adds a day of the current month, before today, that the store knows.
    void restore(DayRow row) {
        monthRows.add(monthRows.size() - 1, row);
    }

    /// Its running holds, newest first.
    List<Hold> holds() {
        List<Hold> holds = new ArrayList<>(active);
        for (Hold hold = newest; hold != null; hold = hold.older) {
            holds.add(hold);
        }
        return holds;
    }

    int active() {
        return active;
    }

    /// The money left under both limits; negative when one is exceeded.
    long available() {
        return Math.min(today.day().available(limits.dailyPico()), today.month.available(limits.monthlyPico()));
    }

    void add(Hold hold, long nowMillis) {
        hold.older = newest;
        if (newest != null) {
            newest.newer = hold;
        }
        newest = hold;
        active++;
        lastHoldPico = hold.pico();
        lastActiveMillis = nowMillis;
    }

    void remove(Hold hold) {
        Hold newer = hold.newer;
        Hold older = hold.older;
        if (newer == null) {
            newest = older;
        } else {
            newer.older = older;
        }
        if (older != null) {
            older.newer = newer;
        }
        hold.newer = null;
        hold.older = null;
        active--;
    }

    /// Notes what was spent now, for [#slackBound].
    void spent(long pico, long nowMillis) {
        lastActiveMillis = nowMillis;
        advance(nowMillis);
        long sum = currentBucket + pico;
        currentBucket = sum < 0 ? Long.MAX_VALUE : sum;
    }

    /// The most that a lease may exceed what it covers, in pico-USD: what the account spent in the last two
    /// seconds or one call's hold.
    long slackBound(long nowMillis) {
        advance(nowMillis);
        long recent = previousBucket + currentBucket;
        return Math.max(lastHoldPico, recent < 0 ? Long.MAX_VALUE : recent);
    }

    /// Whether there was no call for a while, or the clock went back so that nobody can say.
    boolean idle(long nowMillis) {
        return nowMillis < lastActiveMillis || nowMillis - lastActiveMillis >= IDLE_MILLIS;
    }

    long lastActiveMillis() {
        return lastActiveMillis;
    }

    private void advance(long nowMillis) {
        long age = nowMillis - bucketStartMillis;
        if (age < 0 || age >= 2 * BUCKET_MILLIS) {
            previousBucket = 0;
            currentBucket = 0;
            bucketStartMillis = nowMillis;
        } else if (age >= BUCKET_MILLIS) {
            previousBucket = currentBucket;
            currentBucket = 0;
            bucketStartMillis += BUCKET_MILLIS;
        }
    }
}
