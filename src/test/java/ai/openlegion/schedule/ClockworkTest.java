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

/// Whether a job runs, on clocks that stand still, jump and go back.
final class ClockworkTest {

    private static final long GRACE = 60_000;

    /// One job on a clock, and the moments it ran for.
    private static final class Bench {
        private final Clockwork rules;
        private final List<String> runs = new ArrayList<>();
        private long now;
        private Standing standing;

        Bench(String expression, Misfire misfire, String start) {
            if (!(Timetable.parse(expression) instanceof Timetable.Parsed(Timetable timetable))) {
                throw new AssertionError(expression);
            }
            rules = new Clockwork(timetable, ZoneId.of("UTC"), misfire);
            now = Instant.parse(start).toEpochMilli();
            standing = Standing.dueAt(rules.first(now));
        }

        /// Looks at the clock once, as it stands at that time.
        void at(String time) {
            long then = Instant.parse(time).toEpochMilli();
            if (then < now - 1_000) {
                standing = rules.settled(standing, then);
            }
            now = then;
            switch (rules.decide(standing, now, GRACE)) {
                case Clockwork.Wait _ -> {}
                case Clockwork.Pass(Standing next) -> standing = next;
                case Clockwork.Run(long scheduled, Standing next) -> {
                    standing = next;
                    runs.add(Instant.ofEpochMilli(scheduled).toString());
                }
            }
        }

        String due() {
            return Instant.ofEpochMilli(standing.dueMillis()).toString();
        }
    }

    @Test
    void a_job_runs_once_when_its_moment_has_come() {
        Bench job = new Bench("*/10 * * * *", Misfire.SKIP, "2026-11-22T12:03:00Z");
        job.at("2026-11-22T12:09:59Z");
        assertThat(job.runs).isEmpty();
        job.at("2026-11-22T12:10:00Z");
        job.at("2026-11-22T12:10:00Z");
        job.at("2026-11-22T12:10:01Z");
        assertThat(job.runs).containsExactly("2026-11-22T12:10:00Z");
        assertThat(job.due()).isEqualTo("2026-11-22T12:20:00Z");
    }

    @Test
    void a_run_within_the_grace_is_late_and_not_missed() {
        Bench job = new Bench("*/10 * * * *", Misfire.SKIP, "2026-11-22T12:03:00Z");
        job.at("2026-11-22T12:11:00Z");
        assertThat(job.runs).containsExactly("2026-11-22T12:10:00Z");
        job.at("2026-11-22T12:21:01Z");
        assertThat(job.runs).hasSize(1);
        assertThat(job.due()).isEqualTo("2026-11-22T12:30:00Z");
    }

    @Test
    void a_jump_ahead_is_passed_over_or_made_up_for_by_one_run() {
        Bench skips = new Bench("*/10 * * * *", Misfire.SKIP, "2026-11-22T12:03:00Z");
        skips.at("2026-11-22T20:05:00Z");
        assertThat(skips.runs).isEmpty();
        assertThat(skips.due()).isEqualTo("2026-11-22T20:10:00Z");
        Bench once = new Bench("*/10 * * * *", Misfire.ONCE, "2026-11-22T12:03:00Z");
        once.at("2026-11-22T20:05:00Z");
        once.at("2026-11-22T20:05:01Z");
        assertThat(once.runs).containsExactly("2026-11-22T12:10:00Z");
        assertThat(once.due()).isEqualTo("2026-11-22T20:10:00Z");
    }

    @Test
    void a_clock_that_goes_back_brings_no_moment_twice() {
        Bench job = new Bench("*/10 * * * *", Misfire.ONCE, "2026-11-22T12:03:00Z");
        for (String time :
                List.of("12:10:00", "12:20:00", "12:30:00", "12:05:00", "12:10:00", "12:20:30", "12:30:10")) {
            job.at("2026-11-22T" + time + "Z");
        }
        assertThat(job.runs).containsExactly("2026-11-22T12:10:00Z", "2026-11-22T12:20:00Z", "2026-11-22T12:30:00Z");
        assertThat(job.due()).isEqualTo("2026-11-22T12:40:00Z");
    }

    @Test
    void a_jump_of_years_that_is_taken_back_silences_nothing() {
        Bench job = new Bench("0 * * * *", Misfire.ONCE, "2026-11-22T12:03:00Z");
        job.at("2026-11-22T13:00:00Z");
        job.at("2036-01-01T00:30:00Z");
        job.at("2036-01-01T01:00:00Z");
        job.at("2026-11-22T14:10:00Z");
        assertThat(job.due()).isEqualTo("2026-11-22T15:00:00Z");
        job.at("2026-11-22T15:00:00Z");
        assertThat(job.runs)
                .containsExactly(
                        "2026-11-22T13:00:00Z", "2026-11-22T14:00:00Z", "2036-01-01T01:00:00Z", "2026-11-22T15:00:00Z");
        // and what had its turn in that future does not get another one, when it is really there
        long then = Instant.parse("2036-01-01T00:30:00Z").toEpochMilli();
        assertThat(Instant.ofEpochMilli(job.standing.covered().firstAfter(then, ClockworkTest::hourly)))
                .isEqualTo("2036-01-01T02:00:00Z");
    }

