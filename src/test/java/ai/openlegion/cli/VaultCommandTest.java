package ai.openlegion.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.config.Home;
import ai.openlegion.scenario.Canaries;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.vault.Traces;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The command `vault`: on a home where no mesh runs, and on one where one does.
@Timeout(240)
final class VaultCommandTest {

    private static final String VALUE = "typed/Canary+0123456789";

    @TempDir
    private static Path folder;

    private static LiveMesh mesh;

    @TempDir
    private Path resting;

    @BeforeAll
    static void start() throws Exception {
        mesh = new LiveMesh(folder).demo();
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    @Test
    void without_a_mesh_a_value_is_stored_listed_rotated_and_removed_by_the_home_itself() throws Exception {
        Home home = home();
        assertThat(vault(home, "", "list").out()).contains("no credentials; store one with: openlegion vault set NAME");

        Ended stored = vault(home, VALUE + "\n", "set", "GitHub_Token");
        assertThat(stored.code()).as(stored.err()).isZero();
        assertThat(stored.out()).isEqualTo("stored; it is used from the next start on\n");
        assertThat(vault(home, VALUE, "set", "github_token").out()).startsWith("replaced; ");
        Ended listed = vault(home, "", "list");
        assertThat(listed.out()).containsPattern("github_token +operator +operator +20");
        JsonObject json = new JsonObject(vault(home, "", "--json").out());
        assertThat(json.getJsonArray("credentials").getJsonObject(0).getString("name"))
                .isEqualTo("github_token");
        assertThat(json.getString("master_key"))
                .isEqualTo(home.data().resolve("vault.key").toString());

        String key = Files.readString(home.data().resolve("vault.key"));
        assertThat(vault(home, "", "rotate").out()).matches("rotated; master key [0-9a-f]{16} holds, .*: 1\n");
        assertThat(Files.readString(home.data().resolve("vault.key"))).isNotEqualTo(key);
        assertThat(Traces.of(VALUE, home.root())).isEmpty();

        assertThat(vault(home, "", "rm", "github_token").out()).isEqualTo("removed\n");
        Ended gone = vault(home, "", "rm", "github_token");
        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.err())
                .isEqualTo("openlegion: the vault refused: nothing is stored under the name github_token\n");
    }

    @Test
    void what_comes_in_by_standard_input_is_one_line_of_text_and_nothing_else() throws Exception {
        Home home = home();
        for (String bad :
                List.of("", "\n", "  \n", "a\u0000b", "a\nb\n", "a\n\n", "v".repeat(8193), "v".repeat(70_000))) {
            Ended refused = vault(home, bad, "set", "name");
            assertThat(refused.code()).as(refused.err()).isEqualTo(2);
            assertThat(refused.err().lines()).hasSize(1);
        }
        assertThat(run(home, new byte[] {'a', (byte) 0xff}, "set", "name").err())
                .contains("the value is not UTF-8");
        for (String name : List.of("a-b", "a b", "ä", "", "n".repeat(129))) {
            Ended refused = vault(home, "value", "set", name);
            assertThat(refused.code()).as(name).isEqualTo(2);
            assertThat(refused.err()).contains("a name has 1 to 128 letters, digits and _");
        }
        for (String line : List.of("fine\n", "fine\r\n", "fine", "v".repeat(8192) + "\n")) {
            assertThat(vault(home, line, "set", "name").code()).as(line).isZero();
        }
        assertThat(vault(home, "value", "set").code()).isEqualTo(2);
        assertThat(vault(home, "value", "set", "name", VALUE).code())
                .as("no value as an argument")
                .isEqualTo(2);
        assertThat(vault(new Home(resting.resolve("nowhere")), "", "list").err())
                .contains("there is no home")
                .contains("openlegion init makes one");
    }

