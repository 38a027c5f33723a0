package ai.openlegion.runtime.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Resources;
import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.Boundary;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.scenario.Eventually;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the tools of Docker Sandboxes are told, and what is made of their answers. They cannot run on a
/// machine for
/// tests: programs in their place answer in the shapes that their documentation shows.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SandboxRuntimeTest {

    /// Notes what it is told, keeps the file of the environment, and lists what was created and not removed.
    private static final String DOCKER = """
            #!/bin/sh
            echo "docker $*" >> "$HOME/told"
            shift
            case $1 in
              version) echo "Client Version: v0.12.0" ;;
              create) echo "$3" > "$HOME/there" ;;
              exec) case $* in *--env-file*) cp -p "$4" "$HOME/env" ;; *tail*) echo "a line" ;; esac ;;
              ls) if [ -e "$HOME/there" ]; then
                    echo "{\\"vms\\":[{\\"name\\":\\"$(cat "$HOME/there")\\",\\"agent\\":\\"shell\\",\\"status\\":\\"running\\",\\"sandbox_count\\":1},"
                    echo "{\\"name\\":\\"somebody-elses\\",\\"status\\":\\"stopped\\"}]}"
                  else echo '{"vms":[]}'; fi ;;
              inspect) echo "[{\\"name\\":\\"$2\\",\\"status\\":\\"running\\"}]" ;;
              rm) rm "$HOME/there" ;;
              network) : ;;
              *) echo "unknown command $1" >&2; exit 1 ;;
            esac
            """;

    private static final String SBX = DOCKER.replace("\"docker $*\"", "\"sbx $*\"")
            .replace("shift\n", "")
            .replace("inspect) echo \"[{\\\"name\\\":\\\"$2", "inspect) echo \"[{\\\"name\\\":\\\"$3")
            .replace("rm) rm", "port) : ;;\n  rm) [ \"$2\" = -f ] && rm");

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Path tools;

    @BeforeEach
    void fill() throws IOException {
        tools = Files.createDirectories(folder.resolve("tools"));
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    @Test
    void an_agent_that_comes_for_its_inbox_runs_confined_in_docker_sandbox() throws Exception {
        tool("docker", DOCKER);
        SandboxRuntime runtime = runtime(true);
        await(runtime.check());
        assertThat(runtime.boundary()).isEqualTo(Boundary.HYPERVISOR);
        var ground = await(runtime.prepare(List.of(), 8420, _ -> {}));
        assertThat(ground.meshHost()).isEqualTo("host.docker.internal");
        assertThat(ground.remarks()).isEmpty();
        Instance instance = await(runtime.start(launch("a", false)));
        String name = instance.id();
        assertThat(name).matches("openlegion-[0-9a-f]{8}-a");
        assertThat(instance.address()).isNull();
        Path workspace = folder.resolve("data/sandboxes/a");
        assertThat(told())
                .contains(
                        "docker sandbox create --name " + name + " --template agent:1 shell " + workspace,
                        "docker sandbox network proxy " + name
                                + " --policy deny --allow-host host.docker.internal:8420 --allow-host localhost:8420",
                        "docker sandbox inspect " + name);
        assertThat(told().stream().filter(line -> line.contains("exec -d")))
                .singleElement()
                .asString()
                .matches("docker sandbox exec -d --env-file \\S+ " + name + " sh -c .* run it")
                .doesNotContain("secret-token");
        assertThat(told().indexOf(line("network proxy")))
                .as("confined before anything runs in it")
                .isLessThan(told().indexOf(line("exec -d")));
        assertThat(Files.readAllLines(folder.resolve("env")))
                .contains("MESH_AUTH_TOKEN=secret-token", "INITIAL_INSTRUCTIONS=two lines", "AGENT_DATA=" + workspace);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("env"))))
                .isEqualTo("rw-------");
        try (Stream<Path> left = Files.list(folder.resolve("data"))) {
            assertThat(left.filter(path -> path.toString().endsWith(".env"))).isEmpty();
        }
        assertThat(await(runtime.look(name))).isEqualTo(Condition.RUNNING);
        assertThat(await(runtime.survivors())).singleElement().satisfies(left -> {
            assertThat(left.id()).isEqualTo(name);
            assertThat(left.isConfined()).isFalse();
        });
        await(runtime.stop(name, Duration.ZERO));
        await(runtime.stop(name, Duration.ZERO));
        assertThat(told().stream().filter(line -> line.equals("docker sandbox rm " + name)))
                .hasSize(1);
        assertThat(await(runtime.look(name))).isEqualTo(Condition.GONE);
    }

    @Test
    void what_the_mesh_cannot_call_or_confine_is_refused_and_says_so() throws Exception {
        tool("docker", DOCKER);
        SandboxRuntime runtime = runtime(true);
        assertThatThrownBy(() -> await(runtime.start(launch("a", true))))
                .hasMessageContaining("docker sandbox publishes no port");
        assertThat(folder.resolve("there")).doesNotExist();
        Files.delete(tools.resolve("docker"));
        tool("sbx", SBX);
        assertThatThrownBy(() -> await(runtime(true).check()))
                .hasMessageContaining("docker sandbox is not installed")
                .hasMessageContaining("runtime.host_filter: off");
        SandboxRuntime open = runtime(false);
        assertThat(await(open.prepare(List.of(), 8420, _ -> {})).remarks())
                .singleElement()
                .asString()
                .contains("host_filter is off");
        Instance instance = await(open.start(launch("a", true)));
        assertThat(String.valueOf(instance.address())).matches("http://127\\.0\\.0\\.1:[0-9]+");
        assertThat(told())
                .anyMatch(line -> line.matches("sbx port publish " + instance.id() + " [0-9]+:8400"))
                .contains("sbx inspect --json " + instance.id(), "sbx ls --json");
        await(open.stop(instance.id(), Duration.ZERO));
        assertThat(told()).contains("sbx rm -f " + instance.id());
    }

    @Test
    void without_a_tool_it_says_what_it_looked_for() {
        assertThatThrownBy(() -> await(runtime(true).check()))
                .hasCauseInstanceOf(RuntimeFault.class)
                .hasMessageContaining(
                        "docker sandbox is not installed; sbx is not installed; Docker Sandboxes come with");
    }

    @Test
    void a_home_without_sandboxes_asks_no_tool_for_them() throws Exception {
        assertThat(await(runtime(true).survivors())).isEmpty();
    }

    @Test
    void a_tool_that_hangs_is_killed_with_what_it_started() throws Exception {
        tool(
                "docker",
                "#!/bin/sh\necho $$ > \"$HOME/pid\"\n[ \"$2\" = version ] && exit 0\nsleep 600 & echo $! >> \"$HOME/pid\"\nwait\n");
        SandboxRuntime runtime = used();
        assertThatThrownBy(() -> await(runtime.survivors()))
                .hasMessageContaining("docker sandbox ls: did not answer in time");
        for (String pid : Files.readAllLines(folder.resolve("pid"))) {
            Eventually.until(
                    "it is gone",
                    () -> ProcessHandle.of(Long.parseLong(pid))
                            .map(handle -> !handle.isAlive())
                            .orElse(true));
        }
    }

    @Test
    void garbage_and_failures_are_faults_and_never_no_sandboxes() throws Exception {
        for (String answer : List.of("no json", "{}", "{\"vms\":{}}", "[{\"name\":\"x\"}]", "[7]", "")) {
            tool("docker", "#!/bin/sh\n[ \"$2\" = version ] && exit 0\ncat <<'END'\n" + answer + "\nEND\n");
            assertThatThrownBy(() -> await(used().survivors()))
                    .as(answer)
                    .hasCauseInstanceOf(RuntimeFault.class)
                    .hasMessageContaining("docker sandbox: its answer");
        }
        tool("docker", "#!/bin/sh\n[ \"$2\" = version ] && exit 0\necho 'the daemon\nis down' >&2\nexit 7\n");
        assertThatThrownBy(() -> await(used().survivors()))
                .hasMessageContaining("docker sandbox ls: exit code 7: the daemon is down");
    }

    @Test
    void a_sandbox_that_cannot_be_confined_is_removed_before_anything_runs_in_it() throws Exception {
        tool("docker", DOCKER.replace("network) : ;;", "network) echo 'no such policy' >&2; exit 1 ;;"));
        assertThatThrownBy(() -> await(runtime(true).start(launch("a", false)))).hasMessageContaining("no such policy");
        assertThat(told()).noneMatch(line -> line.contains("exec"));
        assertThat(folder.resolve("there")).doesNotExist();
    }

    private SandboxRuntime runtime(boolean hostFilter) throws IOException {
        return new SandboxRuntime(
                vertx,
                SandboxSettings.of(
                        folder,
                        Files.createDirectories(folder.resolve("data")),
                        "agent:1",
                        hostFilter,
                        Duration.ofSeconds(3),
                        Map.of("PATH", tools.toString(), "HOME", folder.toString(), "SECRET", "x")));
    }

    private SandboxRuntime used() throws IOException {
        Files.createDirectories(folder.resolve("data/sandboxes"));
        return runtime(true);
    }

    private static Launch launch(String agent, boolean hasServer) {
        return new Launch(
                new AgentId(agent),
                "start-1",
                new Agent.Program(null, List.of("run", "it"), Resources.DEFAULTS, hasServer),
                Map.of("MESH_AUTH_TOKEN", "secret-token", "INITIAL_INSTRUCTIONS", "two\nlines"));
    }

    private void tool(String name, String script) throws IOException {
        Path file = Files.writeString(
                tools.resolve(name), script.replaceFirst("\n", "\nPATH=/usr/bin:/bin; export PATH\n"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<String> told() throws IOException {
        return Files.readAllLines(folder.resolve("told"));
    }

    private String line(String part) throws IOException {
        return told().stream().filter(line -> line.contains(part)).findFirst().orElseThrow();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
