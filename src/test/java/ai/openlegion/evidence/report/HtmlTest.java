package ai.openlegion.evidence.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of texts that somebody else chose.
final class HtmlTest {

    private static String shown(String text) {
        return new Html().text(text).toString();
    }

    @Test
    void markup_is_text() {
        assertThat(shown("<script>alert(1)</script>")).isEqualTo("&lt;script&gt;alert(1)&lt;/script&gt;");
        assertThat(shown("\" onload='x' &amp;")).isEqualTo("&quot; onload=&#39;x&#39; &amp;amp;");
        assertThat(shown("Grüße, 世界 🙂")).isEqualTo("Grüße, 世界 🙂");
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0x00, 0x07, 0x0A, 0x1B, 0x7F, 0x9B, 0xA0, 0xAD, 0x200B, 0x200E, 0x200F, 0x202A, 0x202E, 0x2028, 0x2029,
                0x2060, 0x2066, 0x2069, 0x3164, 0xFEFF, 0xFE0F, 0xE0001, 0xE0041, 0xE0100, 0xF0000, 0x0378
            })
    void what_is_not_seen_or_turns_others_around_is_shown_by_its_number(int c) {
        String shown = shown("a" + Character.toString(c) + "b");
        assertThat(shown).isEqualTo("a<span class=\"x\">U+%04X</span>b".formatted(c));
    }

    @Test
    void marks_do_not_pile_up_and_half_a_pair_is_no_character() {
        assertThat(shown("é")).isEqualTo("é");
        String pile = shown("e" + "\u0301".repeat(50));
        assertThat(pile.chars().filter(c -> c == 0x301).count()).isEqualTo(2);
        assertThat(shown("a\ud83d")).isEqualTo("a<span class=\"x\">U+D83D</span>");
    }

    @Test
    void no_text_at_all_leaves_a_tag_or_a_quote() {
        long seed = 20_261_122;
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(20); i >= 0; i--) {
                text.append(
                        random.nextBoolean()
                                ? "<>&\"'/=\u202e\u0000 "
                                        .substring(random.nextInt(9))
                                        .substring(0, 1)
                                : Character.toString(random.nextInt(0xD800)));
            }
            String left = shown(text.toString())
                    .replaceAll("<span class=\"x\">U\\+[0-9A-F]{4,6}</span>", "")
                    .replaceAll("&(amp|lt|gt|quot|#39);", "");
            assertThat(left).as("seed %d, round %d: %s", seed, round, text).doesNotContain("<", ">", "\"", "'", "&");
        }
    }
}
