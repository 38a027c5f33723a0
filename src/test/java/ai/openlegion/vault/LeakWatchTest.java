package ai.openlegion.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LeakWatchTest {

    private static final String KEY = "sk-abc-sk-abd-0123/45";

    private final Vault vault =
            Vault.of(Map.of("one", Secret.of(KEY), "two", Secret.of("abd-0123/45xyz"), "short", Secret.of("abc")));

    @Test
    void a_value_is_found_however_it_is_cut() {
        Random random = new Random(7);
        for (int run = 0; run < 500; run++) {
            LeakWatch watch = vault.watch();
            String text = "hello sk-ab" + KEY + " bye";
            boolean found = false;
            for (int from = 0; from < text.length(); ) {
                int to = Math.min(text.length(), from + 1 + random.nextInt(9));
                found |= read(watch, text.substring(from, to));
                from = to;
            }
            assertThat(found).as("run %s", run).isTrue();
        }
    }

    @Test
    void a_value_is_found_behind_its_escapes() {
        assertThat(read(vault.watch(), "x" + KEY.replace("/", "\\/"))).isTrue();
        assertThat(read(vault.watch(), KEY.replace("s", "\\u0073").replace("4", "\\u0034")))
                .isTrue();
    }

    @Test
    void a_value_inside_the_beginning_of_another_is_found() {
        assertThat(read(vault.watch(), "sk-abc-sk-abd-0123/45xyz")).isTrue();
        assertThat(read(vault.watch(), "-abd-0123/45xyz")).isTrue();
    }

    @Test
    void it_tells_how_much_of_the_end_begins_a_value() {
        LeakWatch watch = vault.watch();

        assertThat(read(watch, "nothing here sk-abc-sk-ab")).isFalse();
        assertThat(watch.pending()).isEqualTo("sk-abc-sk-ab".length());
        assertThat(read(watch, "c-sk-")).isFalse();
        assertThat(watch.pending()).isEqualTo("sk-abc-sk-".length());
        assertThat(read(watch, "!")).isFalse();
        assertThat(watch.pending()).isZero();
        assertThat(watch.read()).isEqualTo("nothing here sk-abc-sk-ab".length() + 6);
    }

    @Test
    void short_values_are_not_looked_for() {
        assertThat(read(vault.watch(), "abc")).isFalse();
        assertThat(read(Vault.of(Map.of()).watch(), KEY)).isFalse();
    }

    private static boolean read(LeakWatch watch, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return watch.completes(bytes, 0, bytes.length);
    }
}
