package ai.openlegion.budget;

/// One account's money in one window. Guarded by the ledger's lock.
///
/// The three parts never add up to more than a `long` holds: [#take] and [#canBook] see to it.
final class Tally {

    private static final int[] MARKS = {100, 80, 50};

    private long spent;
    private long unreconciled;
    private long held;
    private int warnedPercent;

    /// Starts from what the store knows.
    void restore(long storedSpent, long storedUnreconciled) {
        spent = Math.addExact(spent, storedSpent);
        unreconciled = Math.addExact(unreconciled, storedUnreconciled);
        long _ = used();
    }

    long spent() {
        return spent;
    }

    long unreconciled() {
        return unreconciled;
    }

    long held() {
        return held;
    }

    /// All that counts against the limit.
    long used() {
        return Math.addExact(Math.addExact(spent, unreconciled), held);
    }

    /// What is left under a limit; negative when it is exceeded.
    long available(long limit) {
        return limit - used();
    }

    void take(long pico) {
        long _ = Math.addExact(used(), pico);
        held += pico;
    }

    void giveBack(long pico) {
        held = Math.subtractExact(held, pico);
        assert held >= 0;
    }

    /// Whether a hold can become this much spent and unreconciled without an overflow.
    boolean canBook(long hold, long bookedSpent, long bookedUnreconciled) {
        long room = Long.MAX_VALUE - (used() - hold);
        return bookedSpent <= room && bookedUnreconciled <= room - bookedSpent;
    }

    void book(long hold, long bookedSpent, long bookedUnreconciled) {
        giveBack(hold);
        spent = Math.addExact(spent, bookedSpent);
        unreconciled = Math.addExact(unreconciled, bookedUnreconciled);
        long _ = used();
    }

    void release(long pico) {
        unreconciled = Math.subtractExact(unreconciled, pico);
        assert unreconciled >= 0;
    }

    /// The mark in percent of the limit that was passed since the last time, or 0.
    int passedMark(long limit) {
        int mark = mark(limit);
        if (mark <= warnedPercent) {
            return 0;
        }
        warnedPercent = mark;
        return mark;
    }

    /// Forgets marks that a new limit has moved out of reach, so that they are told again when they are passed.
    void lowerMark(long limit) {
        warnedPercent = Math.min(warnedPercent, mark(limit));
    }

    WindowState state(long limit, long resetsAtMillis) {
        return new WindowState(limit, spent, held, unreconciled, resetsAtMillis);
    }

    Balance balance(Balance.Account account, long limit, long resetsAtMillis) {
        return new Balance(account, limit, spent, unreconciled, held, resetsAtMillis);
    }

    private int mark(long limit) {
        if (limit == 0 || limit == Limits.UNLIMITED) {
            return 0;
        }
        long gone = Math.addExact(spent, unreconciled);
        for (int percent : MARKS) {
            // the limit's share, rounded up, without a product that could overflow
            if (gone >= limit / 100 * percent + (limit % 100 * percent + 99) / 100) {
                return percent;
            }
        }
        return 0;
    }
}
