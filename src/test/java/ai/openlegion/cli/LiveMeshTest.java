package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands against a demo mesh that `start -d` left running in the background.
final class LiveMeshTest {

    @TempDir
    private Path folder;

    private LiveMesh mesh;

    @BeforeEach
    void write_a_launcher_that_runs_the_classes_under_test() throws Exception {
        mesh = new LiveMesh(folder);
    }

    @AfterEach
    void end_the_mesh() throws Exception {
        mesh.close();
    }

    @Test
    void a_mesh_in_the_background_answers_every_command_until_it_is_stopped() throws Exception {
        Path data = Files.createDirectories(mesh.home().data());
        Files.writeString(data.resolve("mesh.log"), "curl of long ago\n".repeat(1 << 20));
        Ended started =
                openlegion("start", "--demo", "-d", "--port", "0", "--control-port", "0", "--runtime", "external");
        assertThat(started.code()).as(started.err()).isZero();
        assertThat(started.out())
                .contains("curl ", "running in the background", "mesh.log")
                .doesNotContain("long ago");
        assertThat(data.resolve("mesh.log.1")).hasSize(17L << 20);
        assertThat(Files.size(data.resolve("mesh.log"))).isBetween(1L, 1L << 20);

        JsonObject status = new JsonObject(openlegion("status", "--json").out());
        long pid = status.getLong("pid");
        assertThat(ProcessHandle.of(pid)).isPresent();
        assertThat(openlegion("status").out()).contains("researcher", "writer", "store available");

        Ended limited = openlegion("budget", "researcher", "--daily", "0.25", "--json");
        assertThat(new JsonObject(limited.out()).getJsonObject("daily").getDouble("limit_usd"))
                .isEqualTo(0.25);
        assertThat(openlegion("budget").out()).contains("(fleet)", "researcher", "0.25");
        assertThat(openlegion("budget", "researcher", "--daily", "-1").code()).isEqualTo(2);
        assertThat(openlegion("budget", "nobody").code()).isEqualTo(1);

        assertThat(openlegion("explain", "researcher", "api", "llm").out()).startsWith("allowed by ");
        assertThat(openlegion("explain", "researcher", "publish", "deploy").out())
                .startsWith("denied by ")
                .contains("Agent researcher cannot publish to deploy");
        assertThat(openlegion("explain", "researcher", "fly", "high").code()).isEqualTo(2);

        Ended second = openlegion("start", "--demo", "--port", "0", "--control-port", "0", "--runtime", "external");
        assertThat(second.code()).isEqualTo(1);
        assertThat(second.err()).contains(Long.toString(pid));
        assertThat(openlegion("start", "-d").err()).contains(Long.toString(pid));

        Ended stopped = openlegion("stop");
        assertThat(stopped.code()).as(stopped.err()).isZero();
        assertThat(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false))
                .isFalse();
        assertThat(folder.resolve(".openlegion/data/ready.json")).doesNotExist();
    }

    @Test
    void a_rotated_token_dies_in_the_running_mesh_and_a_broken_reload_changes_nothing() throws Exception {
        openlegion("start", "--demo", "-d", "--port", "0", "--control-port", "0", "--runtime", "external");
        String old = openlegion("token", "researcher").out().strip();
        assertThat(models(old)).isEqualTo(200);
        String fresh = openlegion("token", "researcher", "--rotate").out().strip();
        assertThat(models(old)).isEqualTo(401);
        assertThat(models(fresh)).isEqualTo(200);

        Path mesh = folder.resolve(".openlegion/config/mesh.yaml");
        String good = Files.readString(mesh);
        Files.writeString(mesh, good + "\nbudgt: {}\n");
        Ended refused = openlegion("reload");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("budgt", "did you mean budget?", "the running configuration stays");
        assertThat(models(fresh)).isEqualTo(200);
        Files.writeString(mesh, good);
        assertThat(openlegion("reload").out()).contains("reloaded: policy revision");
        assertThat(openlegion("stop").code()).isZero();
    }

    @Test
    void a_background_start_that_fails_shows_why_and_exits_like_the_start_itself() throws Exception {
        Path config = Files.createDirectories(folder.resolve(".openlegion/config"));
        Files.writeString(config.resolve("mesh.yaml"), "mehs: {}\n");
        Ended ended = openlegion("start", "-d");
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains("config/mesh.yaml:1: mehs", "did you mean mesh?", "mesh.log");
        assertThat(ended.out()).isEmpty();
    }

    @Test
    void a_control_listener_on_another_address_is_found_by_the_configuration() throws Exception {
        Path config = Files.createDirectories(folder.resolve(".openlegion/config"));
        Files.writeString(config.resolve("mesh.yaml"), "control: {host: 127.0.0.3}\nruntime: {kind: external}\n");
        Ended started = openlegion("start", "-d", "--port", "0", "--control-port", "0", "--runtime", "external");
        assertThat(started.code()).as(started.err()).isZero();
        assertThat(openlegion("status").out()).contains("store available");
        JsonObject stopped = new JsonObject(openlegion("stop", "--json").out());
        assertThat(stopped.getBoolean("stopped")).isTrue();
        assertThat(stopped.getLong("pid")).isPositive();
        assertThat(stopped.getLong("agents")).isZero();
    }

    private int models(String token) throws Exception {
        return mesh.ask(token, "GET", "/v1/models", "").statusCode();
    }

    private Ended openlegion(String... arguments) throws Exception {
        return mesh.openlegion(arguments);
    }
}
