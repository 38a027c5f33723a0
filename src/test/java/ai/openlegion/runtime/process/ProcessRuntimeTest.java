package ai.openlegion.runtime.process;

import static ai.openlegion.runtime.process.ProcessRig.STAY;
import static ai.openlegion.runtime.process.ProcessRig.await;
import static ai.openlegion.runtime.process.ProcessRig.pid;
import static ai.openlegion.runtime.process.ProcessRig.processesWith;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.fleet.Resources;
import ai.openlegion.runtime.Boundary;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.scenario.Eventually;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real processes under users of their own, as a mesh that is root starts them.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ProcessRuntimeTest {

    @TempDir
    Path home;

    private ProcessRig rig;

    @BeforeEach
    void open() throws IOException {
        ProcessRig.needRoot();
        rig = new ProcessRig(home, true);
    }

    @AfterEach
    void close() throws Exception {
        if (rig != null) {
            rig.close();
        }
    }

    @Test
    void this_machine_can_run_processes_and_says_that_they_are_no_boundary() throws Exception {
        await(rig.runtime.check());
        assertThat(rig.runtime.name()).isEqualTo("process");
        assertThat(rig.runtime.boundary()).isEqualTo(Boundary.NONE);
        var ground = await(rig.runtime.prepare(List.of(), 8420, _ -> {}));
        assertThat(ground.meshHost()).isEqualTo("127.0.0.1");
        assertThat(ground.listenOn()).isNull();
        assertThat(ground.remarks()).singleElement().asString().contains("no security boundary");
        assertThat(ProcessSettings.of(home, home, "0.0.0.0").meshHost()).isEqualTo("127.0.0.1");
        assertThat(ProcessSettings.of(home, home, "::").meshHost()).isEqualTo("[::1]");
        assertThat(ProcessSettings.of(home, home, "10.0.0.5").meshHost()).isEqualTo("10.0.0.5");
    }

    @Test
    void its_environment_is_what_it_was_given_and_nothing_of_the_mesh() throws Exception {
        Instance instance = await(rig.runtime.start(ProcessRig.launch(
                "a",
                Resources.DEFAULTS,
                List.of("/bin/sh", "-c", STAY),
                Map.of("MESH_AUTH_TOKEN", ProcessRig.TOKEN, "AGENT_ID", "a"))));
        List<String> names = Arrays.stream(
                        ProcessRig.environment(proc(instance)).split("\0"))
                .map(entry -> entry.replaceFirst("=.*", ""))
                .toList();
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "MESH_AUTH_TOKEN",
                        "AGENT_ID",
                        "PATH",
                        "HOME",
                        "LANG",
                        "AGENT_DATA",
                        "AGENT_BIND",
                        "AGENT_PORT",
                        "OPENLEGION_START");
        assertThat(System.getenv()).as("the mesh's own has more").hasSizeGreaterThan(2);
        assertThat(instance.token()).isNotNull().matches(token -> token.matches(ProcessRig.TOKEN));
        assertThat(String.valueOf(instance.address())).matches("http://127\\.0\\.0\\.1:[0-9]+");
        assertThat(instance.isConfined()).isTrue();
        assertThat(Files.readSymbolicLink(proc(instance).resolve("cwd"))).isEqualTo(rig.work("a"));
    }

    @Test
    void it_holds_no_file_of_the_mesh_open() throws Exception {
        try (var secret = Files.newByteChannel(Files.writeString(home.resolve("secret"), "s"))) {
            Instance instance = rig.start("a", "exec sleep 60");
            assertThat(secret.isOpen()).isTrue();
            try (Stream<Path> open = Files.list(proc(instance).resolve("fd"))) {
                assertThat(open.map(path -> String.valueOf(path.getFileName())))
                        .containsExactlyInAnyOrder("0", "1", "2");
            }
        }
    }

    @Test
    void it_has_a_user_of_its_own_without_privileges_and_cannot_get_any() throws Exception {
        Instance a = rig.start("a", STAY);
        Instance b = rig.start("b", STAY);
        Map<String, String> status = ProcessState.of(pid(a)).fields();
        String user = status.getOrDefault("Uid", "").split("\t")[0];
        assertThat(Integer.parseInt(user)).isBetween(70_000, 70_999);
        assertThat(ProcessState.of(pid(b)).fields().get("Uid")).isNotEqualTo(status.get("Uid"));
        assertThat(status)
                .containsEntry("Gid", String.join("\t", user, user, user, user))
                .containsEntry("Groups", "")
                .containsEntry("NoNewPrivs", "1")
                .containsEntry("CapEff", "0000000000000000")
                .containsEntry("CapPrm", "0000000000000000")
                .containsEntry("CapBnd", "0000000000000000");
        assertThat(ProcessState.of(pid(a)).flaw(Integer.parseInt(user))).isEmpty();
        assertThat(ProcessState.of(pid(a)).flaw(70_999 + 1)).startsWith("Uid is " + user);
        assertThat(ProcessState.of(ProcessHandle.current().pid()).flaw(70_000))
                .contains("NoNewPrivs is 0 instead of 1", "CapBnd is");
        await(rig.runtime.stop(a.id(), Duration.ZERO));
        assertThat(ProcessState.of(pid(rig.start("a", STAY))).fields().get("Uid"))
                .as("the same user at its next start")
                .isEqualTo(status.get("Uid"));
    }

    @Test
    void it_reads_and_writes_its_own_workspace_and_neither_the_meshs_data_nor_a_siblings() throws Exception {
        Files.setPosixFilePermissions(rig.settings.data(), PosixFilePermissions.fromString("rwx------"));
        Files.writeString(rig.settings.data().resolve("control.token"), "secret");
        Instance sibling = rig.start("b", "umask 000; echo hers > note; " + STAY);
        Eventually.until("she wrote", () -> Files.exists(workOf("b").resolve("note")));
        Instance instance = rig.start(
                "a",
                "cat " + rig.settings.data() + "/control.token; cat " + rig.work("b") + "/note; cat /proc/"
                        + pid(sibling) + "/environ; cat /proc/"
                        + ProcessHandle.current().pid()
                        + "/environ; echo mine > note; cat note; exit 3");
        Eventually.until("it ended", () -> !rig.condition(instance).isRunning());
        assertThat(rig.condition(instance)).isEqualTo(new Condition(false, false, "exit code 3"));
        Eventually.until("its last word is read", () -> outputOf(instance).contains("mine\n"));
        String output = output(instance, 100);
        assertThat(output).doesNotContain("secret", "hers", ProcessRig.TOKEN);
        assertThat(output.lines().filter(line -> line.endsWith("Permission denied")))
                .hasSize(4);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(rig.work("a"))))
                .isEqualTo("rwx------");
        assertThat(await(rig.runtime.diskBytes(instance.id())))
                .as("whole blocks, and a place in a folder")
                .isBetween(5L, 12_288L);
    }

    @Test
    void its_limits_bind() throws Exception {
        Resources small = new Resources(32L << 20, 500, 8, 1L << 20);
        Instance files =
                rig.start("a", small, List.of("/bin/sh", "-c", "head -c 3000000 /dev/zero > big; wc -c < big"));
        Eventually.until("it ended", () -> !rig.condition(files).isRunning());
        // what it wrote last is read behind its end
        Eventually.until("a file stops growing", () -> outputOf(files).contains("1048576"));
        Instance forks = rig.start(
                "b", small, List.of("/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 30 & done; " + STAY));
        Eventually.until("a fork failed", () -> outputOf(forks).contains("fork"));
        Instance memory = rig.start(
                "c",
                small,
                List.of("python3", "-c", "x = bytearray(16 << 20); print('small', flush=True); bytearray(64 << 20)"));
        Eventually.until("it ended", () -> !rig.condition(memory).isRunning());
        Eventually.until("memory is refused", () -> outputOf(memory).contains("MemoryError"));
        assertThat(outputOf(memory)).contains("small");
        assertThat(Files.readString(
                        proc(rig.start("d", small, List.of("sleep", "60"))).resolve("limits")))
                .containsPattern("Max core file size +0 +0")
                .containsPattern("Max open files +4096 +4096");
    }

    @Test
    void stop_asks_in_peace_first() throws Exception {
        Instance instance = rig.start("a", "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done");
        Eventually.until("it is up", () -> outputOf(instance).contains("up"));
        CompletableFuture<String> told = new CompletableFuture<>();
        rig.runtime.onEnd(told::complete);
        await(rig.runtime.stop(instance.id(), Duration.ofSeconds(20)));
        assertThat(told.get(30, TimeUnit.SECONDS)).isEqualTo(instance.id());
        assertThat(Files.readString(rig.settings.data().resolve("logs/a.log"))).isEqualTo("up\nbye\n");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(rig.settings.data().resolve("logs/a.log"))))
                .isEqualTo("rw-------");
        assertThat(rig.condition(instance)).isEqualTo(Condition.GONE);
        await(rig.runtime.stop(instance.id(), Duration.ofSeconds(20)));
        await(rig.runtime.stop("1-nobody", Duration.ofSeconds(20)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void stop_ends_grandchildren_that_left_its_session_and_ignore_signals(boolean ownUsers) throws Exception {
        try (ProcessRig own = new ProcessRig(home, ownUsers)) {
            Instance instance = own.start(
                    "a", "trap '' TERM; setsid sh -c 'trap \"\" TERM; " + STAY + "' & setsid sleep 300 & " + STAY);
            Eventually.until("they run", () -> processesWith(instance.start()).size() >= 4);
            await(own.runtime.stop(instance.id(), Duration.ofMillis(100)));
            Eventually.until(
                    "what was killed has ended",
                    () -> processesWith(instance.start()).isEmpty());
        }
    }

    @Test
    void what_it_left_running_ends_when_it_ends_by_itself() throws Exception {
        CompletableFuture<String> told = new CompletableFuture<>();
        rig.runtime.onEnd(told::complete);
        Instance instance = rig.start("a", "setsid sleep 300 & setsid sleep 300 & sleep 0.2; exit 0");
        assertThat(told.get(20, TimeUnit.SECONDS)).isEqualTo(instance.id());
        assertThat(rig.condition(instance)).isEqualTo(new Condition(false, true, "exit code 0"));
        Eventually.until(
                "what was killed has ended",
                () -> processesWith(instance.start()).isEmpty());
    }

    @Test
    void leftovers_of_an_earlier_mesh_of_this_home_are_ended_and_others_are_not() throws Exception {
        Instance running = rig.start("a", STAY);
        assertThat(await(rig.runtime.survivors())).isEmpty();
        assertThat(rig.condition(running).isRunning())
                .as("one that this mesh started")
                .isTrue();
        Path other = Files.createDirectories(home.resolve("other"));
        try (ProcessRig next = new ProcessRig(other, true)) {
            assertThat(await(next.runtime.survivors())).isEmpty();
            assertThat(rig.condition(running).isRunning())
                    .as("one of another home")
                    .isTrue();
        }
        ProcessRuntime restarted = new ProcessRuntime(rig.vertx, rig.settings);
        assertThat(await(restarted.survivors())).isEmpty();
        Eventually.until("it ended", () -> !rig.condition(running).isRunning());
        Eventually.until("all of it ended", () -> processesWith(running.start()).isEmpty());
        await(restarted.close());
    }

    @Test
    void a_program_that_is_not_there_says_so() {
        assertThatThrownBy(() -> rig.start("a", Resources.DEFAULTS, List.of("/no/such/program")))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        RuntimeFault.class, fault -> assertThat(fault.kind()).isEqualTo(RuntimeFault.Kind.UNSTARTABLE))
                .hasMessage("agent a: /no/such/program cannot be started: there is no such program, or its user may not"
                        + " run it");
    }

    @Test
    void its_output_is_bounded_and_followed() throws Exception {
        Instance instance = rig.start(
                "a", "seq 1 400000; echo the end; while [ ! -e go ]; do sleep 0.05; done; echo and on; exit 0");
        Eventually.until("it wrote", () -> outputOf(instance).endsWith("the end\n"));
        assertThat(output(instance, 3)).isEqualTo("399999\n400000\nthe end\n");
        Path logs = rig.settings.data().resolve("logs");
        assertThat(Files.size(logs.resolve("a.log"))).isLessThanOrEqualTo(OutputFile.MOST_BYTES);
        assertThat(Files.size(logs.resolve("a.log.1"))).isLessThanOrEqualTo(OutputFile.MOST_BYTES);
        List<String> seen = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> ended = new CompletableFuture<>();
        var _ = await(rig.runtime
                .logs(instance.id(), 1, true)
                .map(stream -> stream.handler(text -> seen.add(text.toString())).endHandler(ended::complete)));
        Eventually.until("the tail came", () -> String.join("", seen).equals("the end\n"));
        Files.writeString(rig.work("a").resolve("go"), "");
        assertThat(ended.get(20, TimeUnit.SECONDS)).isNull();
        assertThat(String.join("", seen)).isEqualTo("the end\nand on\n");
    }

    @Test
    void the_agent_that_comes_along_answers_whoever_has_its_token_and_writes_its_own_workspace() throws Exception {
        Instance instance = await(rig.runtime.start(ProcessRig.launch(
                "a",
                Resources.DEFAULTS,
                List.of(),
                Map.of(
                        "AGENT_ID", "a",
                        "AGENT_ROLE", "testing",
                        "MESH_URL", "http://127.0.0.1:9",
                        "MESH_AUTH_TOKEN", ProcessRig.TOKEN,
                        "MESH_INBOUND_TOKEN", "inbound",
                        "LLM_MODEL", "demo/small"))));
        URI address = java.util.Objects.requireNonNull(instance.address());
        Eventually.until("it answers", () -> status(address, "inbound") == 200);
        assertThat(status(address, "guessed")).isEqualTo(401);
        assertThat(await(rig.runtime.ownsAddress(instance.id()))).isTrue();
        assertThat(ProcessState.of(pid(instance)).flaw(rig.place("a").user())).isEmpty();
        await(rig.runtime.stop(instance.id(), Duration.ofSeconds(10)));
        Eventually.until(
                "all of it ended", () -> processesWith(instance.start()).isEmpty());
    }

    private static int status(URI address, String token) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(address.resolve("/status"))
                                    .header("Authorization", "Bearer " + token)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        } catch (IOException | InterruptedException notYet) {
            return 0;
        }
    }

    private static Path proc(Instance instance) {
        return Path.of("/proc", String.valueOf(pid(instance)));
    }

    private Path workOf(String agent) {
        try {
            return rig.work(agent);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private String outputOf(Instance instance) {
        try {
            return output(instance, 20);
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
    }

    private String output(Instance instance, int tail) throws Exception {
        Buffer all = Buffer.buffer();
        CompletableFuture<Void> ended = new CompletableFuture<>();
        var _ = await(rig.runtime
                .logs(instance.id(), tail, false)
                .map(stream -> stream.handler(all::appendBuffer).endHandler(ended::complete)));
        assertThat(ended.get(20, TimeUnit.SECONDS)).isNull();
        return all.toString();
    }
}
