package ai.openlegion.agent.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The agent's JSON: what it takes, what it refuses, and that it writes what it reads.
final class JsonTest {

    @Test
    void values_are_read_as_what_they_are() throws Exception {
        assertThat(Json.parse(" {\"a\":[1,-0,2.5,1e2,true,false,null,\"x\\u00e9\\n\\/\"],\"b\":{}} "))
                .isEqualTo(Map.of("a", List.of(1L, 0L, 2.5, 100.0, true, false, Json.NULL, "xé\n/"), "b", Map.of()));
        assertThat(Json.parse("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertThat(Json.parse("9223372036854775808")).isEqualTo(0x1p63);
        assertThat(Json.parse("[".repeat(64) + "]".repeat(64))).isInstanceOf(List.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[1",
                "[1,]",
                "{\"a\":1,}",
                "{\"a\" 1}",
                "{a:1}",
                "'a'",
                "\"a",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\u\uFF11234\"",
                "01",
                "+1",
                "1.",
                ".5",
                "1e",
                "-",
                "NaN",
                "Infinity",
                "1e999",
                "tru",
                "nullx",
                "1 2",
                "{\"a\":1,\"a\":2}",
                "{\"a\":1,\"\\u0061\":2}",
                "\"a\nb\"",
                "\uFEFF1",
                "[1 2]"
            })
    void what_is_no_json_is_refused(String text) {
        assertThatThrownBy(() -> Json.parse(text)).isInstanceOf(JsonException.class);
    }

    @Test
    void depth_and_broken_utf_8_are_refused() {
        assertThatThrownBy(() -> Json.parse("[".repeat(65) + "]".repeat(65))).hasMessageContaining("64");
        assertThatThrownBy(() -> Json.parse("{\"a\":".repeat(65) + "1" + "}".repeat(65)))
                .isInstanceOf(JsonException.class);
        assertThatThrownBy(() -> Json.parse(new byte[] {'"', (byte) 0xC3, '"'})).isInstanceOf(JsonException.class);
    }

    @Test
    void what_is_written_is_read_as_the_same() throws Exception {
        for (long seed = 0; seed < 500; seed++) {
            Object value = random(new Random(seed), 5);
            assertThat(Json.parse(Json.write(value))).as("seed " + seed).isEqualTo(value);
        }
    }

    private static Object random(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextGaussian() * Math.pow(10, random.nextInt(-300, 300));
            case 2 -> random.nextBoolean();
            case 3 -> Json.NULL;
            case 4 -> text(random);
            case 5 -> {
                List<Object> items = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    items.add(random(random, depth - 1));
                }
                yield items;
            }
            default -> { // open: the last of seven
                Map<String, Object> members = new LinkedHashMap<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    var _ = members.put(text(random), random(random, depth - 1));
                }
                yield members;
            }
        };
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            var _ = text.append((char) (random.nextInt(10) == 0 ? random.nextInt(0x10000) : random.nextInt(128)));
        }
        return text.toString();
    }
}
