package ai.openlegion.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The search for credentials in bytes that come in pieces.
class ByteWatchTest {

    private static final String VALUE = "key-\"51\\f0/c7e2ab";
    private static final Vault VAULT = Vault.of(Map.of("key", Secret.of(VALUE)));

    @Test
    void a_value_is_found_wherever_it_is_cut_and_however_it_is_written() {
        StringBuilder escaped = new StringBuilder();
        VALUE.chars().forEach(c -> escaped.append("\\").append(String.format("u%04x", c)));
        for (String form : List.of(
                VALUE,
                VALUE.replace("\\", "\\\\").replace("\"", "\\\""),
                VALUE.replace("/", "\\/").replace("\\f", "\\\\f").replace("\"", "\\\""),
                escaped.toString())) {
            byte[] bytes = ("{\"a\\\\\":\"" + form + "\"}").getBytes(StandardCharsets.UTF_8);
            for (int cut = 0; cut <= bytes.length; cut++) {
                ByteWatch watch = VAULT.scan().byteWatch();
                boolean found = watch.completes(bytes, 0, cut);
                found |= watch.completes(bytes, cut, bytes.length);
                assertThat(found).as("%s cut at %d", form, cut).isTrue();
            }
        }
    }

    @Test
    void what_may_leave_never_holds_the_telling_beginning_of_a_value() {
        StringBuilder escaped = new StringBuilder();
        VALUE.chars().forEach(c -> escaped.append("\\").append(String.format("u%04x", c)));
        for (String form : List.of(VALUE, escaped.toString())) {
            byte[] bytes = ("text " + form).getBytes(StandardCharsets.UTF_8);
            int per = form.length() / VALUE.length();
            ByteWatch watch = VAULT.scan().byteWatch();
            for (int at = 0; at < bytes.length; at++) {
                if (watch.completes(bytes, at, at + 1)) {
                    assertThat(at).isEqualTo(bytes.length - 1);
                    break;
                }
                int released = at + 1 - Math.min(at + 1, watch.pending());
                assertThat(released).as("released after byte %d", at).isLessThanOrEqualTo(5 + 4 * per);
            }
        }
    }

    @Test
    void other_text_is_not_held_back() {
        ByteWatch watch = VAULT.scan().byteWatch();
        byte[] bytes = "data: key\\u006b \\\\ \\n key-\\\"52".getBytes(StandardCharsets.UTF_8);
        assertThat(watch.completes(bytes, 0, bytes.length)).isFalse();
        assertThat(watch.pending()).isZero();
        assertThat(Vault.of(Map.of()).scan().byteWatch().completes(bytes, 0, bytes.length))
                .isFalse();
    }
}
