package ai.openlegion.audit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fuzz.Fuzz;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The bytes of the audit's rows are trusted by nobody who reads them.
@Timeout(3600)
class DecoderFuzzTest {

    private static final List<String> TEXTS = List.of(
            "",
            "alpha",
            "operator",
            "blackboard.write",
            "denied",
            "allowed",
            "permissions.alpha.can_message[\"*\"]",
            "é",
            "😀",
            "a\u0000b",
            "\ud800",
            "x".repeat(511) + "😀",
            "y".repeat(70_000),
            "req_1");

    private static AuditEntry entry(Random random) {
        return new AuditEntry(
                random.nextLong(),
                Fuzz.pick(random, TEXTS),
                Fuzz.pick(random, TEXTS),
                Fuzz.pick(random, TEXTS),
                Fuzz.pick(random, TEXTS),
                Fuzz.pick(random, TEXTS),
                random.nextLong(),
                Fuzz.pick(random, TEXTS),
                Fuzz.pick(random, TEXTS),
                random.nextLong());
    }

    private static List<AuditEntry> decoded(byte[] row) {
        List<AuditEntry> entries = new ArrayList<>();
        var decoder = new GroupDecoder(row);
        while (decoder.hasNext()) {
            entries.add(decoder.next());
        }
        return entries;
    }

    @Test
    void a_row_is_read_as_it_was_written_and_a_damaged_one_is_told_as_such() {
        int[] damaged = {0};
        int cases = Fuzz.run("audit", 10_000, (fuzz, random) -> {
            List<AuditEntry> entries = new ArrayList<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                entries.add(entry(random));
            }
            byte[] row = new GroupEncoder().encode(Tail.START, entries).data();
            String written = entries.toString().replaceAll("[\ud800-\udfff]", "?");
            assertThat(decoded(row).toString().replaceAll("[\ud800-\udfff]", "?"))
                    .isEqualTo(written);
            byte[] other = fuzz.input(
                    Fuzz.mutated(random, row, List.of("\u0001", "\uffff", "\u0000\u0000", "alpha", "\u0080\u0000")));
            try {
                assertThat(decoded(other)).hasSizeLessThanOrEqualTo(other.length);
            } catch (IllegalArgumentException told) {
                assertThat(told).hasMessageContaining("entry");
                damaged[0]++;
            }
        });
        assertThat(cases).isPositive();
        assertThat(damaged[0]).isPositive();
    }
}
