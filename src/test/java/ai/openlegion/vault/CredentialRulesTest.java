package ai.openlegion.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CredentialRulesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "a b", "a-b", "a.b", "../x", "a/b", "ä", "a\u0000", "a\n", "\n", "$CRED{a}", "a%5f", "ａ"
            })
    void no_credential_is_called_so(String name) {
        assertThat(CredentialRules.name(name)).isEmpty();
    }

    @Test
    void a_name_is_kept_in_lower_case_and_has_so_many_characters() {
        assertThat(CredentialRules.name("GitHub_Token_2")).contains("github_token_2");
        assertThat(CredentialRules.name("n".repeat(128))).isPresent();
        assertThat(CredentialRules.name("n".repeat(129))).isEmpty();
    }

    @Test
    void a_value_is_text_of_one_line_and_so_many_bytes() {
        assertThat(CredentialRules.flaw("x")).isEmpty();
        assertThat(CredentialRules.flaw("in the middle blanks, ü and \uD83D\uDD11 are fine"))
                .isEmpty();
        assertThat(CredentialRules.flaw("v".repeat(8192))).isEmpty();
        assertThat(CredentialRules.flaw("v".repeat(8193))).contains("the value has more than 8192 bytes");
        assertThat(CredentialRules.flaw("ü".repeat(4097))).contains("the value has more than 8192 bytes");
        for (String empty : List.of("", " ", "\n", "\t \n")) {
            assertThat(CredentialRules.flaw(empty)).contains("the value is empty");
        }
        for (String control : List.of("a\u0000b", "a\r\nX-Evil: 1", "a\tb", "a\u007f", "a\u0085", "tail\n")) {
            assertThat(CredentialRules.flaw(control)).contains("the value holds a control character or a line break");
        }
        assertThat(CredentialRules.flaw("a\uD800b")).contains("the value is not well-formed Unicode");
        assertThat(CredentialRules.flaw(" a")).contains("the value begins or ends with a blank");
        assertThat(CredentialRules.flaw("a ")).contains("the value begins or ends with a blank");
    }

    @Test
    void a_master_key_is_32_bytes_in_hex_or_base64_and_shows_its_id_only() {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 37 + 251);
        }
        MasterKey key = MasterKey.parse(HexFormat.of().formatHex(bytes)).orElseThrow();
        assertThat(MasterKey.parse(HexFormat.of().withUpperCase().formatHex(bytes)))
                .contains(key);
        assertThat(MasterKey.parse(" " + Base64.getEncoder().encodeToString(bytes) + "\n"))
                .contains(key);
        assertThat(MasterKey.parse(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)))
                .contains(key);
        assertThat(MasterKey.parse(key.hex())).contains(key);
        assertThat(key.toString()).hasSize(16).isEqualTo(key.id());
        assertThat(key.hex()).doesNotContain(key.id());
        assertThat(MasterKey.random()).isNotEqualTo(MasterKey.random());
        for (String bad : List.of("", "abc", "g".repeat(64), "0".repeat(63), "0".repeat(66), "not base64!")) {
            assertThat(MasterKey.parse(bad)).as(bad).isEmpty();
        }
        assertThat(MasterKey.parse(Base64.getEncoder().encodeToString(new byte[31])))
                .isEmpty();
        assertThat(MasterKey.parse(Base64.getEncoder().encodeToString(new byte[33])))
                .isEmpty();
    }
}