    @Test
    void a_home_whose_master_key_is_lost_still_lists_replaces_and_removes() throws Exception {
        Home home = home();
        assertThat(vault(home, VALUE, "set", "one").code()).isZero();
        assertThat(vault(home, VALUE, "set", "two").code()).isZero();
        Files.delete(home.data().resolve("vault.key"));

        Ended listed = vault(home, "", "list");
        assertThat(listed.code()).isZero();
        assertThat(listed.err()).contains("the master key ").contains(" is missing, under which 2 stored");
        Ended refused = vault(home, VALUE, "set", "three");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("is missing");
        assertThat(vault(home, "", "rm", "one").code()).isZero();
        assertThat(vault(home, VALUE, "set", "two").code()).isZero();
        assertThat(vault(home, "", "list").err()).isEmpty();
        assertThat(vault(home, VALUE, "set", "three").code()).isZero();
    }

    @Test
    void a_running_mesh_is_asked_over_http_and_its_refusals_are_told() throws Exception {
        Ended stored = vault(mesh.home(), VALUE + "\n", "set", "github_token");
        assertThat(stored.code()).as(stored.err()).isZero();
        assertThat(stored.out()).isEqualTo("stored; it is used from the next call on\n");
        assertThat(vault(mesh.home(), "", "list").out())
                .containsPattern("github_token +operator +operator +20")
                .containsPattern("environment .*provider demo");
        assertThat(vault(mesh.home(), "", "rotate").out()).startsWith("rotated; ");
        Ended refused = vault(mesh.home(), "a\nb", "set", "other");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err())
                .isEqualTo("openlegion: the mesh refused: the value holds a control character or a line break\n");
        assertThat(vault(mesh.home(), "", "rm", "github_token").out()).isEqualTo("removed\n");
        assertThat(vault(mesh.home(), "", "rm", "github_token").code()).isEqualTo(1);
        assertThat(Traces.of(VALUE, mesh.home().root())).isEmpty();
    }

    @Test
    void a_value_is_typed_unseen_on_a_terminal() throws Exception {
        Home home = home();
        Path launcher = resting.resolve("on-terminal");
        Files.writeString(
                launcher,
                "#!/bin/sh\nstty cols 120 rows 40\nexec "
                        + String.join(
                                " ",
                                Ended.command(
                                        List.of("-Dopenlegion.interactive=true"),
                                        "vault",
                                        "set",
                                        "typed",
                                        "--home",
                                        home.root().toString()))
                        + "\n");
        assertThat(launcher.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder =
                new ProcessBuilder("script", "-qefc", "exec " + launcher, "/dev/null").redirectErrorStream(true);
        builder.environment().put("SHELL", "/bin/sh");
        builder.environment().put("TERM", "xterm");
        Process terminal = builder.start();
        StringBuilder shown = new StringBuilder();
        boolean isTyped = false;
        try (InputStream output = terminal.getInputStream()) {
            for (int next = output.read(); next >= 0; next = output.read()) {
                shown.append((char) next);
                // what steers the terminal may come before and behind the prompt
                if (!isTyped && shown.indexOf("(not shown): ") >= 0) {
                    isTyped = true;
                    terminal.getOutputStream().write((VALUE + "\r").getBytes(UTF_8));
                    terminal.getOutputStream().flush();
                }
            }
        } catch (IOException ended) {
            // the terminal is gone with the process
        } finally {
            Eventually.until("the command ends", () -> !terminal.isAlive());
        }
        assertThat(shown).contains("stored; it is used from the next start on");
        assertThat(Traces.in(VALUE, shown.toString())).isEmpty();
        assertThat(vault(home, "", "list").out()).contains("typed");
    }

    private Home home() throws IOException {
        Home home = new Home(resting.resolve("home"));
        Files.createDirectories(home.config());
        return home;
    }

    private static Ended vault(Home home, String input, String... arguments) {
        Canaries.noteKeys(home.root());
        if (arguments[0].equals("set")) {
            Canaries.operatorStores(home.root(), input.strip());
        }
        Ended ended = run(home, input.getBytes(UTF_8), arguments);
        String _ = Canaries.received(ended.out() + ended.err());
        Canaries.sweep(home.root(), Map.of());
        return ended;
    }

    private static Ended run(Home home, byte[] input, String... arguments) {
        List<String> all = new ArrayList<>(List.of("vault"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--home", home.root().toString()));
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input));
        try {
            int code = Cli.run(
                    all.toArray(String[]::new), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
            return new Ended(code, out.toString(UTF_8), err.toString(UTF_8));
        } finally {
            System.setIn(before);
        }
    }
}
