package ai.openlegion.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.vault.Secret;
import ai.openlegion.vault.Vault;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What is told of a service's error document.
class EnvelopedAnswerTest {

    private final Vault vault = Vault.of(Map.of("key", Secret.of("ab/cd+ef")));

    private String told(String document) {
        return EnvelopedAnswer.error(document.getBytes(UTF_8), vault::redact);
    }

    @Test
    void a_short_one_is_told_whole_without_its_credentials() {
        assertThat(told(" no such key ab/cd+ef; \u00fcber\n")).isEqualTo("no such key ***; \u00fcber");
        assertThat(told("")).isEmpty();
        assertThat(told("x".repeat(4_000))).isEqualTo("x".repeat(4_000));
        assertThat(told("\u20ac".repeat(4_001))).isEqualTo("\u20ac".repeat(4_000) + "\u2026");
    }

    /// Each credential costs some thirty searches through all of what is redacted.
    @Test
    void of_a_long_one_only_the_beginning_is_redacted() {
        List<Integer> redacted = new ArrayList<>();
        String told = EnvelopedAnswer.error("y".repeat(15 * 1024 * 1024).getBytes(UTF_8), text -> {
            redacted.add(text.length());
            return text;
        });

        assertThat(told).isEqualTo("y".repeat(4_000) + "\u2026");
        assertThat(redacted).containsExactly(16 * 1024);
    }

    @Test
    void the_beginning_of_a_credential_before_the_cut_is_not_told() {
        String hex = HexFormat.of().formatHex("ab/cd+ef".getBytes(UTF_8));
        String document = hex.repeat(1_023) + "-" + hex + "x".repeat(1_000);

        assertThat(told(document))
                .as("so much is struck out that the cut comes before what is told would end")
                .isEqualTo("***".repeat(1_023).substring(0, told(document).length() - 1) + "\u2026");
    }
}
