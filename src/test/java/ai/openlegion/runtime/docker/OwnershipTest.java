package ai.openlegion.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Resources;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.runtime.AgentRuntime.LogStream;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.FolderSize;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.runtime.RuntimeFault.Kind;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.scenario.NeedsDocker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a runtime finds, keeps, measures and removes on an engine that others use too.
@Timeout(180)
@NeedsDocker(runtimes = "runsc")
class OwnershipTest {

    private static final Duration NOW = Duration.ZERO;

    @Test
    void what_still_runs_is_found_again_by_label_and_is_as_confined_as_before() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance alpha = fleet.start("alpha", "sleep", "600");
            DockerRuntime later = new DockerRuntime(fleet.vertx, fleet.settings);

            List<Instance> found = Fleet.await(later.survivors());

            assertThat(found).hasSize(1);
            Instance again = found.getFirst();
            assertThat(again.isConfined()).as(again.flaw()).isTrue();
            assertThat(again.id()).isEqualTo(alpha.id());
            assertThat(again.start()).isEqualTo("start-1");
            assertThat(again.address()).isEqualTo(alpha.address());
            TokenDigest token = again.token();
            assertThat(token != null && token.matches("ol_token-of-alpha")).isTrue();

            Fleet.docker("kill", alpha.id());
            assertThat(Fleet.await(later.survivors()).getFirst().flaw())
                    .isEqualTo("it does not run: exit code 137 (signal 9)");
            Fleet.await(later.close());
        }
    }

    @Test
    void a_container_made_by_hand_with_our_labels_is_found_out() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance honest = fleet.start("honest", "sleep", "600");
            String[] labels = Fleet.docker(
                            "inspect",
                            "--format",
                            "{{range $k, $v := .Config.Labels}}{{println $k \"=\" $v}}{{end}}",
                            honest.id())
                    .lines()
                    .filter(line -> line.startsWith("openlegion."))
                    .map(line -> "--label=" + line.replaceFirst(" = ", "=").replace("=honest", "=forged"))
                    .toArray(String[]::new);
            String volume = fleet.marks().container(new AgentId("forged"));
            Fleet.docker(
                    "volume",
                    "create",
                    "--label",
                    Marks.HOME + "=" + fleet.marks().home(),
                    volume);

            for (List<String> weaker : List.of(
                    List.of("--privileged"),
                    List.of("--volume", "/etc:/host"),
                    List.of("--cap-add", "SYS_PTRACE"),
                    List.of("--security-opt", "seccomp=unconfined"),
                    List.of("--env", "OPENAI_API_KEY=sk-live"))) {
                List<String> run = new java.util.ArrayList<>(List.of("run", "-d"));
                run.addAll(Arrays.asList(labels));
                run.addAll(List.of(
                        "--user=1000:1000",
                        "--network=" + fleet.marks().network(),
                        "--cap-drop=ALL",
                        "--init",
                        "--security-opt=no-new-privileges",
                        "--read-only",
                        "--volume=" + volume + ":/data"));
                run.addAll(weaker);
                run.addAll(List.of("--entrypoint", "sleep", NeedsDocker.IMAGE, "600"));
                String id = Fleet.docker(run.toArray(String[]::new))
                        .lines()
                        .toList()
                        .getLast();

                Instance forged = Fleet.await(fleet.runtime.survivors()).stream()
                        .filter(instance -> instance.id().equals(id))
                        .findFirst()
                        .orElseThrow();
                assertThat(forged.isConfined()).as(weaker.toString()).isFalse();
                assertThat(forged.flaw()).as(weaker.toString()).isNotEmpty();
                Fleet.await(fleet.runtime.stop(id, NOW));
            }
            assertThat(Fleet.await(fleet.runtime.survivors())).hasSize(1);
        }
    }

    @Test
    void what_another_home_runs_is_neither_listed_nor_stopped() throws Exception {
        try (Fleet fleet = new Fleet(null);
                Fleet other = new Fleet(null)) {
            fleet.prepare();
            other.prepare();
            Instance theirs = other.start("alpha", "sleep", "600");
            String decoy = Fleet.docker(
                    "run",
                    "-d",
                    "--rm",
                    "--network",
                    "none",
                    "--name",
                    fleet.marks().container(new AgentId("alpha")) + "-2",
                    "--entrypoint",
                    "sleep",
                    NeedsDocker.IMAGE,
                    "600");
            try {
                assertThat(Fleet.await(fleet.runtime.survivors())).isEmpty();
                for (String id : List.of(theirs.id(), decoy)) {
                    assertThat(Fleet.fault(fleet.runtime.stop(id, NOW))).hasMessageContaining("somebody else");
                    assertThat(Fleet.docker("inspect", "--format", "{{.State.Running}}", id))
                            .isEqualTo("true");
                }
            } finally {
                Fleet.docker("rm", "-f", decoy);
            }
        }
    }

    @Test
    void a_name_that_somebody_else_has_is_left_to_him_and_a_leftover_of_ours_makes_way() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            String name = fleet.marks().container(new AgentId("alpha"));
            Instance first = fleet.start("alpha", "sleep", "600");
            Instance second = fleet.start("alpha", "sleep", "600");
            assertThat(second.id()).isNotEqualTo(first.id());
            Fleet.await(fleet.runtime.stop(second.id(), NOW));

            String foreign = Fleet.docker(
                    "run",
                    "-d",
                    "--network",
                    "none",
                    "--name",
                    name,
                    "--entrypoint",
                    "sleep",
                    NeedsDocker.IMAGE,
                    "600");
            try {
                Launch launch = new Launch(new AgentId("alpha"), "s", Agent.Program.OWN, Fleet.ENVIRONMENT);
                assertThat(Fleet.fault(fleet.runtime.start(launch)).kind()).isEqualTo(Kind.UNSTARTABLE);
                assertThat(Fleet.docker("inspect", "--format", "{{.State.Running}}", foreign))
                        .isEqualTo("true");
            } finally {
                Fleet.docker("rm", "-f", "-v", foreign);
            }
        }
    }

    @Test
    void stopping_leaves_no_container_and_keeps_the_volume_until_the_agent_is_forgotten() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance alpha = fleet.start("alpha", "sh", "-c", "echo kept >/data/note; exec sleep 600");
            Eventually.until(
                    "it is written", () -> Fleet.inside(alpha, "cat /data/note").equals("kept"));
            Fleet.await(fleet.runtime.stop(alpha.id(), Duration.ofSeconds(1)));
            Fleet.await(fleet.runtime.stop(alpha.id(), NOW));

            assertThat(Fleet.docker(
                            "ps",
                            "-aq",
                            "--filter",
                            "label=" + Marks.HOME + "=" + fleet.marks().home()))
                    .isEmpty();
            assertThat(Fleet.await(fleet.runtime.look(alpha.id()))).isEqualTo(Condition.GONE);
            Instance again = fleet.start("alpha", "sleep", "600");
            assertThat(Fleet.inside(again, "cat /data/note")).isEqualTo("kept");
            Fleet.await(fleet.runtime.stop(again.id(), NOW));

            Fleet.await(fleet.runtime.forget(again.agent()));
            Fleet.await(fleet.runtime.forget(again.agent()));
            assertThat(Fleet.docker("volume", "ls", "-q"))
                    .doesNotContain(fleet.marks().container(again.agent()));
        }
    }

    @Test
    void a_volume_is_measured_whatever_its_agent_lays_in_it() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance alpha = fleet.start("alpha", "sleep", "600");
            long empty = Fleet.await(fleet.runtime.diskBytes(alpha.id()));
            assertThat(empty).isLessThan(64 << 10);

            Fleet.inside(
                    alpha,
                    "head -c 5000000 /dev/zero >/data/five; ln -s / /data/everything; ln -s /data /data/again;"
                            + " mkfifo /data/pipe; mkdir -p /data/a/b/c; head -c 3000000 /dev/zero >/data/a/b/c/three");
            assertThat(Fleet.await(fleet.runtime.diskBytes(alpha.id()))).isBetween(8_000_000L, 8_200_000L);

            Fleet.inside(alpha, "cd /data; i=0; while [ $i -lt 300 ]; do mkdir d && cd d; i=$((i+1)); done");
            assertThat(Fleet.await(fleet.runtime.diskBytes(alpha.id()))).isEqualTo(FolderSize.IMMEASURABLE);
        }
    }

    @Test
    void the_engine_measures_for_a_mesh_that_may_not_look_itself() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance alpha = fleet.start("alpha", "sh", "-c", "head -c 3000000 /dev/zero >/data/three; exec sleep 600");
            Eventually.until(
                    "it is written",
                    () -> Fleet.inside(alpha, "wc -c </data/three").equals("3000000"));
            Engine engine = new Engine(fleet.vertx, DockerSettings.USUAL_ENGINE, Fleet.CALL);

            long used = Fleet.await(engine.call("measuring", talk -> VolumeSize.asked(talk, alpha.id())));
            assertThat(used).isBetween(2_900_000L, 3_200_000L);
            Fleet.await(engine.close());
        }
    }

    @Test
    void both_streams_of_an_agent_are_told_from_the_tail_on_and_followed_to_its_end() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance alpha = fleet.start(
                    "alpha",
                    "sh",
                    "-c",
                    "echo one; sleep 0.3; echo two >&2; sleep 0.3; echo three; while [ ! -e /data/go ]; do sleep 0.1; done; echo four");
            Eventually.until("it speaks", () -> Fleet.docker("logs", alpha.id()).contains("three"));

            List<String> followed = new CopyOnWriteArrayList<>();
            LogStream stream = Fleet.await(fleet.runtime.logs(alpha.id(), 2, true));
            stream.endHandler(_ -> followed.add("END"));
            stream.handler(text -> followed.add(text.toString()));
            Eventually.until("the tail is told", () -> String.join("", followed).contains("three"));
            Fleet.inside(alpha, "touch /data/go");
            Eventually.until("the end is told", () -> followed.contains("END"));
            assertThat(String.join("", followed)).isEqualTo("two\nthree\nfour\nEND");

            List<String> whole = new CopyOnWriteArrayList<>();
            LogStream all = Fleet.await(fleet.runtime.logs(alpha.id(), 100, false));
            all.endHandler(_ -> whole.add("END"));
            all.handler(text -> whole.add(text.toString()));
            Eventually.until("it ends by itself", () -> whole.contains("END"));
            assertThat(String.join("", whole)).isEqualTo("one\ntwo\nthree\nfour\nEND");
            assertThat(Fleet.await(fleet.runtime.look(alpha.id()))).isEqualTo(Condition.exited(0));
        }
    }

    @Test
    void a_reader_that_does_not_read_stops_the_engine_and_costs_no_memory() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance loud = fleet.start(
                    "loud", "sh", "-c", "yes 0123456789012345678901234567890123456789 | head -n 100000; sleep 600");
            AtomicLong bytes = new AtomicLong();
            LogStream stream = Fleet.await(fleet.runtime.logs(loud.id(), 10_000, true));
            stream.pause();
            stream.handler(text -> bytes.addAndGet(text.length()));
            stream.fetch(3);
            assertThat(Eventually.settled("what is taken", bytes::get))
                    .isPositive()
                    .isLessThanOrEqualTo(3 * (32 << 10));

            stream.resume();
            Eventually.until("the rest comes", () -> bytes.get() >= 41 * 9_000);
            stream.close();
            Eventually.until(
                    "its thread ends",
                    () -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().equals("openlegion-docker-logs")));
        }
    }

    @Test
    void an_image_a_command_or_a_variable_that_cannot_be_is_told_and_leaves_nothing() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            AgentId id = new AgentId("alpha");
            Agent.Program absent = new Agent.Program("nobody/has-this:1", List.of(), Resources.DEFAULTS, true);
            RuntimeFault image = Fleet.fault(fleet.runtime.start(new Launch(id, "s", absent, Fleet.ENVIRONMENT)));
            assertThat(image.kind()).isEqualTo(Kind.UNSTARTABLE);
            assertThat(image).hasMessageContaining("nobody/has-this:1").hasMessageContaining("docker pull");

            Agent.Program wrong = new Agent.Program(null, List.of("/no/such/program"), Resources.DEFAULTS, true);
            // its init runs, and tells that there is nothing to start: the engine itself cannot know
            Instance hopeless = Fleet.await(fleet.runtime.start(new Launch(id, "s", wrong, Fleet.ENVIRONMENT)));
            Eventually.until(
                    "it has ended",
                    () -> Fleet.docker("ps", "-q", "--no-trunc").lines().noneMatch(hopeless.id()::equals));
            assertThat(Fleet.await(fleet.runtime.look(hopeless.id()))).isEqualTo(Condition.exited(127));
            Fleet.await(fleet.runtime.stop(hopeless.id(), NOW));

            RuntimeFault variable = Fleet.fault(fleet.runtime.start(
                    new Launch(id, "s", Agent.Program.OWN, Map.of("OPENLEGION_CRED_OPENAI", "sk-live"))));
            assertThat(variable.kind()).isEqualTo(Kind.UNSTARTABLE);
            assertThat(variable).hasMessageContaining("OPENLEGION_CRED_OPENAI").hasMessageNotContaining("sk-live");
            assertThat(Fleet.await(fleet.runtime.survivors())).isEmpty();
        }
    }

    @Test
    void a_missing_image_of_the_fleet_is_built_by_the_script_beside_the_launcher(@TempDir Path clone) throws Exception {
        Path script = Files.createDirectories(clone.resolve("agent-image")).resolve("build.sh");
        String tag = "openlegion-test-" + ProcessHandle.current().pid() + ":latest";
        Files.writeString(script, """
                #!/bin/sh
                if [ "$1" = --hash ]; then echo hash-2; exit; fi
                echo "step 1/1 making $2; credential: ${OPENLEGION_CRED_X:-none}" >&2
                printf 'FROM %s\\nLABEL openlegion.sources=hash-2\\n' openlegion-agent:latest | docker build -q -t "$2" - >&2
                """);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> progress = new CopyOnWriteArrayList<>();
        try (Fleet fleet = new Fleet(null)) {
            DockerSettings settings = new DockerSettings(
                    fleet.home, null, Set.of(), tag, true, Fleet.CALL, clone.resolve("openlegion"), Fleet.engine());
            DockerRuntime runtime = new DockerRuntime(fleet.vertx, settings);
            Fleet.await(runtime.prepare(List.of("nobody/has-this:1"), Fleet.MESH_PORT, progress::add));
            Eventually.until("progress is told", () -> progress.stream().anyMatch(line -> line.contains("sha256:")));
            assertThat(progress)
                    .contains("there is no image nobody/has-this:1: docker pull nobody/has-this:1, or build it")
                    .contains("step 1/1 making " + tag + "; credential: none");

            int told = progress.size();
            Fleet.await(runtime.prepare(List.of(), Fleet.MESH_PORT, progress::add));
            assertThat(progress).as("it is up to date").hasSize(told);

            Files.writeString(script, Files.readString(script).replace("hash-2", "hash-3"));
            Fleet.await(runtime.prepare(List.of(), Fleet.MESH_PORT, progress::add));
            Eventually.until("it is built anew", () -> progress.size() > told);
            assertThat(Fleet.docker(
                            "image", "inspect", "--format", "{{index .Config.Labels \"openlegion.sources\"}}", tag))
                    .isEqualTo("hash-3");
            Fleet.await(runtime.close());
        } finally {
            Fleet.docker("rmi", "-f", tag);
        }
    }

    @Test
    void a_subnet_that_is_taken_is_passed_over() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            String taken = fleet.marks().network() + "-taken";
            Fleet.docker("network", "create", "--subnet", "10.203.7.0/24", taken);
            Engine engine = new Engine(fleet.vertx, DockerSettings.USUAL_ENGINE, Fleet.CALL);
            try {
                FleetNetwork network = Fleet.await(engine.call(
                        "making a network",
                        talk -> FleetNetwork.ensure(talk, fleet.marks(), List.of("10.203.7.0/24", "10.203.8.0/24"))));
                assertThat(network.gateway()).isEqualTo("10.203.8.1");
            } finally {
                Fleet.docker("network", "rm", taken);
                Fleet.await(engine.close());
            }
        }
        String routes =
                "Iface Destination Gateway Flags RefCnt Use Metric Mask\neth0 0000000A 0 1 0 0 0 000000FF 0 0 0\n";
        assertThat(FleetNetwork.candidates(new Marks("ab".repeat(32)), routes))
                .as("10/8 is routed")
                .hasSize(1);
        assertThat(FleetNetwork.candidates(new Marks("ab".repeat(32)), "")).hasSizeGreaterThan(10);
    }
}
