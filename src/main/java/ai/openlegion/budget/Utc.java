package ai.openlegion.budget;

import java.time.LocalDate;
import java.util.concurrent.TimeUnit;

/// Days since 1970 in UTC, and the months they belong to.
final class Utc {

    private static final long DAY_MILLIS = TimeUnit.DAYS.toMillis(1);

    private Utc() {}

    static long dayOf(long millis) {
        return Math.floorDiv(millis, DAY_MILLIS);
    }

    /// When the day begins, in milliseconds.
    static long startMillis(long day) {
        return Math.multiplyExact(day, DAY_MILLIS);
    }

    static long firstOfMonth(long day) {
        return LocalDate.ofEpochDay(day).withDayOfMonth(1).toEpochDay();
    }

    static long firstOfNextMonth(long day) {
        return LocalDate.ofEpochDay(day).withDayOfMonth(1).plusMonths(1).toEpochDay();
    }

    /// As `2026-11-22`.
    static String text(long day) {
        return LocalDate.ofEpochDay(day).toString();
    }
}
