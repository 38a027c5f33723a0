package ai.openlegion.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.acl.Glob;
import ai.openlegion.blackboard.BlackboardKey;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Keys mean what they say, once decoded and never twice, and globs match what the regular expression of the same
/// meaning matches.
@Timeout(3600)
class KeyFuzzTest {

    private static final List<String> PARTS = List.of(
            "a",
            "b",
            "ab",
            "/",
            "//",
            ".",
            "..",
            "../",
            "%2e",
            "%2E%2e",
            "%2f",
            "%252f",
            "%25",
            "%",
            "%0",
            "%zz",
            "%00",
            "%c3%a9",
            "%c0%af",
            "%ed%a0%80",
            "%f0%9f%98%80",
            "%ff",
            "é",
            "😀",
            "*",
            "?",
            "[",
            "]",
            "!",
            "-",
            "context",
            "tasks",
            " ",
            "+",
            ";",
            "\\",
            "\u0000",
            "\u001f",
            "\u2028",
            "A",
            "%41",
            "^",
            "$",
            "(",
            ")",
            "|",
            "{",
            "\ud800");

    private static String text(Random random, int parts) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(parts); i > 0; i--) {
            text.append(Fuzz.pick(random, PARTS));
        }
        return text.toString();
    }

    @Test
    void a_key_is_decoded_once_and_is_whole() {
        int cases = Fuzz.run("keys", 20_000, (fuzz, random) -> {
            String raw = fuzz.input(text(random, 14));
            assertThat(BlackboardKey.decode(raw).orElse(null)).isEqualTo(decoded(raw));
            String key = decoded(raw);
            if (key != null && BlackboardKey.flaw(key).isEmpty()) {
                assertThat(List.of(key.split("/", -1))).doesNotContain("", "..");
                assertThat(key.length()).isBetween(1, 512);
                assertThat(key.chars()).noneMatch(Character::isISOControl);
                // what is written plainly is read as it stands: nothing decodes it again
                assertThat(BlackboardKey.decode(escaped(key))).contains(key);
            }
        });
        assertThat(cases).isPositive();
    }

    private static String escaped(String key) {
        StringBuilder escaped = new StringBuilder();
        for (byte octet : key.getBytes(StandardCharsets.UTF_8)) {
            escaped.append(String.format(Locale.ROOT, "%%%02x", octet & 0xff));
        }
        return escaped.toString();
    }

    /// By a regular expression instead of a loop.
    private static @Nullable String decoded(String raw) {
        if (!Pattern.matches("(?s)([\\x00-\\x24\\x26-\\x7f]|%[0-9a-fA-F]{2})*", raw)) {
            return null;
        }
        var bytes = new ByteArrayOutputStream();
        Pattern.compile("(?s)%(..)|(.)").matcher(raw).results().forEach(each -> {
            String hex = each.group(1);
            bytes.write(hex == null ? each.group(2).charAt(0) : Integer.parseInt(hex, 16));
        });
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException malformed) {
            return null;
        }
    }

    private static final List<String> GLOB_PARTS = List.of(
            "*",
            "**",
            "?",
            "[ab]",
            "[!ab]",
            "[a-c]",
            "[!a-c/]",
            "[]]",
            "[!]]",
            "[-a]",
            "[a-]",
            "[é😀]",
            "[",
            "]",
            "[]",
            "[c-a]",
            "a",
            "b",
            "c",
            "/",
            "context/",
            ".",
            "(",
            "+",
            "\\",
            "é",
            "😀",
            "A",
            "^",
            "$",
            "[^a]",
            "[a-c-e]",
            "-",
            "!");

    @Test
    void a_glob_matches_what_its_regular_expression_matches() {
        int cases = Fuzz.run("globs", 20_000, (fuzz, random) -> {
            StringBuilder pattern = new StringBuilder();
            for (int i = random.nextInt(7); i > 0; i--) {
                pattern.append(Fuzz.pick(random, GLOB_PARTS));
            }
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(9); i > 0; i--) {
                text.append(Fuzz.pick(
                        random,
                        List.of("a", "b", "c", "/", "context/", "]", "-", "!", "é", "😀", "A", "^", ".", "\n")));
            }
            fuzz.input(pattern + " over " + text);
            String regex = regex(pattern.toString());
            assertThat(Glob.flaw(pattern.toString()).isPresent()).isEqualTo(regex == null);
            if (regex != null) {
                assertThat(Glob.compile(pattern.toString()).matches(text.toString()))
                        .as(regex)
                        .isEqualTo(Pattern.compile(regex, Pattern.DOTALL)
                                .matcher(text)
                                .matches());
            }
        });
        assertThat(cases).isPositive();
    }

    /// The regular expression of a glob's meaning; null where it has none.
    private static @Nullable String regex(String glob) {
        StringBuilder regex = new StringBuilder();
        int at = 0;
        while (at < glob.length()) {
            char c = glob.charAt(at);
            if (c == '*') {
                regex.append(".*");
                at++;
            } else if (c == '?') {
                regex.append('.');
                at++;
            } else if (c == '[') {
                int first = at + 1 < glob.length() && glob.charAt(at + 1) == '!' ? at + 2 : at + 1;
                int close = glob.indexOf(']', first + 1);
                if (close < 0) {
                    return null;
                }
                regex.append(first == at + 2 ? "[^" : "[")
                        .append(members(glob.substring(first, close)))
                        .append(']');
                at = close + 1;
            } else {
                int point = glob.codePointAt(at);
                regex.append(hex(point));
                at += Character.charCount(point);
            }
        }
        try {
            return Pattern.compile(regex.toString()).pattern();
        } catch (PatternSyntaxException backwards) {
            return null;
        }
    }

    private static String members(String inside) {
        int[] points = inside.codePoints().toArray();
        StringBuilder members = new StringBuilder();
        for (int i = 0; i < points.length; i++) {
            members.append(hex(points[i]));
            if (i + 2 < points.length && points[i + 1] == '-') {
                members.append('-').append(hex(points[i + 2]));
                i += 2;
            }
        }
        return members.toString();
    }

    private static String hex(int point) {
        return "\\x{" + Integer.toHexString(point) + "}";
    }
}
