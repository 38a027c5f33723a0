package ai.openlegion.agent.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DailyLogTest {

    private static final Instant NOW = Instant.parse("2026-11-22T23:59:59Z");

    @TempDir
    Path folder;

    @Test
    void entries_come_back_day_by_day_also_after_a_restart() throws IOException {
        DailyLog log = DailyLog.open(folder);
        log.add(NOW.minus(Duration.ofDays(2)), "task", "the day before");
        log.add(NOW.minus(Duration.ofDays(1)), "chat", "yesterday");
        log.add(NOW, "message", "today\nand more");
        DailyLog after = DailyLog.open(folder);
        assertThat(texts(after.read(NOW, 1))).containsExactly("today\nand more");
        assertThat(texts(after.read(NOW, 2))).containsExactly("yesterday", "today\nand more");
        assertThat(texts(after.read(NOW, 14))).containsExactly("the day before", "yesterday", "today\nand more");
        assertThat(texts(after.read(NOW.plusSeconds(1), 1))).isEmpty();
        assertThat(after.read(NOW, 1))
                .containsExactly(Map.of("time", NOW.toString(), "kind", "message", "text", "today\nand more"));
    }

    @Test
    void days_that_nobody_can_look_back_to_are_deleted() throws IOException {
        DailyLog log = DailyLog.open(folder);
        for (int day = 20; day >= 0; day--) {
            log.add(NOW.minus(Duration.ofDays(day)), "task", "day " + day);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).hasSize(DailyLog.DAYS);
        }
        assertThat(log.read(NOW, 99)).hasSize(DailyLog.DAYS);
    }

    @Test
    void a_day_and_an_entry_have_their_limits() throws IOException {
        DailyLog log = DailyLog.open(folder);
        log.add(NOW, "task", "x".repeat(1_000_000));
        for (int i = 0; i < 2_100; i++) {
            log.add(NOW, "task", "again");
        }
        DailyLog after = DailyLog.open(folder);
        after.add(NOW, "task", "too much");
        List<String> texts = texts(after.read(NOW, 1));
        assertThat(texts).hasSize(2_000).doesNotContain("too much");
        assertThat(texts.getFirst()).hasSize(2_000);
    }

    private static List<String> texts(List<Map<String, Object>> entries) {
        return entries.stream().map(entry -> String.valueOf(entry.get("text"))).toList();
    }
}
