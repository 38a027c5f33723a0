package ai.openlegion.workflow.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A million texts that nobody would write.
final class ConditionFuzzTest {

    private static final long SEED = 20_261_122L;
    private static final int TEXTS = 1_000_000;

    /// A thousand times what one takes on a busy machine; an exponential one would take hours.
    private static final long MOST_NANOS_EACH = 2_000_000_000L;

    private static final List<String> VALID = List.of(
            "s1.score > 0.7",
            "(s1.five == 5 or s1.five == 5) and not s1.yes == false",
            "s1.deep.list[1].x in [1, \"two\", null] or text contains 'world'",
            "not not (my-step.status != 'failed')",
            "s1.tags contains 'a' and s1.none == null and list[1][0] >= 2");

    private static final List<String> TOKENS = List.of(
            "s1",
            "my-step",
            "nowhere",
            ".",
            ".score",
            ".result",
            ".status",
            "[0]",
            "[1]",
            "[",
            "]",
            "(",
            ")",
            " ",
            "==",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            " in ",
            " contains ",
            " and ",
            " or ",
            " not ",
            "not ",
            "5",
            "-1e9",
            "0.7",
            "'x'",
            "\"y\"",
            "'",
            "\"",
            "true",
            "null",
            ",",
            "é",
            "\uD800",
            "__class__",
            "getClass()",
            "\0",
            "{}",
            "$");

    @Test
    void a_million_fuzzed_texts_are_read_or_malformed_and_nothing_else() {
        var random = new Random(SEED);
        int held = 0;
        int read = 0;
        int malformed = 0;
        for (int i = 0; i < TEXTS; i++) {
            String text = switch (i % 4) {
                case 0 -> noise(random);
                case 1 -> mutation(random);
                case 2 -> tokens(random);
                default -> grown(random, 0); // open: a remainder
            };
            long before = System.nanoTime();
            try {
                Condition condition = Condition.parse(text);
                read++;
                held += condition.holds(ConditionTest::facts) ? 1 : 0;
            } catch (Malformed _) {
                malformed++;
            } catch (RuntimeException | StackOverflowError escaped) {
                throw new AssertionError("seed " + SEED + ", text " + i + ": " + text, escaped);
            }
            if (System.nanoTime() - before > MOST_NANOS_EACH) {
                throw new AssertionError("seed " + SEED + ", text " + i + " took too long: " + text);
            }
        }
        assertThat(read + malformed).isEqualTo(TEXTS);
        assertThat(read).as("texts that were conditions").isBetween(TEXTS / 4, TEXTS * 3 / 4);
        assertThat(held).as("conditions that held").isBetween(read / 10, read * 9 / 10);
    }

    private static String noise(Random random) {
        byte[] bytes = new byte[random.nextInt(60)];
        random.nextBytes(bytes);
        return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private static String mutation(Random random) {
        var text = new StringBuilder(VALID.get(random.nextInt(VALID.size())));
        for (int i = random.nextInt(4); i >= 0 && !text.isEmpty(); i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
                case 2 -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(20))));
                default -> text.setCharAt(at, (char) (32 + random.nextInt(95))); // open: a random number
            }
        }
        return text.toString();
    }

    private static String tokens(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(40); i >= 0; i--) {
            text.append(TOKENS.get(random.nextInt(TOKENS.size())));
        }
        return text.toString();
    }

    private static String grown(Random random, int depth) {
        return switch (depth > 5 ? 0 : random.nextInt(6)) {
            case 1 -> "(" + grown(random, depth + 1) + ")";
            case 2 -> "not " + grown(random, depth + 1);
            case 3 -> grown(random, depth + 1) + " and " + grown(random, depth + 1);
            case 4 -> grown(random, depth + 1) + " or " + grown(random, depth + 1);
            default -> comparison(random); // open: a random number
        };
    }

    private static String comparison(Random random) {
        String path = List.of("s1.score", "s1.tags[0]", "s1.deep.list[1].x", "text", "nowhere.x", "my-step.error")
                .get(random.nextInt(6));
        String literal =
                List.of("5", "0.8", "'bob'", "\"a\"", "true", "null", "-2.5e3").get(random.nextInt(7));
        return random.nextInt(5) == 0
                ? path + " in [" + literal + ", 1]"
                : path
                        + List.of("==", " != ", "<", " <= ", ">", ">= ", " contains ")
                                .get(random.nextInt(7))
                        + literal;
    }
}
