package ai.openlegion.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VaultTest {

    private static final String KEY = "sk-proj/Ab+9~\"\\ü1234567890";
    private static final Vault VAULT = Vault.of(Map.of("openai_api_key", Secret.of(KEY)));

    @Test
    void a_secret_shows_itself_to_nobody_but_the_wire() {
        Secret secret = Secret.of(KEY);

        assertThat(secret).hasToString("***").isEqualTo(Secret.of(KEY)).isNotEqualTo(Secret.of(KEY + "x"));
        assertThat(secret.reveal()).isEqualTo(KEY);
        assertThat(secret.hashCode()).isEqualTo(Secret.of("other").hashCode());
        assertThat(VAULT.toString()).isEqualTo("Vault[openai_api_key]");
    }

    @Test
    void names_are_found_in_any_case_and_listed_in_order() {
        Vault vault = Vault.of(Map.of("B_KEY", Secret.of("b"), "a_key", Secret.of("a")));

        assertThat(vault.names()).containsExactly("a_key", "b_key");
        assertThat(vault.get("b_key")).contains(Secret.of("b"));
        assertThat(vault.get("A_KEY")).contains(Secret.of("a"));
        assertThat(vault.get("c_key")).isEmpty();
    }

    @Test
    void the_environment_wins_over_the_file_and_only_credentials_are_taken() {
        List<String> problems = new ArrayList<>();
        Vault vault = Vault.load(
                Map.of("OPENLEGION_CRED_ONE", "file", "OPENLEGION_CRED_TWO", "file", "OTHER", "x"),
                Map.of("OPENLEGION_CRED_ONE", "environment", "PATH", "/bin", "OPENLEGION_CRED_EMPTY", " "),
                problems::add);

        assertThat(vault.names()).containsExactly("one", "two");
        assertThat(vault.get("one")).contains(Secret.of("environment"));
        assertThat(problems).isEmpty();
    }

    @Test
    void a_value_with_a_line_break_is_refused_without_showing_it() {
        List<String> problems = new ArrayList<>();
        Vault vault = Vault.load(
                Map.of(), Map.of("OPENLEGION_CRED_BAD", "abc\r\nX-Evil: 1", "OPENLEGION_CRED_", "x"), problems::add);

        assertThat(vault.names()).isEmpty();
        assertThat(problems).hasSize(2).noneMatch(problem -> problem.contains("Evil"));
        assertThat(problems).anyMatch(problem -> problem.startsWith("OPENLEGION_CRED_BAD "));
    }

    @Test
    void every_form_of_a_value_is_struck_out_of_a_text() {
        byte[] bytes = KEY.getBytes(UTF_8);
        String hex = HexFormat.of().formatHex(bytes);
        List<String> forms = List.of(
                KEY,
                hex,
                hex.toUpperCase(Locale.ROOT),
                URLEncoder.encode(KEY, UTF_8),
                URLEncoder.encode(KEY, UTF_8)
                        .replace("+", "%20")
                        .toLowerCase(Locale.ROOT)
                        .replace("ab", "Ab"),
                Base64.getEncoder().encodeToString(bytes),
                Base64.getUrlEncoder().withoutPadding().encodeToString(bytes),
                KEY.replace("\\", "\\\\").replace("\"", "\\\""));

        for (String form : forms) {
            assertThat(VAULT.redact("Incorrect API key: " + form + ". Try again."))
                    .as(form)
                    .isEqualTo("Incorrect API key: ***. Try again.");
        }
    }

    @Test
    void a_value_in_the_base64_of_a_longer_text_leaves_at_most_two_of_its_characters() {
        for (String user : List.of("", "u", "us", "use", "user:")) {
            for (String after : List.of("", "x", "xy", "xyz")) {
                String encoded = Base64.getEncoder().encodeToString((user + KEY + after).getBytes(UTF_8));
                String clean = VAULT.redact(encoded);
                assertThat(clean).as(user + "…" + after).contains("***");
                assertThat(clean.length()).isLessThanOrEqualTo((user.length() + after.length()) * 4 / 3 + 3 + 6);
            }
        }
    }

    /// A parser of JSON gives it back, and more of it than its first 256 bytes is no form that is looked for.
    @Test
    void of_a_text_with_a_value_that_cannot_be_struck_out_nothing_is_told() {
        String value = "ab+cd".repeat(80);
        Vault vault = Vault.of(Map.of("key", Secret.of(KEY), "long", Secret.of(value), "eight", Secret.of("ab+cd+ef")));
        List<String> texts = List.of(
                "{\"error\":\"bad key " + value.replace("+", "\\u002B") + "\"}",
                "{\"error\":\"bad key ab\\u002bcd\\u002Bef\"}",
                "bad key " + value.substring(0, 300));

        for (String text : texts) {
            assertThat(vault.redact(text)).as(text).isEqualTo("***");
            assertThat(vault.struckOut(text)).as(text).isEmpty();
        }
        assertThat(vault.struckOut("bad key " + value + ".")).contains("bad key ***.");
        assertThat(vault.struckOut("bad key ab+cd.")).contains("bad key ab+cd.");
    }

    @Test
    void short_values_and_clean_text_stay_as_they_are() {
        Vault vault = Vault.of(Map.of("pin", Secret.of("the"), "key", Secret.of("abcdefgh")));

        assertThat(vault.redact("the quick brown fox")).isEqualTo("the quick brown fox");
        assertThat(vault.redact("abcdefgh")).isEqualTo("***");
    }

    @Test
    void a_longer_value_that_contains_a_shorter_one_goes_whole() {
        Vault vault = Vault.of(Map.of("a", Secret.of("abcdefgh"), "b", Secret.of("abcdefgh-and-more")));

        assertThat(vault.redact("<abcdefgh-and-more>")).isEqualTo("<***>");
    }

    @Test
    void a_leak_is_found_wherever_it_stands_and_nowhere_else() {
        long seed = 20261122;
        Random random = new Random(seed);
        List<String> keys = List.of("sk-0123456789abcdef", "AKIAIOSFODNN7EXAMPLE", "aaaaaaaaaaab", "y".repeat(200));
        Vault vault = Vault.of(Map.of(
                "a", Secret.of(keys.get(0)),
                "b", Secret.of(keys.get(1)),
                "c", Secret.of(keys.get(2)),
                "d", Secret.of(keys.get(3)),
                "short", Secret.of("elevenchars")));
        for (int round = 0; round < 20_000; round++) {
            String text = noise(random) + (random.nextBoolean() ? piece(keys, random) : "elevenchars") + noise(random);
            byte[] bytes = text.getBytes(UTF_8);
            int from = random.nextInt(3);
            int to = bytes.length - random.nextInt(3);
            String seen = from > to ? "" : new String(bytes, from, to - from, UTF_8);
            boolean expected = keys.stream().anyMatch(seen::contains);
            assertThat(vault.leaks(bytes, from, to))
                    .as("seed %d round %d text %s", seed, round, seen)
                    .isEqualTo(expected);
        }
    }

    private static String noise(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(30);
        for (int i = 0; i < length; i++) {
            text.append("abxy-0sk".charAt(random.nextInt(8)));
        }
        return text.toString();
    }

    private static String piece(List<String> keys, Random random) {
        String key = keys.get(random.nextInt(keys.size()));
        return random.nextBoolean() ? key : key.substring(random.nextInt(2), key.length() - random.nextInt(2));
    }
}
