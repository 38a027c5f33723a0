package ai.openlegion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.schedule.Schedule.Misfire;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What happens to jobs in the nights in which the clock on the wall is put forward or back.
///
/// Berlin 2026: on 29 March 02:00 becomes 03:00 (01:00Z), on 25 October 03:00 becomes 02:00 (01:00Z).
/// New York 2026: on 8 March 02:00 becomes 03:00 (07:00Z), on 1 November 02:00 becomes 01:00 (06:00Z).
final class DaylightSavingTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # a time that does not exist is missed: made up for when the gap ends, or passed over
            30 2 * * *      | Europe/Berlin    | ONCE | 2026-03-28T00:00:00Z | 2026-03-28T01:30Z 2026-03-29T01:00Z 2026-03-30T00:30Z
            30 2 * * *      | Europe/Berlin    | SKIP | 2026-03-28T00:00:00Z | 2026-03-28T01:30Z 2026-03-30T00:30Z
            30 2 * * *      | America/New_York | ONCE | 2026-03-07T00:00:00Z | 2026-03-07T07:30Z 2026-03-08T07:00Z 2026-03-09T06:30Z
            30 2 * * *      | America/New_York | SKIP | 2026-03-07T00:00:00Z | 2026-03-07T07:30Z 2026-03-09T06:30Z
            0 2 * * *       | Europe/Berlin    | ONCE | 2026-03-28T02:00:00Z | 2026-03-29T01:00Z 2026-03-30T00:00Z
            0 2 * * *       | Europe/Berlin    | SKIP | 2026-03-28T02:00:00Z | 2026-03-30T00:00Z
            # several missed times are one run, and the end of the gap is one run with what is due then anyway
            0,20,40 2 * * * | Europe/Berlin    | ONCE | 2026-03-28T02:00:00Z | 2026-03-29T01:00Z 2026-03-30T00:00Z
            30 2,3 * * *    | Europe/Berlin    | ONCE | 2026-03-28T22:00:00Z | 2026-03-29T01:00Z 2026-03-29T01:30Z 2026-03-30T00:30Z
            0 2,3 * * *     | Europe/Berlin    | ONCE | 2026-03-28T22:00:00Z | 2026-03-29T01:00Z 2026-03-30T00:00Z
            0 2,3 * * *     | Europe/Berlin    | SKIP | 2026-03-28T22:00:00Z | 2026-03-29T01:00Z 2026-03-30T00:00Z
            0 3 * * *       | Europe/Berlin    | SKIP | 2026-03-28T22:00:00Z | 2026-03-29T01:00Z 2026-03-30T01:00Z
            # a time that comes twice is due the first time
            30 2 * * *      | Europe/Berlin    | ONCE | 2026-10-24T12:00:00Z | 2026-10-25T00:30Z 2026-10-26T01:30Z
            30 2 * * *      | Europe/Berlin    | SKIP | 2026-10-24T12:00:00Z | 2026-10-25T00:30Z 2026-10-26T01:30Z
            30 1 * * *      | America/New_York | ONCE | 2026-10-31T12:00:00Z | 2026-11-01T05:30Z 2026-11-02T06:30Z
            0 2 * * *       | Europe/Berlin    | ONCE | 2026-10-24T12:00:00Z | 2026-10-25T00:00Z 2026-10-26T01:00Z
            0 3 * * *       | Europe/Berlin    | ONCE | 2026-10-24T12:00:00Z | 2026-10-25T02:00Z 2026-10-26T02:00Z
            0,30 2,3 * * *  | Europe/Berlin    | ONCE | 2026-10-24T12:00:00Z | 2026-10-25T00:00Z 2026-10-25T00:30Z 2026-10-25T02:00Z 2026-10-25T02:30Z
            # asked within the second pass, and right at the change
            30 2 * * *      | Europe/Berlin    | ONCE | 2026-10-25T01:10:00Z | 2026-10-26T01:30Z
            59 2 * * *      | Europe/Berlin    | ONCE | 2026-10-25T01:00:00Z | 2026-10-26T01:59Z
            30 2 * * *      | Europe/Berlin    | ONCE | 2026-03-29T00:59:59Z | 2026-03-29T01:00Z 2026-03-30T00:30Z
            30 2 * * *      | Europe/Berlin    | ONCE | 2026-03-29T01:00:00Z | 2026-03-30T00:30Z
            # so often an hour goes on evenly
            30 * * * *      | Europe/Berlin    | ONCE | 2026-03-29T00:00:00Z | 2026-03-29T00:30Z 2026-03-29T01:30Z 2026-03-29T02:30Z
            30 * * * *      | Europe/Berlin    | SKIP | 2026-10-24T23:00:00Z | 2026-10-24T23:30Z 2026-10-25T00:30Z 2026-10-25T01:30Z 2026-10-25T02:30Z
            30 * * * *      | America/New_York | ONCE | 2026-11-01T05:00:00Z | 2026-11-01T05:30Z 2026-11-01T06:30Z 2026-11-01T07:30Z
            */30 * * * *    | Europe/Berlin    | ONCE | 2026-10-25T00:15:00Z | 2026-10-25T00:30Z 2026-10-25T01:00Z 2026-10-25T01:30Z 2026-10-25T02:00Z
            # half an hour, in Lord Howe: 5 October 2025 02:00 becomes 02:30 (15:30Z the day before)
            15 2 * * *      | Australia/Lord_Howe | ONCE | 2025-10-04T00:00:00Z | 2025-10-04T15:30Z 2025-10-05T15:15Z
            # a whole day, in Samoa: 30 December 2011 was left out
            0 12 30 12 *    | Pacific/Apia     | ONCE | 2011-12-01T00:00:00Z | 2011-12-30T10:00Z 2012-12-29T22:00Z
            0 12 30 12 *    | Pacific/Apia     | SKIP | 2011-12-01T00:00:00Z | 2012-12-29T22:00Z
            """)
    void a_night_with_a_change_of_the_clock(
            String expression, String zone, Misfire misfire, String after, String moments) {
        List<Instant> wanted = Stream.of(moments.split(" "))
                .map(moment -> Instant.parse(moment.replace("Z", ":00Z")))
                .toList();
        assertThat(run(expression, ZoneId.of(zone), misfire, Instant.parse(after), wanted.size()))
                .isEqualTo(wanted);
    }

    @Test
    void an_interval_does_not_know_of_walls() {
        assertThat(run("every 30m", ZoneId.of("Europe/Berlin"), Misfire.ONCE, Instant.parse("2026-03-29T00:45:00Z"), 2))
                .containsExactly(Instant.parse("2026-03-29T01:15:00Z"), Instant.parse("2026-03-29T01:45:00Z"));
    }

    @Test
    void moments_only_rise_and_do_not_depend_on_where_the_search_begins() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<String> zones = List.of("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca");
        for (int round = 0; round < 400; round++) {
            ZoneId zone = ZoneId.of(zones.get(random.nextInt(zones.size())));
            String expression = random.nextInt(60) + " "
                    + List.of("*", "2", "1-3", "*/2", "0,2,23").get(random.nextInt(5)) + " * * *";
            Misfire misfire = random.nextBoolean() ? Misfire.ONCE : Misfire.SKIP;
            Instant change = zone.getRules()
                    .nextTransition(Instant.parse("2026-01-01T00:00:00Z").plusSeconds(random.nextInt(30_000_000)))
                    .getInstant();
            Instant start = change.minusSeconds(random.nextInt(10_000));
            List<Instant> all = run(expression, zone, misfire, start, 20);
            for (int probe = 0; probe < 20; probe++) {
                Instant between = start.plusSeconds(random.nextInt(20_000));
                Instant first = all.stream()
                        .filter(moment -> moment.isAfter(between))
                        .findFirst()
                        .orElse(null);
                if (first != null) {
                    assertThat(run(expression, zone, misfire, between, 1))
                            .as("seed %d: %s in %s after %s", seed, expression, zone, between)
                            .containsExactly(first);
                }
            }
            assertThat(all)
                    .as("seed %d: %s in %s", seed, expression, zone)
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
    }

    private static List<Instant> run(String expression, ZoneId zone, Misfire misfire, Instant after, int count) {
        if (!(Timetable.parse(expression) instanceof Timetable.Parsed(Timetable timetable))) {
            throw new AssertionError(expression);
        }
        List<Instant> moments = new ArrayList<>();
        Instant last = after;
        for (int i = 0; i < count; i++) {
            last = timetable.next(last, zone, misfire).orElseThrow();
            moments.add(last);
        }
        return moments;
    }
}
