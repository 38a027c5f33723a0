package ai.openlegion.schedule;

import ai.openlegion.schedule.Schedule.Misfire;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A timetable of five cron fields, each a set of numbers as bits.
///
/// As in every crontab a day must be in both day fields, unless neither begins with `*`: then one of them is enough.
///
/// @param weekdays Sunday is 0
/// @param eitherDay whether neither day field begins with `*`
record CronFields(long minutes, int hours, int days, int months, int weekdays, boolean eitherDay) implements Timetable {

    /// 29 February falls on a given weekday once in forty years at the worst.
    private static final int YEARS_SEARCHED = 41;

    private static final int EVERY_HOUR = (1 << 24) - 1;
    private static final int[] LONGEST_MONTHS = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    /// Whether there is any day at all on which this is due: 31 February is none.
    boolean everFires() {
        for (int month = 1; month <= 12; month++) {
            boolean reached = Integer.numberOfTrailingZeros(days) <= LONGEST_MONTHS[month - 1];
            if (has(months, month) && (eitherDay || reached)) {
                return true;
            }
        }
        return false;
    }

    /* Between two transitions of a zone local time is plain arithmetic; so the search goes from one to the next, and
     * what is special about a gap or an overlap is decided where it is. */
    @Override
    public Optional<Instant> next(Instant after, ZoneId zone, Misfire misfire) {
        ZoneRules rules = zone.getRules();
        boolean evenly = hours == EVERY_HOUR;
        Instant from = after.plusNanos(1);
        Instant end = after.atZone(ZoneOffset.UTC).plusYears(YEARS_SEARCHED).toInstant();
        while (from.isBefore(end)) {
            ZoneOffset offset = rules.getOffset(from);
            LocalDateTime local = LocalDateTime.ofInstant(from, offset);
            LocalDateTime match = match(evenly ? local : afterRepetition(local, from, rules));
            if (match == null) {
                return Optional.empty();
            }
            ZoneOffsetTransition change = rules.nextTransition(from);
            if (change == null || match.isBefore(change.getDateTimeBefore())) {
                return Optional.of(match.toInstant(offset));
            }
            boolean lost = change.isGap() && match.isBefore(change.getDateTimeAfter());
            if (lost && !evenly && misfire == Misfire.ONCE) {
                return Optional.of(change.getInstant());
            }
            from = change.getInstant();
        }
        return Optional.empty();
    }

    /// Where the clock was put back, the times that it shows for the second time are passed over.
    private static LocalDateTime afterRepetition(LocalDateTime local, Instant from, ZoneRules rules) {
        ZoneOffsetTransition last = rules.previousTransition(from.plusNanos(1));
        return last != null && last.isOverlap() && local.isBefore(last.getDateTimeBefore())
                ? last.getDateTimeBefore()
                : local;
    }

    /// The first local time from this one on that is in the fields.
    private @Nullable LocalDateTime match(LocalDateTime from) {
        LocalDateTime minute = from.truncatedTo(ChronoUnit.MINUTES);
        LocalDateTime start = minute.isBefore(from) ? minute.plusMinutes(1) : minute;
        LocalDate date = start.toLocalDate();
        LocalDate end = date.plusYears(YEARS_SEARCHED);
        int time = start.getHour() * 60 + start.getMinute();
        while (date.isBefore(end)) {
            if (!has(months, date.getMonthValue())) {
                date = date.withDayOfMonth(1).plusMonths(1);
            } else {
                int found = isDay(date) ? timeFrom(time) : -1;
                if (found >= 0) {
                    return date.atTime(found / 60, found % 60);
                }
                date = date.plusDays(1);
            }
            time = 0;
        }
        return null;
    }

    private boolean isDay(LocalDate date) {
        boolean day = has(days, date.getDayOfMonth());
        boolean weekday = has(weekdays, date.getDayOfWeek().getValue() % 7);
        return eitherDay ? day || weekday : day && weekday;
    }

    /// The first minute of the day from this one on that is in the fields; -1 = none.
    private int timeFrom(int minuteOfDay) {
        for (int hour = minuteOfDay / 60; hour < 24; hour++) {
            long left = hour == minuteOfDay / 60 ? minutes & (-1L << (minuteOfDay % 60)) : minutes;
            if (has(hours, hour) && left != 0) {
                return hour * 60 + Long.numberOfTrailingZeros(left);
            }
        }
        return -1;
    }

    private static boolean has(int set, int number) {
        return (set >> number & 1) != 0;
    }
}
