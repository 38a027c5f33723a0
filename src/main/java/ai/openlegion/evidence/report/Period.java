package ai.openlegion.evidence.report;

import ai.openlegion.audit.Recorded;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Which entries a report is about: from a number or an instant on, up to a number or an instant.
///
/// @param fromSeq the first number
/// @param fromMillis the first instant
/// @param toSeq the last number
/// @param toMillis the first instant behind the last
public record Period(long fromSeq, long fromMillis, long toSeq, long toMillis) {

    /// Everything there is.
    public static final Period ALL = new Period(1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

    private static final long DAY_MILLIS = TimeUnit.DAYS.toMillis(1);

    /// Reads both ends: a UTC day (`2026-11-22`; as an end it counts whole), an instant (`2026-11-22T10:00:00Z`; as an
    /// end it does not count), or the number of an entry (which counts). Null = no end.
    ///
    /// @throws IllegalArgumentException with a sentence for the operator
    public static Period parse(@Nullable String since, @Nullable String until) {
        long fromSeq = ALL.fromSeq;
        long fromMillis = ALL.fromMillis;
        long toSeq = ALL.toSeq;
        long toMillis = ALL.toMillis;
        if (since != null) {
            if (isNumber(since)) {
                fromSeq = number(since, "--since");
            } else {
                fromMillis = instant(since, "--since", 0);
            }
        }
        if (until != null) {
            if (isNumber(until)) {
                toSeq = number(until, "--until");
            } else {
                toMillis = instant(until, "--until", DAY_MILLIS);
            }
        }
        if (fromSeq > toSeq || fromMillis >= toMillis) {
            throw new IllegalArgumentException("--since " + since + " is not before --until " + until);
        }
        return new Period(fromSeq, fromMillis, toSeq, toMillis);
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static long number(String text, String option) {
        try {
            long number = Long.parseLong(text);
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException tooLong) {
            throw new IllegalArgumentException(option + " " + text + " is no number of an entry", tooLong);
        }
        throw new IllegalArgumentException(option + " " + text + " is no number of an entry: the first is 1");
    }

    private static long instant(String text, String option, long wholeDayMillis) {
        try {
            return text.contains("T")
                    ? Instant.parse(text).toEpochMilli()
                    : LocalDate.parse(text)
                                    .atStartOfDay(ZoneOffset.UTC)
                                    .toInstant()
                                    .toEpochMilli()
                            + wholeDayMillis;
        } catch (DateTimeParseException | ArithmeticException unreadable) {
            throw new IllegalArgumentException(
                    option
                            + " takes a UTC day (2026-11-22), an instant (2026-11-22T10:00:00Z) or the number of an entry,"
                            + " not " + text,
                    unreadable);
        }
    }

    boolean contains(Recorded recorded) {
        long millis = recorded.entry().timeMillis();
        return recorded.seq() >= fromSeq && recorded.seq() <= toSeq && millis >= fromMillis && millis < toMillis;
    }

    /// The first UTC day that lies in it with all its entries; the ledger counts by days.
    ///
    /// @param firstMillis when the first entry of a period that is bounded by a number was made
    long firstWholeDay(long firstMillis) {
        if (fromSeq > 1) {
            return Math.floorDiv(firstMillis, DAY_MILLIS) + 1;
        }
        return fromMillis == ALL.fromMillis ? Long.MIN_VALUE : -Math.floorDiv(-fromMillis, DAY_MILLIS);
    }

    /// The last such day.
    ///
    /// @param lastMillis when the last entry of a period that is bounded by a number was made
    /// @param lastSeq the last number there is
    long lastWholeDay(long lastMillis, long lastSeq) {
        if (toSeq < lastSeq) {
            return Math.floorDiv(lastMillis, DAY_MILLIS) - 1;
        }
        return toMillis == ALL.toMillis ? Long.MAX_VALUE : Math.floorDiv(toMillis, DAY_MILLIS) - 1;
    }
}
