package ai.openlegion.evidence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Recorded;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `--since` and `--until` take.
final class PeriodTest {

    private static boolean has(@Nullable String since, @Nullable String until, long seq, String time) {
        return Period.parse(since, until).contains(entry(seq, time));
    }

    private static Recorded entry(long seq, String time) {
        long millis = Instant.parse(time).toEpochMilli();
        return new Recorded(seq, new AuditEntry(millis, "a", "llm.chat", "m", "allowed", "", 1, "", "", 0));
    }

    @Test
    void a_day_counts_whole_at_both_ends_an_instant_begins_and_a_number_counts() {
        assertThat(has("2026-03-02", "2026-03-02", 7, "2026-03-02T00:00:00Z")).isTrue();
        assertThat(has("2026-03-02", "2026-03-02", 7, "2026-03-02T23:59:59.999Z"))
                .isTrue();
        assertThat(has("2026-03-02", "2026-03-02", 7, "2026-03-01T23:59:59.999Z"))
                .isFalse();
        assertThat(has("2026-03-02", "2026-03-02", 7, "2026-03-03T00:00:00Z")).isFalse();
        assertThat(has("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z", 7, "2026-03-02T10:00:00Z"))
                .isTrue();
        assertThat(has("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z", 7, "2026-03-02T11:00:00Z"))
                .isFalse();
        assertThat(has("5", "7", 5, "2026-03-02T10:00:00Z")).isTrue();
        assertThat(has("5", "7", 7, "2026-03-02T10:00:00Z")).isTrue();
        assertThat(has("5", "7", 4, "2026-03-02T10:00:00Z")).isFalse();
        assertThat(has("5", "7", 8, "2026-03-02T10:00:00Z")).isFalse();
        assertThat(has(null, null, 1, "1970-01-01T00:00:00Z")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "yesterday, -, --since takes",
                "2026-13-01, -, --since takes",
                "-, 22.11.2026, --until takes",
                "2026-03-02T10:00, -, --since takes",
                "0, -, the first is 1",
                "-, 99999999999999999999, no number of an entry",
                "9, 8, is not before",
                "2026-03-03, 2026-03-02, is not before",
                "-5, -, --since takes",
                "'', -, --since takes",
            })
    void what_is_no_period_is_told_in_a_sentence(@Nullable String since, @Nullable String until, String why) {
        assertThatThrownBy(() -> Period.parse(since, until))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void the_ledger_is_compared_by_days_that_lie_in_the_period_whole() {
        long noon = Instant.parse("2026-03-02T12:00:00Z").toEpochMilli();
        long day = noon / 86_400_000;
        assertThat(Period.ALL.firstWholeDay(noon)).isEqualTo(Long.MIN_VALUE);
        assertThat(Period.ALL.lastWholeDay(noon, 9)).isEqualTo(Long.MAX_VALUE);
        Period one = Period.parse("2026-03-02", "2026-03-02");
        assertThat(one.firstWholeDay(noon)).isEqualTo(day);
        assertThat(one.lastWholeDay(noon, 9)).isEqualTo(day);
        Period part = Period.parse("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z");
        assertThat(part.firstWholeDay(noon)).isGreaterThan(part.lastWholeDay(noon, 9));
        Period numbers = Period.parse("5", "7");
        assertThat(numbers.firstWholeDay(noon)).isGreaterThan(numbers.lastWholeDay(noon, 9));
        assertThat(Period.parse("5", null).firstWholeDay(noon)).isEqualTo(day + 1);
    }
}
