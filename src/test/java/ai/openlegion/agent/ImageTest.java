package ai.openlegion.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.mesh.Reply;
import ai.openlegion.scenario.Eventually;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The image as `build.sh` makes it, in a container as confined as the mesh's, with a model that asks for what the test
/// wants. It needs an engine: without one it is skipped, but never in CI.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(300)
class ImageTest {

    private static final String ID = "openlegion-image-test-" + UUID.randomUUID();
    private static final String IMAGE = "openlegion-agent:" + ID;
    private static final String BUILD =
            Path.of("agent-image/build.sh").toAbsolutePath().toString();
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final List<String> CONFINEMENT = List.of(
            "--memory=512m",
            "--memory-swap=512m",
            "--cpus=0.5",
            "--read-only",
            "--tmpfs=/tmp:rw,noexec,nosuid,size=100m",
            "--cap-drop=ALL",
            "--security-opt=no-new-privileges",
            "--pids-limit=256",
            "--user=1000:1000",
            "--init");

    private static final AtomicReference<String> WANTED = new AtomicReference<>("true");
    private static final List<String> MADE = new ArrayList<>();

    private static HttpServer model;
    private static Mesh agent;
    private static String built = "";

    @BeforeAll
    static void builds_the_image_and_starts_it() throws Exception {
        boolean engine = run(List.of("docker", "version")).code() == 0;
        assertThat(engine || System.getenv("CI") == null).as("CI has an engine").isTrue();
        assumeTrue(engine, "no Docker engine answers");
        built = run(List.of(BUILD, "--tag", IMAGE)).expect();
        MADE.add("docker network rm " + ID);
        var _ = docker("network", "create", "--internal", ID);
        String gateway = docker("network", "inspect", "--format={{(index .IPAM.Config 0).Gateway}}", ID);
        model = HttpServer.create(new InetSocketAddress(gateway, 0), 0);
        model.createContext("/", ImageTest::play);
        model.start();
        MADE.add("docker rm --force --volumes " + ID);
        var _ = run(Stream.of(
                                List.of("docker", "run", "--detach", "--name=" + ID, "--network=" + ID),
                                CONFINEMENT,
                                List.of(
                                        "--env=AGENT_ID=writer",
                                        "--env=AGENT_ROLE=author",
                                        "--env=MESH_URL=http://" + gateway + ":"
                                                + model.getAddress().getPort(),
                                        "--env=MESH_AUTH_TOKEN=secret-of-agent",
                                        "--env=MESH_INBOUND_TOKEN=inbound",
                                        "--env=OPENAI_API_KEY=secret-of-agent",
                                        "--env=LLM_MODEL=m",
                                        IMAGE))
                        .flatMap(List::stream)
                        .toList())
                .expect();
        agent = new Mesh(URI.create("http://" + address() + ":8400"), "inbound");
        Eventually.until("the agent answers", LONG, ImageTest::answers);
    }

    @AfterAll
    static void removes_what_it_made() throws Exception {
        if (agent != null) {
            agent.close();
            model.stop(0);
        }
        for (String each : MADE.reversed()) {
            var _ = run(List.of(each.split(" ")));
        }
        if (!built.isEmpty()) {
            var _ = run(List.of("docker", "rmi", IMAGE));
        }
    }

    @Test
    void it_says_its_steps_and_builds_nothing_twice() throws Exception {
        assertThat(built).contains("step 1/6", "step 6/6", IMAGE + " is built");
        assertThat(run(List.of(BUILD, "--tag", IMAGE)).expect())
                .contains("is up to date")
                .doesNotContain("step 2");
        assertThat(docker("image", "inspect", "--format={{index .Config.Labels \"openlegion.sources\"}}", IMAGE))
                .isEqualTo(run(List.of(BUILD, "--hash")).expect())
                .matches("[0-9a-f]{64}");
        assertThat(run(List.of(BUILD, "--unknown")).code()).isEqualTo(2);
    }

    @Test
    void it_starts_from_what_the_rehearsal_taught_it() throws Exception {
        String java = docker("inspect", "--format={{index .Config.Entrypoint 0}}", IMAGE);
        // without its settings the agent ends at once, after it was loaded
        String loaded = run(List.of(
                        "docker",
                        "run",
                        "--rm",
                        "--network=none",
                        "--entrypoint=" + java,
                        IMAGE,
                        "@/opt/agent/jvm.options",
                        "-XX:AOTMode=on",
                        "-XX:AOTCache=/opt/agent/agent.aot",
                        "-Xlog:class+load:stdout",
                        "-cp",
                        "/opt/agent/agent.jar",
                        "ai.openlegion.agent.Main"))
                .output();
        assertThat(loaded).contains("AGENT_ID is missing");
        assertThat(loaded.lines().filter(line -> line.contains("source: shared objects file")))
                .hasSizeGreaterThan(400)
                .anyMatch(line -> line.contains("ai.openlegion.agent.self.Settings"));
        assertThat(docker("inspect", "--format={{join .Config.Entrypoint \" \"}}", IMAGE))
                .contains("-XX:AOTCache=/opt/agent/agent.aot");
    }

