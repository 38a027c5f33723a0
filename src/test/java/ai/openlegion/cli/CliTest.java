package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Commands in processes of their own, with no mesh behind them.
final class CliTest {

    @TempDir
    private Path folder;

    @Test
    void an_unknown_command_exits_2_and_points_to_the_help() throws Exception {
        Ended ended = openlegion("fly");
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err().lines()).hasSize(1);
        assertThat(ended.err()).contains("'fly'").contains("openlegion --help");
    }

    @Test
    void no_command_exits_2() throws Exception {
        assertThat(openlegion().code()).isEqualTo(2);
    }

    @Test
    void an_unknown_option_exits_2_and_names_its_command() throws Exception {
        Ended ended = openlegion("start", "--porf", "1");
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err().lines()).hasSize(1);
        assertThat(ended.err()).contains("--porf").contains("openlegion start --help");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "start --port 70000",
                "start --port many",
                "start --control-port -1",
                "start --runtime moon",
                "start --sandbox --runtime docker",
                "budget --daily 5",
                "budget researcher --daily lots",
                "explain researcher",
                "token",
                "token no/agent",
                "token operator",
                "send researcher",
                "blackboard get",
                "events --after soon",
                "cron add",
                "cron add every-1h --message x",
                "cron add every-1h --agent a --workflow w",
                "cron add every-1h --workflow w --input [1]",
                "cron fly"
            })
    void arguments_that_make_no_sense_exit_2_in_one_line(String arguments) throws Exception {
        Ended ended = openlegion(arguments.split(" "));
        assertThat(ended.code()).as(ended.err()).isEqualTo(2);
        assertThat(ended.err().lines()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "status --json",
                "stop",
                "reload",
                "budget",
                "budget researcher --daily 1",
                "explain researcher api llm",
                "agents",
                "send researcher hello",
                "blackboard",
                "blackboard get context/a",
                "events",
                "cron",
                "cron list --json",
                "cron rm cron_1"
            })
    void without_a_mesh_a_command_exits_1_and_says_how_to_start_one(String arguments) throws Exception {
        Ended ended = openlegion(arguments.split(" "));
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err().lines()).hasSize(1);
        assertThat(ended.err()).contains("no mesh is running").contains("openlegion start");
    }

    @Test
    void a_mesh_that_was_killed_counts_as_none() throws Exception {
        Path data = Files.createDirectories(folder.resolve("home/data"));
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Files.writeString(
                data.resolve("ready.json"), "{\"port\": 1, \"control_port\": 2, \"pid\": " + ended.pid() + "}");
        Ended status = openlegion("status", "--home", "home");
        assertThat(status.code()).isEqualTo(1);
        assertThat(status.err()).contains("no mesh is running");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nothing", "{}", "{\"port\": \"a\", \"control_port\": 2, \"pid\": 3}", "[1]"})
    void a_damaged_ready_file_is_told_in_one_line(String content) throws Exception {
        Path data = Files.createDirectories(folder.resolve("home/data"));
        Files.writeString(data.resolve("ready.json"), content);
        Ended status = openlegion("status", "--home", "home");
        assertThat(status.code()).isEqualTo(1);
        assertThat(status.err().lines()).hasSize(1);
        assertThat(status.err()).contains("ready.json");
    }

    @Test
    void the_home_may_be_named_before_and_after_the_command_and_by_the_environment() throws Exception {
        Path home = folder.resolve("elsewhere").toAbsolutePath();
        List<Ended> all = List.of(
                openlegion("--home", "elsewhere", "status"),
                openlegion("--home=elsewhere", "status"),
                openlegion("status", "--home", "elsewhere"),
                openlegion("explain", "researcher", "--home", "elsewhere", "api", "llm"),
                Ended.openlegion(folder, Map.of("OPENLEGION_HOME", home.toString()), "status"));
        assertThat(all).allSatisfy(ended -> assertThat(ended.err()).contains("is running on " + home + ";"));
    }

    @Test
    void without_a_name_the_home_is_in_the_current_folder() throws Exception {
        assertThat(openlegion("status").err()).contains("is running on " + folder.resolve(".openlegion") + ";");
    }

    @Test
    void the_flag_wins_over_the_environment() throws Exception {
        Ended ended = Ended.openlegion(folder, Map.of("OPENLEGION_HOME", "/env"), "status", "--home", "/flag");
        assertThat(ended.err()).contains("is running on /flag;");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "start",
                "stop",
                "status",
                "reload",
                "check",
                "token",
                "budget",
                "explain",
                "init",
                "agents",
                "send",
                "blackboard",
                "blackboard get",
                "events",
                "cron",
                "cron add",
                "cron pause"
            })
    void every_command_explains_itself(String command) throws Exception {
        Ended ended = openlegion((command + " --help").split(" "));
        assertThat(ended.code()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).contains("Usage: openlegion " + command).contains("--home=DIR");
        assertThat(ended.out()).as("no colour in a pipe").doesNotContain("\u001b");
    }

    @Test
    void the_help_lists_the_commands_and_keeps_the_hidden_one_to_itself() throws Exception {
        Ended ended = openlegion("--help");
        assertThat(ended.code()).isZero();
        assertThat(ended.out()).contains("start", "stop", "status", "reload", "init", "check", "token", "budget");
        assertThat(ended.out()).contains("agents", "send", "blackboard", "events", "cron");
        assertThat(ended.out()).contains("explain").doesNotContain("simulate", "rehearse");
    }

    private Ended openlegion(String... arguments) throws Exception {
        return Ended.openlegion(folder, Map.of(), arguments);
    }
}
