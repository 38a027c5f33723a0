package ai.openlegion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.schedule.Schedule.Misfire;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What an expression means, and which ones mean nothing.
final class TimetableTest {

    private static final Instant SUNDAY_NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final ZoneId UTC = ZoneOffset.UTC;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            * * * * *          | 2026-11-22T12:01:00Z
            */5 * * * *        | 2026-11-22T12:05:00Z
            5/20 * * * *       | 2026-11-22T12:05:00Z
            0 * * * *          | 2026-11-22T13:00:00Z
            0 9 * * *          | 2026-11-23T09:00:00Z
            0 12 * * *         | 2026-11-23T12:00:00Z
            30 12 * * 0        | 2026-11-22T12:30:00Z
            30 12 * * 7        | 2026-11-22T12:30:00Z
            30 12 * * sun      | 2026-11-22T12:30:00Z
            0 9 * * 1-5        | 2026-11-23T09:00:00Z
            0 9 * * MON-FRI    | 2026-11-23T09:00:00Z
            0 9 * * 5-7        | 2026-11-27T09:00:00Z
            0 9 * * 0-6/6      | 2026-11-28T09:00:00Z
            0 9 * * 0,6        | 2026-11-28T09:00:00Z
            0 0 1 * *          | 2026-12-01T00:00:00Z
            0 0 31 * *         | 2026-12-31T00:00:00Z
            0 0 30 4,6 *       | 2027-04-30T00:00:00Z
            0 0 29 2 *         | 2028-02-29T00:00:00Z
            0 0 29 FEB */7     | 2032-02-29T00:00:00Z
            0 0 1 JAN *        | 2027-01-01T00:00:00Z
            0 0 13 * FRI       | 2026-11-27T00:00:00Z
            0 0 */2 * MON      | 2026-11-23T00:00:00Z
            1-3,40-59/10 12 * * * | 2026-11-22T12:01:00Z
            59 23 31 12 *      | 2026-12-31T23:59:00Z
            01 02 * * *        | 2026-11-23T02:01:00Z
            every 1s           | 2026-11-22T12:00:01Z
            every 90 s         | 2026-11-22T12:01:30Z
            every 30m          | 2026-11-22T12:30:00Z
            every 6h           | 2026-11-22T18:00:00Z
            every 366d         | 2027-11-23T12:00:00Z
            """)
    void an_expression_says_when_it_is_due_next(String expression, String next) {
        assertThat(parsed(expression).next(SUNDAY_NOON, UTC, Misfire.SKIP)).contains(Instant.parse(next));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            */0 * * * *        | must have a step of at least 1 in the minute field
            1-5/0 * * * *      | must have a step of at least 1 in the minute field
            0 5/00,7 * * *     | must have a step of at least 1 in the hour field
            61 * * * *         | must have one of these in the minute field: *, 0 to 59, a range a-b, a step */n
            */60 * * * *       | must have one of these in the minute field
            5-1 * * * *        | must have one of these in the minute field
            1,2, * * * *       | must have one of these in the minute field
            /5 * * * *         | must have one of these in the minute field
            -1 * * * *         | must have one of these in the minute field
            a * * * *          | must have one of these in the minute field
            ٣ * * * *          | must have one of these in the minute field
            99999999999999 * * * * | must have one of these in the minute field
            0 24 * * *         | must have one of these in the hour field: *, 0 to 23,
            0 22-2 * * *       | must have one of these in the hour field
            0 0 0 * *          | must have one of these in the day field: *, 1 to 31,
            0 0 32 * *         | must have one of these in the day field
            0 0 L * *          | must have one of these in the day field
            0 0 1W * *         | must have one of these in the day field
            '0 0 1|2 * *'      | must have one of these in the day field
            0 0 ? * *          | must have one of these in the day field
            0 0 * 13 *         | must have one of these in the month field: *, 1 to 12 or JAN to DEC,
            0 0 * FOO *        | must have one of these in the month field
            0 0 * * 8          | must have one of these in the weekday field: *, 0 to 7 (0 and 7 are Sunday) or SUN to SAT,
            0 0 * * 1#2        | must have one of these in the weekday field
            0 0 * * 6-1        | must have one of these in the weekday field
            0 0 31 2 *         | never fires
            0 0 30,31 FEB *    | never fires
            0 0 31 4,6,9,11 *  | never fires
            * * * *            | must have five fields (minute hour day month weekday), such as 0 9 * * 1-5
            0 0 0 * * *        | must have five fields
            * * * * * * * * *  | must have five fields
            @daily             | must have five fields
            ''                 | must have five fields
            every 0s           | must leave at least a second between runs
            every 0d           | must leave at least a second between runs
            every 5sheep       | must be every and a whole number with s, m, h or d behind it, such as every 30m
            every              | must be every and a whole number
            every -5m          | must be every and a whole number
            every 1.5h         | must be every and a whole number
            every 5            | must be every and a whole number
            every 367d         | must be at most every 366d
            every 999999999d   | must be at most every 366d
            every 9999999999s  | must be every and a whole number
            """)
    void a_flawed_expression_says_what_is_wrong(String expression, String why) {
        assertThat(Timetable.parse(expression))
                .isInstanceOfSatisfying(
                        Timetable.Flawed.class,
                        flawed -> assertThat(flawed.why()).startsWith(why));
    }

    @Test
    void an_endless_expression_is_not_even_read() {
        assertThat(Timetable.parse("1," + "1,".repeat(1_000_000) + "1 * * * *"))
                .isEqualTo(new Timetable.Flawed("must have at most 256 characters"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"})
    void a_zone_has_the_name_of_the_tz_database(String name) {
        assertThat(Timetable.zone(name)).contains(ZoneId.of(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Berlin", "europe/berlin", "+02:00", "UTC+2", "Mars/Olympus", "../etc/passwd"})
    void any_other_zone_is_none(String name) {
        assertThat(Timetable.zone(name)).isEmpty();
    }

    @Test
    void every_moment_is_the_one_that_a_search_minute_by_minute_finds() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            String expression = String.join(
                    " ", field(random, 0, 59), field(random, 0, 23), field(random, 1, 31), "*", field(random, 0, 6));
            Instant after = SUNDAY_NOON.plusSeconds(random.nextInt(100_000_000));
            Timetable timetable = parsed(expression);
            assertThat(timetable.next(after, UTC, Misfire.SKIP))
                    .as("seed %d: %s after %s", seed, expression, after)
                    .contains(minuteByMinute(expression, after));
        }
    }

    /// What stands in a crontab's manual, taken by the word.
    private static Instant minuteByMinute(String expression, Instant after) {
        String[] fields = expression.split(" ");
        Instant minute = after.truncatedTo(java.time.temporal.ChronoUnit.MINUTES);
        while (true) {
            minute = minute.plus(Duration.ofMinutes(1));
            var local = minute.atZone(UTC);
            boolean day = matches(fields[2], local.getDayOfMonth(), 1);
            boolean weekday = matches(fields[4], local.getDayOfWeek().getValue() % 7, 0);
            boolean either = !fields[2].startsWith("*") && !fields[4].startsWith("*");
            if (matches(fields[0], local.getMinute(), 0)
                    && matches(fields[1], local.getHour(), 0)
                    && (either ? day || weekday : day && weekday)) {
                return minute;
            }
        }
    }

    private static boolean matches(String field, int number, int least) {
        for (String part : field.split(",")) {
            String[] step = part.split("/");
            String[] range = step[0].split("-");
            int from = step[0].equals("*") ? least : Integer.parseInt(range[0]);
            int to = step[0].equals("*") ? 99 : Integer.parseInt(range[range.length - 1]);
            int every = step.length > 1 ? Integer.parseInt(step[1]) : 1;
            if (number >= from && number <= to && (number - from) % every == 0) {
                return true;
            }
        }
        return false;
    }

    private static String field(Random random, int least, int most) {
        List<String> parts = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int from = random.nextInt(least, most + 1);
            int to = random.nextInt(from, most + 1);
            int step = random.nextInt(1, Math.max(2, most - least));
            parts.add(
                    switch (random.nextInt(5)) {
                        case 0 -> "*";
                        case 1 -> "*/" + step;
                        case 2 -> from + "-" + to;
                        case 3 -> from + "-" + to + "/" + step;
                        default -> Integer.toString(from); // open: a number
                    });
        }
        return String.join(",", parts);
    }

    private static Timetable parsed(String expression) {
        return switch (Timetable.parse(expression)) {
            case Timetable.Parsed(Timetable timetable) -> timetable;
            case Timetable.Flawed(String why) -> throw new AssertionError(expression + " " + why);
        };
    }
}
