package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.simulator.Counts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What agents can do from inside, found out by their own commands: one in a hardened container, one under gVisor, and
/// some that behave badly, all run by one mesh on the real engine.
@Timeout(300)
@ExtendWith(LogOnFailure.class)
@NeedsDocker(runtimes = "runsc")
class ContainerScenarioTest {

    private static final Duration LONG = Duration.ofSeconds(150);
    private static final String ALLOWED = "\"allowed_apis\": [\"llm\"], \"can_message\": [\"*\"]";
    private static final long SMALL_INPUT = 1_000_000;
    private static final long SMALL_OUTPUT = 2_000_000;

    private static Upstream upstream;
    private static Mesh mesh;
    private static RunAgents agents;
    private static Docker docker;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        MeshHome home = MeshHome.in(upstream)
                .supervision("sandbox: [kata, runsc], start_seconds: 200, health_seconds: 1, health_failures: 60,"
                        + " restart_backoff_seconds: 1, restarts_per_hour: 20, stop_seconds: 2")
                .supervised("contained", "runtime: docker", ALLOWED)
                .supervised("sandboxed", "runtime: sandbox", ALLOWED)
                .supervised(
                        "neighbour",
                        program(
                                "docker",
                                "",
                                "import http.server as h\n" + "h.test(h.SimpleHTTPRequestHandler, port=8400)"),
                        ALLOWED)
                .supervised("chosen", program("auto", "", "import time; time.sleep(10000)"), ALLOWED)
                .supervised("hog", program("docker", "", """
                        import os, time
                        if not os.path.exists('/data/hogged'):
                            open('/data/hogged', 'w').close()
                            a = []
                            while True:
                                a.append(bytearray(b'x' * 1048576))
                        time.sleep(10000)
                        """), ALLOWED)
                .supervised("filler", program("docker", ", resources: {disk: 20m}", """
                        import time
                        for i in range(60):
                            open(f'/data/{i}', 'wb').write(b'x' * 1048576)
                        time.sleep(10000)
                        """), ALLOWED);
        docker = Docker.of(home);
        mesh = Mesh.start(home);
        agents = new RunAgents(mesh);
    }

    private static String program(String runtime, String more, String python) {
        return "runtime: " + runtime + ", server: false" + more + ", command: "
                + new JsonArray(List.of("python3", "-c", python)).encode();
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.terminate();
        int exit = mesh.awaitExit();
        List<String> left = Stream.of(docker.containers(), docker.networks(), docker.rules())
                .flatMap(List::stream)
                .toList();
        docker.sweep();
        mesh.close();
        upstream.close();
        assertThat(exit).isZero();
        assertThat(left).as("what a stop leaves behind").isEmpty();
    }

    private static void awaitState(String agent, String state) {
        Eventually.until(agent + " is " + state, LONG, () -> agents.state(agent).equals(state));
    }

    private static Hands hands(String agent) {
        awaitState(agent, "ready");
        return new Hands(mesh, agent);
    }

    private static String container(String agent) {
        JsonObject found = agents.find(agent);
        return found == null ? "" : found.getString("container", "");
    }

    private static String boundary(String agent) {
        JsonObject found = agents.find(agent);
        return found == null ? "" : found.getString("boundary");
    }

    @Test
    void a_command_of_the_agent_has_no_power_over_its_container() {
        Hands hands = hands("contained");
        assertThat(hands.command("id -u; id -g; id -G").lines()).containsExactly("1000", "1000", "1000");
        assertThat(hands.command("grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp:' /proc/self/status")
                        .lines()
                        .map(line -> line.replaceAll("\\s+", " ")))
                .containsExactly(
                        "CapInh: 0000000000000000",
                        "CapPrm: 0000000000000000",
                        "CapEff: 0000000000000000",
                        "CapBnd: 0000000000000000",
                        "CapAmb: 0000000000000000",
                        "NoNewPrivs: 1",
                        "Seccomp: 2");
        assertThat(hands.command(
                        "mount -o remount,rw / && echo done; unshare -r true && echo done; dmesg && echo done"))
                .doesNotContain("done");
    }

    @ParameterizedTest
    @ValueSource(strings = {"contained", "sandboxed"})
    void only_its_own_data_can_be_written_and_nothing_of_the_host_is_there(String agent) {
        Hands hands = hands(agent);
        assertThat(hands.command("for d in / /etc /opt/agent /usr/bin /dev /var/tmp /root; do"
                        + " touch $d/x && echo wrote $d; done; touch /tmp/x /data/x && echo both;"
                        + " cp /bin/true /tmp/t && /tmp/t && echo ran"))
                .contains("both")
                .doesNotContain("wrote", "ran");
        assertThat(hands.command("id -u; grep CapEff /proc/self/status | tr -d '[:space:]'")
                        .lines())
                .containsExactly("1000", "CapEff:0000000000000000");
        Set<String> mounted = Set.of(
                "/",
                "/tmp",
                "/data",
                "/etc/resolv.conf",
                "/etc/hostname",
                "/etc/hosts",
                "/usr/sbin/docker-init",
                "/sbin/docker-init");
        assertThat(hands.command("cut -d ' ' -f 5 /proc/self/mountinfo").lines())
                .contains("/data")
                .allMatch(place -> mounted.contains(place) || place.matches("/(proc|sys|dev)(/.*)?"), "expected");
        assertThat(hands.command("find / /data /tmp /dev -xdev -type s 2>/dev/null; ls /run /var/run"))
                .doesNotContain("sock");
        assertThat(docker.run(
                        "inspect",
                        "--format",
                        "{{len .Mounts}} {{(index .Mounts 0).Destination}}"
                                + " {{.HostConfig.SecurityOpt}} {{.HostConfig.ReadonlyRootfs}}",
                        container(agent)))
                .isEqualTo("1 /data [no-new-privileges] true");
    }

    @Test
    void under_gvisor_the_kernel_is_another_and_auto_chooses_it() {
        String own = Docker.program(List.of("uname", "-r")).output().strip();
        assertThat(hands("contained").command("uname -r")).isEqualTo(own);
        assertThat(hands("sandboxed").command("uname -r")).isNotEqualTo(own).isEqualTo("4.4.0");
        awaitState("chosen", "ready");
        for (String agent : List.of("sandboxed", "chosen")) {
            assertThat(boundary(agent)).isEqualTo("user-space kernel");
            assertThat(docker.run("inspect", "--format", "{{.HostConfig.Runtime}}", container(agent)))
                    .isEqualTo("runsc");
        }
        assertThat(boundary("contained")).isEqualTo("shared kernel");
        assertThat(mesh.log()).contains("runtime auto chose runsc");
        assertThat(mesh.control("GET", "/control/status", null).body()).contains("runtime auto chose runsc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"contained", "sandboxed"})
    void an_agent_reaches_the_mesh_and_nobody_else(String agent) throws Exception {
        Hands hands = hands(agent);
        awaitState("neighbour", "ready");
        try (Outsider outsider = new Outsider(docker.label());
                ServerSocket decoy = new ServerSocket(0, 50)) {
            int port = decoy.getLocalPort();
            List<String> others = List.of(docker.address(container("neighbour")) + ":8400", outsider.host() + ":8400");
            Eventually.until("the host reaches both", () -> others.stream().allMatch(Reach::opens));
            assertThat(Reach.opens("127.0.0.1:" + port)).isTrue();
            decoy.accept().close();

            String door = docker.variable(container(agent), "MESH_URL").substring("http://".length());
            List<String> closed = Stream.of(
                            others.stream(),
                            Reach.addresses().map(host -> host + ":" + port),
                            Reach.addresses().map(host -> host + ":" + mesh.controlPort()),
                            Stream.of("1.1.1.1:443", "8.8.8.8:53", "169.254.169.254:80"))
                    .flatMap(each -> each)
                    .toList();
            assertThat(closed).hasSizeGreaterThan(8);
            String answers = hands.python(
                    """
                    import socket, sys
                    from concurrent.futures import ThreadPoolExecutor
                    def attempt(place):
                        host, port = place.rsplit(':', 1)
                        try:
                            socket.create_connection((host, int(port)), 2).close()
                            return place + ' open'
                        except OSError:
                            return place + ' closed'
                    with ThreadPoolExecutor(8) as pool:
                        for line in pool.map(attempt, sys.argv[1:]):
                            print(line)
                    """, Stream.concat(Stream.of(door), closed.stream()).toArray(String[]::new));
            assertThat(answers.lines())
                    .containsExactlyElementsOf(Stream.concat(
                                    Stream.of(door + " open"), closed.stream().map(each -> each + " closed"))
                            .toList());
            decoy.setSoTimeout(100);
            assertThat(Reach.accepts(decoy)).as("what came to the decoy").isZero();
        }
        // names of the fleet's own containers are known to the engine's resolver; what they stand for was closed above
        assertThat(hands.command("for n in example.com deb.debian.org mesh; do getent hosts $n & done; wait; echo end"))
                .isEqualTo("end");
    }

    @Test
    void a_memory_hog_among_its_commands_is_killed_below_the_limit_and_the_agent_lives() {
        Hands hands = hands("contained");
        String before = container("contained");
        JsonObject hog = hands.run("""
                python3 -uc '
                a = []
                while True:
                    a.append(bytearray(b"x" * 1048576))
                    print(len(a))' | tail -n 1
                """, 60);
        assertThat(Integer.parseInt(
                        hog.getString("stdout").strip().lines().toList().getLast()))
                .as("MiB")
                .isBetween(64, 511);
        assertThat(hands.command("echo alive")).isEqualTo("alive");
        assertThat(container("contained")).isEqualTo(before);
    }

    @Test
    void an_agent_that_takes_too_much_memory_is_killed_and_started_again() {
        Eventually.until("the hog was started again", LONG, () -> agents.restarts("hog") == 1);
        awaitState("hog", "ready");
        assertThat(mesh.log()).contains("out of memory");
        assertThat(docker.run(
                        "inspect", "--format", "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}", container("hog")))
                .isEqualTo("536870912 536870912");
    }

    @Test
    void a_disk_filler_is_stopped() {
        awaitState("filler", "failed");
        assertThat(mesh.log()).containsPattern("filler failed: disk: \\d+ of 20971520 bytes");
        Eventually.until("its container is gone", () -> container("filler").isEmpty());
        assertThat(docker.run("ps", "--all", "--quiet", "--filter", "name=" + docker.name() + "-filler"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"contained", "sandboxed"})
    void a_spinner_gets_half_a_processor(String agent) {
        Hands hands = hands(agent);
        String container = container(agent);
        // in this order, and read in the other: what passes between the two is no work that is counted
        long from = System.nanoTime();
        long before = docker.processorNanos(container);
        assertThat(hands.python("""
                import os, time
                end = time.time() + 5
                for i in range(3):
                    if os.fork() == 0:
                        while time.time() < end:
                            pass
                        os._exit(0)
                for i in range(3):
                    os.wait()
                print('done')
                """)).isEqualTo("done");
        double share = (docker.processorNanos(container) - before) / (double) (System.nanoTime() - from);
        assertThat(share).as("share of one processor").isBetween(0.05, 0.55);
    }

    @Test
    void a_fork_bomb_stops_at_256_processes_and_the_agent_lives() {
        Hands hands = hands("contained");
        String before = container("contained");
        String bomb = hands.python("""
                import os, signal, time
                kids = []
                try:
                    while len(kids) < 2000:
                        kid = os.fork()
                        if kid == 0:
                            time.sleep(60)
                            os._exit(0)
                        kids.append(kid)
                except OSError as full:
                    print(len(kids), full.strerror)
                for kid in kids:
                    os.kill(kid, signal.SIGKILL)
                """);
        assertThat(bomb).endsWith("Resource temporarily unavailable");
        assertThat(Integer.parseInt(bomb.split(" ")[0])).isBetween(150, 255);
        assertThat(hands.command("echo alive")).isEqualTo("alive");
        assertThat(container("contained")).isEqualTo(before);
    }

    @Test
    void under_gvisor_a_fork_bomb_ends_the_sandbox_and_the_agent_is_started_again() {
        Hands hands = hands("sandboxed");
        int restarts = agents.restarts("sandboxed");
        String before = container("sandboxed");
        Thread bomb = Thread.ofVirtual().start(() -> {
            var _ = hands.say(Hands.directive(Hands.call(
                    "run_command",
                    new JsonObject().put("command", "for i in $(seq 1000); do sleep 100 & done; wait"))));
        });
        Eventually.until("it was started again", LONG, () -> agents.restarts("sandboxed") > restarts);
        awaitState("sandboxed", "ready");
        assertThat(container("sandboxed")).isNotEqualTo(before);
        assertThat(docker.isRunning(before)).isFalse();
        assertThat(new Hands(mesh, "sandboxed").command("echo alive")).isEqualTo("alive");
        bomb.interrupt();
    }

    @ParameterizedTest
    @ValueSource(strings = {"contained", "sandboxed"})
    void a_task_of_five_tool_calls_is_done_and_booked_as_the_upstream_counted(String agent) {
        var _ = hands(agent);
        upstream.reset();
        Spend before = mesh.settledSpend(agent);
        String script = Hands.directive(
                Hands.call(
                        "write_file", new JsonObject().put("path", "note.txt").put("content", "forty-two")),
                Hands.call("read_file", new JsonObject().put("path", "note.txt")),
                Hands.call(
                        "run_command", new JsonObject().put("command", "wc -c </data/workspace/note.txt || ls /data")),
                Hands.call("list_files", new JsonObject()),
                Hands.call("get_status", new JsonObject()));
        Reply asked = mesh.control(
                "POST",
                "/control/agents/" + agent + "/tasks",
                new JsonObject()
                        .put("task_type", "five")
                        .put("input_data", new JsonObject().put("do", script))
                        .put("timeout", 120));
        assertThat(asked.status()).as(asked.body()).isEqualTo(202);
        String path = "/control/tasks/" + asked.json().getString("task_id");
        Eventually.until(
                "the task is over",
                LONG,
                () -> !Set.of("queued", "running")
                        .contains(mesh.control("GET", path, null).json().getString("status")));
        JsonObject task = mesh.control("GET", path, null).json();
        assertThat(task.getString("status")).as(task.encode()).isEqualTo("complete");
        assertThat(task.getValue("result").toString()).contains("Here answer flows");
        Counts counts = upstream.counts();
        assertThat(counts.requests())
                .as("five with a call, one with the answer")
                .isEqualTo(6);
        long cost = counts.inputTokens() * SMALL_INPUT + counts.outputTokens() * SMALL_OUTPUT;
        assertThat(task.getLong("tokens_used")).isEqualTo(counts.inputTokens() + counts.outputTokens());
        assertThat(Spend.pico(task, "cost_usd")).isEqualTo(cost);
        assertThat(mesh.settledSpend(agent).spent() - before.spent()).isEqualTo(cost);
        assertThat(hands(agent).command("cat $(find /data -name note.txt)")).isEqualTo("forty-two");
    }
}
