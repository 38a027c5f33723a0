package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class SafeTextTest {

    @Test
    void every_control_and_format_character_but_lines_and_tabs_is_shown_as_an_escape() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            int type = Character.getType(c);
            boolean steers = type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR;
            String text = Character.toString(c);
            if (c == '\n' || c == '\t' || !steers) {
                assertThat(SafeText.of(text)).isEqualTo(text);
            } else {
                assertThat(SafeText.of(text)).as("%x", c).startsWith("\\u").matches("[\\\\u0-9a-f]+");
            }
        }
        assertThat(SafeText.of("a\r\nb\rc")).isEqualTo("a\nb\\u000dc");
    }

    @Test
    void pieces_show_what_the_whole_shows_wherever_it_is_split() {
        String alphabet = "a\n\t\r\u001b[\u009b\u202e\u200d\ud83d\ude00é";
        Random random = new Random(4711);
        for (int round = 0; round < 2_000; round++) {
            StringBuilder text = new StringBuilder();
            random.ints(12, 0, alphabet.length()).forEach(at -> text.append(alphabet.charAt(at)));
            int cut = random.nextInt(text.length() + 1);
            SafeText safe = new SafeText();
            String shown = safe.next(text.substring(0, cut)) + safe.next(text.substring(cut)) + safe.rest();
            assertThat(shown).as("seed 4711, round %d", round).isEqualTo(SafeText.of(text.toString()));
        }
    }
}
