package ai.openlegion.budget;

import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One agent's day: what it spent, what the store knows of it, and the calls that wait for the store. Guarded by
/// the ledger's lock; [Journal] says why its arithmetic is right.
final class DayRow {

    final AgentAccount account;
    final long day;
    final Tally month;
    final Tally fleetDay;
    final Tally fleetMonth;

    /// Whether the journal has it on its list.
    boolean listed;

    /// Whether it should be part of the next batch.
    boolean touched;

    private final Tally tally = new Tally();

    /// What the store holds for certain.
    private DayImage durable;

    /// What the store may hold instead, while a batch is under way or its outcome is unknown.
    private @Nullable DayImage flight;

    private long flightSlack;
    private long slack;
    private long releasing;
    private long tokens;

    private final ArrayDeque<Hold> waiting = new ArrayDeque<>(0);
    private long waitingPico;

    /// A day without any money in it yet.
    DayRow(AgentAccount account, Windows windows, Tally month) {
        this(account, windows.day(), month, windows.fleetDay(), windows.fleetMonth());
    }

    DayRow(AgentAccount account, long day, Tally month, Tally fleetDay, Tally fleetMonth) {
        this.account = account;
        this.day = day;
        this.month = month;
        this.fleetDay = fleetDay;
        this.fleetMonth = fleetMonth;
        this.durable = new DayImage(account.agent, day, 0, 0, 0, 0);
    }

    /// Starts from what the store holds after recovery, when nothing is leased.
    void restore(long spent, long unreconciled, long storedTokens) {
        durable = new DayImage(account.agent, day, spent, unreconciled, 0, 0);
        tokens = storedTokens;
        tally.restore(spent, unreconciled);
        month.restore(spent, unreconciled);
        fleetDay.restore(spent, unreconciled);
        fleetMonth.restore(spent, unreconciled);
    }

    Tally day() {
        return tally;
    }

    long tokens() {
        return tokens;
    }

    /// How much more may be dispatched, with whichever image the store turns out to hold; negative when a
    /// provider billed more than was held.
    long excess() {
        long dispatched = tally.used() - waitingPico;
        DayImage next = flight;
        long cover = next == null
                ? durable.total()
                : Math.min(durable.total(), Math.addExact(next.total(), next.released()));
        return cover - dispatched;
    }

    boolean covers(long pico) {
        return waiting.isEmpty() && pico <= excess();
    }

    void take(Hold hold) {
        tally.take(hold.pico());
        month.take(hold.pico());
        fleetDay.take(hold.pico());
        fleetMonth.take(hold.pico());
        if (hold.task != null) {
            hold.task.take(hold);
        }
        if (hold.state == Hold.State.WAITING) {
            waiting.add(hold);
            waitingPico += hold.pico();
        }
    }

    boolean canBook(Hold hold, long spent, long unreconciled) {
        long pico = hold.pico();
        return tally.canBook(pico, spent, unreconciled)
                && month.canBook(pico, spent, unreconciled)
                && fleetDay.canBook(pico, spent, unreconciled)
                && fleetMonth.canBook(pico, spent, unreconciled);
    }

    void book(Hold hold, long spent, long unreconciled, long usedTokens, long doubtTokens) {
        tally.book(hold.pico(), spent, unreconciled);
        month.book(hold.pico(), spent, unreconciled);
        fleetDay.book(hold.pico(), spent, unreconciled);
        fleetMonth.book(hold.pico(), spent, unreconciled);
        tokens += usedTokens;
        if (hold.task != null) {
            hold.task.book(hold, spent, unreconciled, usedTokens, doubtTokens);
        }
        if (hold.state == Hold.State.WAITING) {
            // it stays in the queue and is passed over there: searching for it would take time
            waitingPico -= hold.pico();
        }
    }

    /// Plans to release at most this much; it comes off when the store has it. Answers with what it will be.
    long release(long pico) {
        long amount = Math.min(pico, tally.unreconciled() - releasing - (flight == null ? 0 : flight.released()));
        releasing += amount;
        return amount;
    }

    /// Whether a release is planned or under way.
    boolean releasing() {
        return releasing > 0 || (flight != null && flight.released() > 0);
    }

    /// What to store next: everything that is held is leased, and this much more.
    DayImage draw(long newSlack) {
        DayImage image = new DayImage(
                account.agent,
                day,
                tally.spent(),
                tally.unreconciled() - releasing,
                Math.addExact(tally.held(), newSlack),
                releasing);
        flight = image;
        flightSlack = newSlack;
        releasing = 0;
        touched = false;
        return image;
    }

    /// The image in flight is in the store: what it releases comes off, and what waits and is covered now may go.
    void committed(List<Hold> covered) {
        DayImage image = flight;
        if (image == null) {
            throw new IllegalStateException("nothing of this day was in flight");
        }
        tally.release(image.released());
        month.release(image.released());
        fleetDay.release(image.released());
        fleetMonth.release(image.released());
        durable = image;
        flight = null;
        slack = flightSlack;
        for (Hold next = waiting.peek(); next != null; next = waiting.peek()) {
            if (next.state == Hold.State.WAITING) {
                if (next.pico() > excess() || !next.taskCovers()) {
                    break;
                }
                waitingPico -= next.pico();
                next.cover();
                covered.add(next);
            }
            Hold _ = waiting.remove();
        }
    }

    /// Gives back every hold that waits.
    void failWaiting(List<Hold> failed) {
        for (Hold hold = waiting.poll(); hold != null; hold = waiting.poll()) {
            if (hold.state == Hold.State.WAITING) {
                book(hold, 0, 0, 0, 0);
                hold.state = Hold.State.FAILED;
                failed.add(hold);
            }
        }
    }

    /// The task of the call that waits longest, or null.
    @Nullable
    TaskFunds waitingTask() {
        Hold next = waiting.peek();
        return next == null ? null : next.task;
    }

    boolean hasWaiting() {
        return waitingPico > 0 || !waiting.isEmpty();
    }

    boolean leased() {
        return durable.leased() > 0;
    }

    /// What the lease exceeded by when it was last stored.
    long slack() {
        return slack;
    }

    /// Whether nothing of it is left to store, to wait for or to hand back.
    boolean settled() {
        return !touched && flight == null && !leased() && tally.held() == 0 && releasing == 0;
    }
}
