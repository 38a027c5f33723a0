package ai.openlegion.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TokensTest {

    private static final AgentId RESEARCHER = new AgentId("researcher");
    private static final AgentId WRITER = new AgentId("writer");

    @TempDir
    Path home;

    private Path data;

    @BeforeEach
    void names_the_data_folder() {
        data = home.resolve("data");
    }

    @Test
    void a_known_key_gives_the_known_tokens() throws IOException {
        Tokens tokens = withKnownKey();

        assertThat(tokens.external(RESEARCHER)).isEqualTo("ol_HdcbK6qJKDZ4uRCdJ0e5iYKIAXxHad6jYM-Rcbj5jCg");
        assertThat(tokens.inbound(RESEARCHER)).isEqualTo("ol_BpUfuDZQ87X4SXq0_2-PKdaPq48Wf-sVNe0bg66n87c");
        tokens.rotate(RESEARCHER);
        assertThat(tokens.external(RESEARCHER)).isEqualTo("ol_9Wfymg5aaXcrZ1Qd4Fnv4cHZo14nYd__UNEOPyAwjuo");
    }

    @Test
    void a_token_stays_the_same_until_it_is_rotated_and_rotation_touches_no_other_agent() throws IOException {
        Tokens mesh = Tokens.open(data);
        String before = mesh.external(RESEARCHER);
        String other = mesh.external(WRITER);
        assertThat(Tokens.open(data).external(RESEARCHER)).isEqualTo(before);

        Tokens.open(data).rotate(RESEARCHER);

        assertThat(mesh.external(RESEARCHER)).isNotEqualTo(before).startsWith("ol_");
        assertThat(mesh.external(WRITER)).isEqualTo(other);
        assertThat(mesh.external(List.of(RESEARCHER, WRITER)))
                .isEqualTo(Map.of(RESEARCHER, mesh.external(RESEARCHER), WRITER, other));
    }

    @Test
    void every_home_and_purpose_has_its_own_tokens() throws IOException {
        Tokens here = Tokens.open(data);
        Tokens there = Tokens.open(home.resolve("other"));

        assertThat(here.external(RESEARCHER))
                .hasSize(46)
                .isNotEqualTo(there.external(RESEARCHER))
                .isNotEqualTo(here.inbound(RESEARCHER))
                .isNotEqualTo(here.external(WRITER));
        assertThat(here.operator()).isNotEqualTo(there.operator()).hasSizeGreaterThanOrEqualTo(46);
        assertThat(Tokens.open(data).operator()).isEqualTo(here.operator());
    }

    @Test
    void what_is_made_only_its_owner_may_read() throws IOException {
        Tokens tokens = Tokens.open(data);
        assertThat(tokens.operator()).isNotBlank();
        tokens.rotate(RESEARCHER);

        assertThat(mode(data)).isEqualTo("rwx------");
        assertThat(mode(data.resolve("agent.key"))).isEqualTo("rw-------");
        assertThat(mode(data.resolve("control.token"))).isEqualTo("rw-------");
        assertThat(mode(data.resolve("token-generations.properties"))).isEqualTo("rw-------");
        try (var files = Files.list(data)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("agent.key", "control.token", "token-generations.properties");
        }
        assertThat(tokens.warnings()).isEmpty();
    }

    @Test
    void a_key_that_others_may_read_is_named_in_a_warning() throws IOException {
        Path key = data.resolve("agent.key");
        assertThat(Tokens.open(data).warnings()).isEmpty();
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(Tokens.open(data).warnings())
                .singleElement()
                .asString()
                .contains("agent.key", "rw-r--r--", "chmod 600");
    }

    @Test
    void a_damaged_key_is_refused_and_not_replaced() throws IOException {
        Files.createDirectories(data);
        Files.write(data.resolve("agent.key"), new byte[7]);

        assertThatThrownBy(() -> Tokens.open(data))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("agent.key")
                .hasMessageContaining("holds 7");
        assertThat(Files.size(data.resolve("agent.key"))).isEqualTo(7);
    }

    @Test
    void a_damaged_list_of_generations_is_refused_since_it_would_revive_rotated_tokens() throws IOException {
        Tokens tokens = Tokens.open(data);
        for (String content : List.of("researcher=0\n", "researcher=x\n", "a b=2\n", "mesh=2\n", "x=\\u00zz\n")) {
            Files.writeString(data.resolve("token-generations.properties"), content);
            assertThatThrownBy(() -> tokens.external(RESEARCHER))
                    .as(content)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("token-generations.properties");
        }
    }

    @Test
    void an_operators_own_token_is_taken_when_it_is_long_enough() throws IOException {
        Tokens tokens = Tokens.open(data);
        Path file = data.resolve("control.token");
        Files.writeString(file, "0123456789abcdef0123456789abcdef\n");
        assertThat(tokens.operator()).isEqualTo("0123456789abcdef0123456789abcdef");

        Files.writeString(file, "short\n");
        assertThatThrownBy(tokens::operator).isInstanceOf(IOException.class).hasMessageNotContaining("short\n");
    }

    @Test
    void rotations_at_the_same_time_all_count() throws Exception {
        Tokens tokens = withKnownKey();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<Void>> rotations = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                rotations.add(() -> {
                    Tokens.open(data).rotate(RESEARCHER);
                    return null;
                });
            }
            for (Future<Void> rotation : threads.invokeAll(rotations)) {
                assertThat(rotation.get()).isNull();
            }
        }

        assertThat(data.resolve("token-generations.properties")).hasContent("researcher=21");
        assertThat(tokens.external(RESEARCHER)).startsWith("ol_");
    }

    private Tokens withKnownKey() throws IOException {
        byte[] key = new byte[32];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) i;
        }
        Files.createDirectories(data);
        Files.write(data.resolve("agent.key"), key);
        return Tokens.open(data);
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
