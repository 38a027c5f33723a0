package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.simulator.Counts;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A script with the official OpenAI client and nothing of OpenLegion in it, as an agent: in a container, and as a
/// process.
@Timeout(200)
@ExtendWith(LogOnFailure.class)
class AnyProgramTest {

    private static final String ALLOWED = "\"allowed_apis\": [\"llm\"]";
    private static final String SETTINGS = "start_seconds: 100, stop_seconds: 1";
    private static final String BUILTINS = "acorn acorn-walk busboy cjs-module-lexer minimatch streamsearch undici";

    private Upstream upstream;

    @BeforeEach
    void start() throws Exception {
        upstream = Upstream.start();
    }

    @AfterEach
    void stop() throws Exception {
        upstream.close();
    }

    @Test
    @NeedsDocker
    void an_sdk_script_in_a_container_finds_its_address_and_key_and_is_metered() throws Exception {
        String image = "openlegion-sdk-test:" + UUID.randomUUID();
        MeshHome home = MeshHome.in(upstream)
                .supervision(SETTINGS)
                .supervised("script", "runtime: docker, server: false, image: '" + image + "'", ALLOWED);
        Docker docker = Docker.of(home);
        build(docker, image);
        try (Mesh mesh = Mesh.start(home)) {
            answersOnce(mesh);
            assertThat(docker.run(
                            "inspect",
                            "--format",
                            "{{.Config.Image}} {{.HostConfig.ReadonlyRootfs}}",
                            docker.containers().getFirst()))
                    .isEqualTo(image + " true");
            mesh.terminate();
            assertThat(mesh.awaitExit()).isZero();
        } finally {
            docker.sweep();
            docker.run("rmi", "--force", image);
        }
    }

    @Test
    void the_same_script_runs_as_a_process() throws Exception {
        // under another user, who may not look into the folder of whoever runs this
        Path copy = Files.createTempDirectory("openlegion-sdk-");
        Path modules = Files.createDirectory(copy.resolve("node_modules"));
        var _ = expect(
                "cp", "-r", Node.installed().resolve("node_modules/openai").toString(), modules.toString());
        var _ = expect("cp", Node.installed() + "/ask.mjs", Node.installed() + "/package.json", copy.toString());
        var _ = expect("chmod", "-R", "a+rX", copy.toString());
        MeshHome home = MeshHome.in(upstream)
                .supervision(SETTINGS)
                .supervised(
                        "script",
                        "runtime: process, server: false, resources: {memory: 2g}, command: "
                                + new JsonArray(List.of(node().toString(), copy + "/ask.mjs")).encode(),
                        ALLOWED);
        try (Mesh mesh = Mesh.start(home)) {
            answersOnce(mesh);
            mesh.terminate();
            assertThat(mesh.awaitExit()).isZero();
        } finally {
            var _ = expect("rm", "-rf", copy.toString());
        }
    }

    private void answersOnce(Mesh mesh) {
        new RunAgents(mesh).await("script", "ready");
        Eventually.until("it has printed its answer", () -> log(mesh).contains("{"));
        assertThat(log(mesh)).contains("{\"agent\":\"script\",\"text\":\"Here answer flows");
        Counts counts = upstream.counts();
        assertThat(counts.requests()).isEqualTo(1);
        assertThat(counts.outputTokens()).isEqualTo(20);
        assertThat(mesh.settledSpend("script").spent())
                .isEqualTo(counts.inputTokens() * 1_000_000 + counts.outputTokens() * 2_000_000);
    }

    private static String log(Mesh mesh) {
        return mesh.control("GET", "/control/agents/script/logs?tail=10", null).body();
    }

    private static Path node() {
        return Path.of(Docker.program(List.of("sh", "-c", "readlink -f $(command -v node)"))
                .output()
                .strip());
    }

    /// The agent's image with this machine's node, its libraries and the script in it.
    private static void build(Docker docker, String image) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("openlegion-image-");
        var _ = expect(
                "sh",
                "-c",
                """
                mkdir -p "$1/lib" "$1/app/node_modules" "$1/nodejs"
                cp "$2" "$1/app/node"
                cp "$3/ask.mjs" "$3/package.json" "$1/app"
                cp -r "$3/node_modules/openai" "$1/app/node_modules"
                ldd "$2" | awk '/=> \\//{print $3}' | grep -vE '/(libc|libm|libdl|libpthread|librt)\\.so' | xargs -r -I{} cp -L {} "$1/lib"
                for each in %s; do [ ! -e "/usr/share/nodejs/$each" ] || cp -rL "/usr/share/nodejs/$each" "$1/nodejs"; done
                chmod -R a+rX "$1"
                """.formatted(BUILTINS),
                "sh",
                folder.toString(),
                node().toString(),
                Node.installed().toString());
        String container = docker.run("create", "--network", "none", NeedsDocker.IMAGE);
        try {
            docker.run("cp", folder + "/app", container + ":/app");
            docker.run("cp", folder + "/lib", container + ":/app/lib");
            docker.run("cp", folder + "/nodejs", container + ":/usr/share/nodejs");
            docker.run(
                    "commit",
                    "--change",
                    "ENTRYPOINT [\"/app/node\", \"/app/ask.mjs\"]",
                    "--change",
                    "ENV LD_LIBRARY_PATH=/app/lib",
                    container,
                    image);
        } finally {
            docker.run("rm", "--force", "--volumes", container);
            var _ = expect("rm", "-rf", folder.toString());
        }
    }

    private static String expect(String... command) {
        Docker.Ended ended = Docker.program(List.of(command));
        assertThat(ended.code()).as(ended.output()).isZero();
        return ended.output();
    }
}
