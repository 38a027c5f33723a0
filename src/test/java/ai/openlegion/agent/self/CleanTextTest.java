package ai.openlegion.agent.self;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What a person would not see is not in the text, and what scripts need is.
final class CleanTextTest {

    @Test
    void what_nobody_sees_is_gone() {
        assertThat(CleanText.of("pay\u202E me\u200B\u2066!\u17B4\u17B5\u2800"))
                .as("but for a blank of braille, which is a sign")
                .isEqualTo("pay me!\u2800");
        assertThat(CleanText.of("a\u2028b\u2029c\td")).isEqualTo("a\nb\nc\td");
    }

    @Test
    void joiners_stay_where_they_join_and_spell_nothing() {
        String heart = "\u2764\uFE0F\u200D\uD83D\uDD25";
        assertThat(CleanText.of(heart)).isEqualTo(heart);
        assertThat(CleanText.of("a" + "\u200C\u200D".repeat(50) + "b")).isEqualTo("a\u200C\u200Db");
    }
}
