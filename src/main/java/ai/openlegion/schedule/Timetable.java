package ai.openlegion.schedule;

import ai.openlegion.schedule.Schedule.Misfire;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// When a job is due: five cron fields or an interval. Pure; the time comes from who asks.
public sealed interface Timetable permits CronFields, Interval {

    /// No expression is longer, in characters.
    int LONGEST = 256;

    /// No interval is longer.
    Duration LONGEST_INTERVAL = Duration.ofDays(366);

    /// The first moment after `after` at which the job is due; nothing if that is more than forty years away.
    ///
    /// A cron expression that names hours follows the clock on the wall. A time that is skipped when that clock is
    /// put forward is missed: with [Misfire#ONCE] it is due when the skipped hour ends, with [Misfire#SKIP] not on
    /// that day. A time that is shown twice when the clock is put back is due the first time. An expression whose
    /// hour is `*` means "so often an hour", and goes on evenly through both.
    Optional<Instant> next(Instant after, ZoneId zone, Misfire misfire);

    /// What reading an expression came to.
    sealed interface Parsing {}

    /// It makes sense.
    record Parsed(Timetable timetable) implements Parsing {}

    /// It makes none.
    ///
    /// @param why continues "the schedule …", and repeats nothing of the expression
    record Flawed(String why) implements Parsing {}

    /// Reads `every 30m` or five cron fields.
    static Parsing parse(String expression) {
        if (expression.length() > LONGEST) {
            return new Flawed("must have at most " + LONGEST + " characters");
        }
        String text = expression.strip();
        return text.startsWith("every") ? Intervals.parse(text) : CronText.parse(text);
    }

    /// The IANA time zone of this name, in exactly this spelling.
    static Optional<ZoneId> zone(String name) {
        return Zones.NAMES.contains(name) ? Optional.of(ZoneId.of(name)) : Optional.empty();
    }

    /// The names of the zones, which the JDK would otherwise copy with each question.
    final class Zones {
        private static final Set<String> NAMES = Set.copyOf(ZoneId.getAvailableZoneIds());

        private Zones() {}
    }

    /// The reading of `every 30m`.
    final class Intervals {
        private static final Pattern SHAPE = Pattern.compile("every\\s+([0-9]{1,9})\\s*([smhd])");
        private static final Map<String, Duration> UNITS = Map.of(
                "s", Duration.ofSeconds(1),
                "m", Duration.ofMinutes(1),
                "h", Duration.ofHours(1),
                "d", Duration.ofDays(1));

        private Intervals() {}

        private static Parsing parse(String text) {
            Matcher matcher = SHAPE.matcher(text);
            if (!matcher.matches()) {
                return new Flawed("must be every and a whole number with s, m, h or d behind it, such as every 30m");
            }
            Duration unit = UNITS.getOrDefault(matcher.group(2), Duration.ZERO);
            Duration period = unit.multipliedBy(Long.parseLong(matcher.group(1)));
            if (period.isZero()) {
                return new Flawed("must leave at least a second between runs: every 1s");
            }
            return period.compareTo(LONGEST_INTERVAL) > 0
                    ? new Flawed("must be at most every " + LONGEST_INTERVAL.toDays() + "d")
                    : new Parsed(new Interval(period));
        }
    }
}
