package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands that work on the home's files alone: init, check and token.
final class HomeFilesTest {

    @TempDir
    private Path folder;

    @Test
    void init_writes_a_configuration_that_check_finds_nothing_wrong_with() throws Exception {
        Ended init = openlegion("init");
        assertThat(init.code()).as(init.err()).isZero();
        assertThat(init.out()).contains("mesh.yaml", "agents.yaml", "permissions.json", ".env.example");
        Ended check = openlegion("check");
        assertThat(check.out()).startsWith("ok");
        assertThat(check.code()).isZero();
    }

    @Test
    void init_never_overwrites_and_says_what_it_kept() throws Exception {
        Path own = write("agents.yaml", "agents: {}\n");
        Ended init = openlegion("init");
        assertThat(init.code()).isZero();
        assertThat(init.out()).contains("kept  " + own);
        assertThat(own).hasContent("agents: {}");
        JsonObject again = new JsonObject(openlegion("init", "--json").out());
        assertThat(again.getJsonArray("written")).isEmpty();
        assertThat(again.getJsonArray("kept")).contains(own.toString());
    }

    @Test
    void check_prints_every_problem_with_file_line_key_and_the_nearest_valid_key() throws Exception {
        write("mesh.yaml", "mesh: {prot: 1}\nbudget:\n  daily_usd: lots\n");
        write("agents.yaml", "agents:\n  a:\n    model: nobody/nothing\n    runtime: external\n");
        Ended check = openlegion("check");
        assertThat(check.code()).isEqualTo(2);
        assertThat(check.out()).contains("config/mesh.yaml:1: mesh.prot").contains("port");
        assertThat(check.out()).contains("config/mesh.yaml:3: budget.daily_usd").doesNotContain("lots");
        assertThat(check.out()).contains("config/agents.yaml:3: ");
        JsonArray problems = new JsonObject(openlegion("check", "--json").out()).getJsonArray("problems");
        assertThat(problems).hasSize((int) check.out().lines().count());
        assertThat(problems.getJsonObject(0).getString("file")).isEqualTo("config/agents.yaml");
    }

    @Test
    void a_token_stays_the_same_until_it_is_rotated_and_its_files_are_private() throws Exception {
        external("researcher");
        String first = openlegion("token", "researcher").out().strip();
        assertThat(first).matches("ol_[A-Za-z0-9_-]{43}");
        assertThat(openlegion("token", "researcher").out().strip()).isEqualTo(first);
        assertThat(openlegion("token", "researcher", "--inbound").out().strip()).isNotEqualTo(first);
        String second = openlegion("token", "researcher", "--rotate").out().strip();
        assertThat(second).isNotEqualTo(first);
        JsonObject json =
                new JsonObject(openlegion("token", "researcher", "--json").out());
        assertThat(json).isEqualTo(new JsonObject().put("agent", "researcher").put("token", second));
        Path key = folder.resolve(".openlegion/data/agent.key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
    }

    @Test
    void an_agent_that_no_file_names_gets_no_token_and_hears_who_there_is() throws Exception {
        external("researcher");
        Ended ended = openlegion("token", "reseracher");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).contains("there is no agent reseracher").contains("researcher");
    }

    @Test
    void with_a_broken_configuration_no_token_is_given_and_check_is_named() throws Exception {
        write("agents.yaml", "agents: 7\n");
        Ended ended = openlegion("token", "researcher");
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err().lines()).hasSize(1);
        assertThat(ended.err()).contains("openlegion check");
    }

    private void external(String agent) throws Exception {
        write("mesh.yaml", "runtime: {kind: external}\n");
        write("agents.yaml", "agents:\n  " + agent + ": {role: r, model: openai/gpt-4o-mini, runtime: external}\n");
    }

    private Path write(String name, String text) throws Exception {
        Path file = folder.resolve(".openlegion/config").resolve(name);
        Files.createDirectories(folder.resolve(".openlegion/config"));
        return Files.writeString(file, text).toRealPath();
    }

    private Ended openlegion(String... arguments) throws Exception {
        return Ended.openlegion(folder, Map.of(), arguments);
    }
}