    @Test
    void its_commands_have_their_tools_and_no_more_than_the_container() throws Exception {
        String out = command("id -u; id -g; pwd; git --version; curl --version; jq --version; python3 --version;"
                + " touch /opt/x; cp /bin/true /tmp/t; /tmp/t; cp /bin/true /data/t; /data/t && echo runs");
        assertThat(out).startsWith("1000\n1000\n/data\ngit version").contains("curl 7", "jq-1", "Python 3", "runs\n");
        assertThat(out).contains("Read-only file system", "/tmp/t: Permission denied");
    }

    @Test
    void its_commands_see_no_token() throws Exception {
        assertThat(command("env")).contains("AGENT_ID=writer").doesNotContain("secret-of-agent", "inbound");
    }

    @Test
    void a_process_that_hides_completely_ends_with_its_command() throws Exception {
        // neither its session, nor its parents, nor its environment, nor its pipes lead to the command
        String hidden = """
                python3 -c 'import os
                if os.fork(): os._exit(0)
                os.setsid()
                if os.fork(): os._exit(0)
                os.execve("/bin/sleep", ["hidden", "1000"], {})' >/dev/null 2>&1 </dev/null; echo gone""";
        assertThat(command(hidden)).isEqualTo("gone\n");
        assertThat(processes()).doesNotContain("hidden");
    }

    @Test
    void a_fork_bomb_ends_with_its_time_and_the_agent_lives() throws Exception {
        String before = docker("inspect", "--format={{.State.StartedAt}} {{.RestartCount}}", ID);
        String output = callTool(Map.of("command", "bomb() { bomb | bomb & }; bomb; sleep 100", "timeout", 2));
        assertThat(output).contains("ended after 2 s");
        Eventually.until("the bomb is gone", () -> processes().lines().count() <= 4);
        assertThat(answers()).isTrue();
        assertThat(docker("inspect", "--format={{.State.StartedAt}} {{.RestartCount}}", ID))
                .isEqualTo(before);
        assertThat(command("echo still here")).isEqualTo("still here\n");
    }

    @Test
    void who_does_not_know_the_inbound_token_is_refused() throws Exception {
        try (var stranger = new Mesh(URI.create("http://" + address() + ":8400"), "guess")) {
            assertThat(stranger.get("/status", LONG).status()).isEqualTo(401);
        }
    }

    /// What a command of the agent wrote, errors in between.
    private static String command(String command) throws IOException, InterruptedException, JsonException {
        Members result = new Members(Json.object(callTool(Map.of("command", "exec 2>&1; " + command))));
        return result.text("stdout").orElseThrow();
    }

    private static String callTool(Map<String, Object> arguments) throws IOException, InterruptedException {
        WANTED.set(Json.write(arguments));
        var _ = agent.post("/chat/reset", Map.of(), LONG);
        Reply reply = agent.post("/chat", Map.of("message", "do it"), LONG);
        assertThat(reply.status())
                .as(new String(reply.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        Members tool =
                Members.of(reply.members().list("tool_outputs").getFirst()).orElseThrow();
        Object output = tool.any("output").orElseThrow();
        return output instanceof String text ? text : Json.write(output);
    }

    /// Seen from outside, as a command would see itself.
    private static String processes() {
        try {
            return docker("top", ID, "-o", "pid,args");
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    private static boolean answers() {
        try {
            return agent.get("/status", Duration.ofSeconds(5)).isOk();
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    private static String address() throws IOException, InterruptedException {
        return docker("inspect", "--format={{(index .NetworkSettings.Networks \"" + ID + "\").IPAddress}}", ID);
    }

    private static void play(HttpExchange exchange) throws IOException {
        String asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, Object> message = asked.contains("\"role\":\"tool\"")
                ? Map.of("role", "assistant", "content", "done")
                : Map.of(
                        "role",
                        "assistant",
                        "tool_calls",
                        List.of(Map.of(
                                "id",
                                "call_1",
                                "type",
                                "function",
                                "function",
                                Map.of("name", "run_command", "arguments", WANTED.get()))));
        byte[] answer = Json.write(Map.of(
                        "choices",
                        List.of(Map.of("index", 0, "message", message, "finish_reason", "stop")),
                        "usage",
                        Map.of("prompt_tokens", 1, "completion_tokens", 1, "total_tokens", 2)))
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private record Ended(int code, String output) {
        String expect() {
            assertThat(code).as(output).isZero();
            return output.strip();
        }
    }

    private static String docker(String... arguments) throws IOException, InterruptedException {
        return run(Stream.concat(Stream.of("docker"), Stream.of(arguments)).toList())
                .expect();
    }

    private static Ended run(List<String> command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException absent) {
            return new Ended(127, String.valueOf(absent.getMessage()));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), output);
    }
}
