package ai.openlegion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fuzz.Fuzz;
import ai.openlegion.schedule.Schedule.Misfire;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Whatever an expression is, it is read or it is flawed; and what was read is due later than now, or not at all.
@Timeout(3600)
class TimetableFuzzTest {

    private static final List<String> PARTS = List.of(
            "*",
            "*/5",
            "0",
            "59",
            "60",
            "-1",
            "1-5",
            "5-1",
            "1,2,3",
            "L",
            "W",
            "15W",
            "#2",
            "?",
            "MON",
            "mon-fri",
            "SUN",
            "7",
            "8",
            "31",
            "32",
            "JAN",
            "dec",
            "*/0",
            "*/999999999999",
            "1-5/2",
            "@daily",
            "every",
            "30m",
            "every 30m",
            "every 0s",
            "every 9999999999d",
            "every -1h",
            "é",
            "\u0000",
            "\n",
            "\t",
            " ",
            ",",
            "-",
            "/",
            "1//2",
            "1-5/,2",
            "/5",
            "1-",
            "a".repeat(300));

    @Test
    void an_expression_is_read_or_flawed_and_the_next_time_lies_ahead() {
        int[] read = {0};
        int cases = Fuzz.run("cron", 10_000, (fuzz, random) -> {
            StringBuilder text = new StringBuilder();
            int fields = random.nextInt(4) > 0 ? 5 : random.nextInt(8);
            for (int i = 0; i < fields; i++) {
                text.append(i == 0 ? "" : " ")
                        .append(Fuzz.pick(random, PARTS.subList(0, random.nextInt(3) > 0 ? 9 : PARTS.size())));
            }
            String expression = random.nextInt(3) == 0
                    ? new String(
                            Fuzz.mutated(random, text.toString().getBytes(StandardCharsets.UTF_8), PARTS),
                            StandardCharsets.UTF_8)
                    : text.toString();
            fuzz.input(expression);
            if (Timetable.parse(expression) instanceof Timetable.Parsed(Timetable timetable)) {
                read[0]++;
                Instant now = Instant.ofEpochSecond(random.nextInt(Integer.MAX_VALUE));
                ZoneId zone = ZoneId.of(
                        Fuzz.pick(random, List.of("UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia")));
                Optional<Instant> next =
                        timetable.next(now, zone, Fuzz.pick(random, List.of(Misfire.SKIP, Misfire.ONCE)));
                next.ifPresent(moment -> assertThat(moment).isAfter(now));
            }
        });
        assertThat(cases).isPositive();
        assertThat(read[0]).isPositive();
    }
}