    private static long hourly(long after) {
        return (after / 3_600_000 + 1) * 3_600_000;
    }

    @Test
    void an_interval_keeps_its_beat_and_is_never_silent_for_longer_than_itself() {
        Bench job = new Bench("every 30m", Misfire.ONCE, "2026-11-22T12:00:00Z");
        job.at("2026-11-22T12:30:07Z");
        assertThat(job.due()).isEqualTo("2026-11-22T13:00:00Z");
        job.at("2026-11-22T15:10:00Z");
        assertThat(job.runs).hasSize(2);
        assertThat(job.due()).isEqualTo("2026-11-22T15:30:00Z");
        job.at("2026-11-22T12:10:00Z");
        assertThat(job.due()).isEqualTo("2026-11-22T12:40:00Z");
        job.at("2026-11-22T12:40:00Z");
        assertThat(job.runs).hasSize(3);
    }

    @Test
    void an_interval_shorter_than_a_look_at_the_clock_runs_once_a_look() {
        Bench job = new Bench("every 1s", Misfire.SKIP, "2026-11-22T12:00:00Z");
        job.at("2026-11-22T12:00:05Z");
        assertThat(job.runs).hasSize(1);
        assertThat(job.due()).isEqualTo("2026-11-22T12:00:06Z");
    }

    @Test
    void a_job_that_is_paused_is_never_due() {
        Bench job = new Bench("* * * * *", Misfire.ONCE, "2026-11-22T12:00:00Z");
        job.standing = job.standing.due(0);
        job.at("2026-11-22T13:00:00Z");
        job.at("2026-11-22T11:00:00Z");
        assertThat(job.runs).isEmpty();
    }

    @Test
    void on_any_walk_of_the_clock_no_moment_runs_twice_and_none_ahead_is_lost() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int walk = 0; walk < 300; walk++) {
            String expression = List.of("*/7 * * * *", "0 * * * *", "30 2 * * *", "15,45 */3 * * 1-5")
                    .get(random.nextInt(4));
            Bench job =
                    new Bench(expression, random.nextBoolean() ? Misfire.ONCE : Misfire.SKIP, "2026-11-22T12:03:00Z");
            for (int step = 0; step < 300; step++) {
                long move = step % 60 == 59
                        ? random.nextLong(-172_800_000, 172_800_000)
                        : random.nextLong(0, expression.startsWith("30") ? 3_600_000 : 120_000);
                job.at(Instant.ofEpochMilli(job.now + move).toString());
                long first = job.standing
                        .covered()
                        .firstAfter(
                                job.now,
                                after -> job.rules
                                        .timetable()
                                        .next(Instant.ofEpochMilli(after), ZoneOffset.UTC, job.rules.misfire())
                                        .orElseThrow()
                                        .toEpochMilli());
                assertThat(job.standing.dueMillis())
                        .as("seed %d walk %d step %d", seed, walk, step)
                        .isLessThanOrEqualTo(first);
            }
            assertThat(job.runs)
                    .as("seed %d walk %d: %s", seed, walk, expression)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void what_was_covered_survives_being_stored() {
        Covered covered = Covered.NOTHING;
        for (long hour : new long[] {5, 6, 7, 100, 101, 3}) {
            covered = covered.with(hour * 3_600_000, ClockworkTest::hourly);
        }
        assertThat(covered.spans())
                .containsExactly(
                        new Covered.Span(5 * 3_600_000, 7 * 3_600_000),
                        new Covered.Span(100 * 3_600_000, 101 * 3_600_000),
                        new Covered.Span(3 * 3_600_000, 3 * 3_600_000));
        assertThat(Covered.parse(covered.text())).isEqualTo(covered);
        assertThat(Covered.parse("")).isEqualTo(Covered.NOTHING);
        assertThat(covered.with(4 * 3_600_000, ClockworkTest::hourly).spans())
                .contains(new Covered.Span(3 * 3_600_000, 4 * 3_600_000));
    }

    @Test
    void the_spans_that_are_remembered_are_bounded() {
        Covered covered = Covered.NOTHING;
        for (long i = 1; i < 100; i++) {
            covered = covered.with(i * Duration.ofDays(3).toMillis(), ClockworkTest::hourly);
        }
        assertThat(covered.spans()).hasSize(8);
    }
}
