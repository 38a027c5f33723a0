package ai.openlegion.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GlobTest {

    @ParameterizedTest
    @CsvSource({
        "context/*, context/a",
        "context/*, context/a/b/c",
        "context/*, context/",
        "*, anything/at/all",
        "*, ''",
        "'', ''",
        "a?c, abc",
        "a?c, a/c",
        "a?c, aüc",
        "a?c, a😀c",
        "*.md, notes/x.md",
        "a*b*c, a12b34c",
        "a*b*c, abcbc",
        "**, x",
        "x[abc]y, xby",
        "x[a-f0-9]y, x7y",
        "x[!abc]y, xdy",
        "x[!abc]y, x/y",
        "[]]x, ]x",
        "[!]]x, ax",
        "[a-], -",
        "[-a], -",
        "[*?], *",
        "[[], [",
        "[^a], ^",
        "[^a], a",
        "x], x]",
        "openai/gpt-4o*, openai/gpt-4o-mini",
        "*/gpt-*, openai/gpt-4o",
        "[ä-ü]x, öx",
        "a\\*, a\\b"
    })
    void a_pattern_matches(String pattern, String text) {
        assertThat(Glob.compile(pattern).matches(text)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "context/*, context",
        "context/*, my/context/a",
        "context/*, Context/a",
        "a?c, ac",
        "a?c, abbc",
        "'', a",
        "a*b*c, a12b34",
        "x[abc]y, xdy",
        "x[abc]y, xy",
        "x[!abc]y, xay",
        "x[!abc]y, xy",
        "x[a-f]y, xAy",
        "[]]x, [x",
        "[*?], a",
        "[^a], b",
        "abc, abcd",
        "abc, ab",
        "*.md, x.mdx",
        "?*, ''",
        "a.c, abc"
    })
    void a_pattern_does_not_match(String pattern, String text) {
        assertThat(Glob.compile(pattern).matches(text)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"[abc", "x[", "x[]", "x[!]", "x[!", "[z-a]"})
    void a_malformed_pattern_is_refused_instead_of_taken_for_something_wider(String pattern) {
        assertThat(Glob.flaw(pattern)).isPresent();
        assertThatThrownBy(() -> Glob.compile(pattern)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_pattern_has_at_most_512_characters() {
        assertThat(Glob.flaw("a".repeat(512))).isEmpty();
        assertThat(Glob.flaw("a".repeat(513))).get().asString().contains("512");
    }

    @Test
    void only_patterns_without_metacharacters_are_literal() {
        assertThat(Glob.compile("openai/gpt-4o").isLiteral()).isTrue();
        assertThat(Glob.compile("gpt?").isLiteral()).isFalse();
        assertThat(Glob.compile("gpt*").isLiteral()).isFalse();
        assertThat(Glob.compile("gp[t]").isLiteral()).isFalse();
    }

    @Test
    void random_patterns_agree_with_the_plain_recursive_definition() {
        long seed = 7;
        Random random = new Random(seed);
        for (int round = 0; round < 50_000; round++) {
            String pattern = random(random, "ab*?*/", 8);
            String text = random(random, "ab/", 10);
            assertThat(Glob.compile(pattern).matches(text))
                    .as("seed %d pattern %s text %s", seed, pattern, text)
                    .isEqualTo(reference(pattern, text));
        }
    }

    @Test
    void a_pattern_made_to_explode_does_only_bounded_work() {
        // A matcher that tries every star again would need more than 10^100 steps here and never come back.
        Glob glob = Glob.compile("*a".repeat(100) + "*b");
        assertThat(glob.matches("a".repeat(100_000))).isFalse();
        assertThat(Glob.compile("*" + "a?".repeat(200) + "b").matches("a".repeat(10_000)))
                .isFalse();
    }

    private static boolean reference(String pattern, String text) {
        if (pattern.isEmpty()) {
            return text.isEmpty();
        }
        if (pattern.charAt(0) == '*') {
            return reference(pattern.substring(1), text) || (!text.isEmpty() && reference(pattern, text.substring(1)));
        }
        return !text.isEmpty()
                && (pattern.charAt(0) == '?' || pattern.charAt(0) == text.charAt(0))
                && reference(pattern.substring(1), text.substring(1));
    }

    private static String random(Random random, String alphabet, int longest) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(longest + 1);
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
