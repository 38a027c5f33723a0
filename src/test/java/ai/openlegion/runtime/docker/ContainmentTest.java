package ai.openlegion.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fleet.Resources;
import ai.openlegion.runtime.Instance;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.scenario.NeedsDocker;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an agent finds when it looks around in its container, on the real engine.
@Timeout(180)
@NeedsDocker(runtimes = "runsc")
class ContainmentTest {

    private static final String[] SLEEP = {"sleep", "600"};

    @Test
    void an_agent_is_nobody_in_particular_and_can_become_nobody_else() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance alpha = fleet.start("alpha", SLEEP);

            assertThat(alpha.isConfined()).as(alpha.flaw()).isTrue();
            assertThat(Fleet.inside(alpha, "id -u; id -g; id -G; hostname").lines())
                    .containsExactly("1000", "1000", "1000", "alpha");
            assertThat(status(alpha))
                    .contains(
                            "CapInh: 0000000000000000",
                            "CapPrm: 0000000000000000",
                            "CapEff: 0000000000000000",
                            "CapBnd: 0000000000000000",
                            "NoNewPrivs: 1",
                            "Seccomp: 2");
            assertThat(Fleet.inside(alpha, "cat /proc/1/comm")).isEqualTo("docker-init");
        }
    }

    @Test
    void an_agent_writes_to_its_volume_and_to_memory_and_nowhere_else() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance alpha = fleet.start("alpha", SLEEP);

            assertThat(Fleet.inside(alpha, "touch /data/x && echo written")).isEqualTo("written");
            for (String place :
                    List.of("/x", "/etc/x", "/usr/bin/x", "/opt/x", "/dev/x", "/sys/x", "/proc/sys/kernel/x")) {
                assertThat(Fleet.inside(alpha, "touch " + place + " && echo written"))
                        .as(place)
                        .doesNotContain("written");
            }
            assertThat(Fleet.inside(alpha, "cp /bin/true /tmp/t && /tmp/t && echo ran"))
                    .contains("Permission denied")
                    .doesNotContain("ran");
            assertThat(Fleet.inside(alpha, "grep ' /tmp ' /proc/mounts"))
                    .contains("nosuid", "nodev", "noexec", "size=102400k");
            assertThat(Fleet.inside(alpha, "head -c 110000000 /dev/zero >/tmp/big; wc -c </tmp/big"))
                    .contains("No space left");
            assertThat(Fleet.inside(
                                    alpha,
                                    "awk '$3!=\"proc\"&&$3!~/tmpfs|cgroup|sysfs|devpts|mqueue|overlay/{print $2}' /proc/mounts")
                            .lines())
                    .containsExactlyInAnyOrder(
                            "/data", "/etc/resolv.conf", "/etc/hostname", "/etc/hosts", "/usr/sbin/docker-init");
            assertThat(Fleet.inside(alpha, "find / -xdev -type s 2>/dev/null; ls /var/run/docker.sock"))
                    .contains("No such file");
        }
    }

    @Test
    void an_agent_sees_the_variables_it_was_given_and_the_images() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance alpha = fleet.start("alpha", SLEEP);

            Stream<String> images = Fleet.docker(
                            "image",
                            "inspect",
                            "--format",
                            "{{range .Config.Env}}{{println .}}{{end}}",
                            NeedsDocker.IMAGE)
                    .lines()
                    .map(line -> line.replaceFirst("=.*", ""));
            assertThat(Fleet.inside(alpha, "tr '\\0' '\\n' </proc/1/environ | sed 's/=.*//'")
                            .lines())
                    .containsExactlyInAnyOrderElementsOf(Stream.concat(
                                    images, Stream.of("AGENT_ID", "MESH_AUTH_TOKEN", "MESH_URL", "HOSTNAME", "HOME"))
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"runc", "runsc"})
    void what_takes_too_much_memory_is_killed_and_the_reason_is_told(String oci) throws Exception {
        try (Fleet fleet = new Fleet(oci)) {
            fleet.prepare();
            Resources small = new Resources(96L << 20, 500, 128, 1L << 30);
            Instance hog =
                    fleet.start("hog", small, "python3", "-c", "a=[]\nwhile True: a.append(bytearray(b'x'*1048576))");

            Eventually.until("the hog is killed", () -> !look(fleet, hog).isRunning());
            assertThat(look(fleet, hog).why()).isEqualTo("killed: out of memory");
        }
    }

    @Test
    void a_fork_bomb_stops_at_the_limit_and_the_rest_goes_on() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Resources few = new Resources(256L << 20, 500, 40, 1L << 30);
            Instance bomb = fleet.start("bomb", few, "python3", "-uc", """
                    import os, time
                    n = 0
                    try:
                        while n < 1000:
                            if os.fork() == 0:
                                time.sleep(600)
                            n += 1
                    except OSError as full:
                        print("stopped after", n, full.strerror)
                    time.sleep(600)
                    """);

            Eventually.until(
                    "the bomb is stopped", () -> Fleet.docker("logs", bomb.id()).contains("stopped"));
            // one of the limit's 40 is the init, one the program
            assertThat(Fleet.docker("logs", bomb.id())).isEqualTo("stopped after 38 Resource temporarily unavailable");
            assertThat(look(fleet, bomb).isRunning()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"runc", "runsc"})
    void an_agent_gets_its_share_of_a_processor_and_no_more(String oci) throws Exception {
        try (Fleet fleet = new Fleet(oci)) {
            fleet.prepare();
            Resources quarter = new Resources(256L << 20, 250, 128, 1L << 30);
            Instance busy = fleet.start("busy", quarter, "python3", "-c", "while True: pass");

            // in this order, and read in the other: what passes between the two is no work that is counted
            long from = System.nanoTime();
            long before = cpuNanos(busy);
            Eventually.until("three seconds of work", () -> System.nanoTime() - from > 3_000_000_000L);
            double share = (cpuNanos(busy) - before) / (double) (System.nanoTime() - from);
            assertThat(share).as("share of a processor under " + oci).isBetween(0.02, 0.35);
        }
    }

    @Test
    void under_gvisor_an_agent_meets_another_kernel_and_the_same_walls() throws Exception {
        try (Fleet fleet = new Fleet("runsc")) {
            fleet.prepare();
            Instance alpha = fleet.start("alpha", SLEEP);

            assertThat(alpha.isConfined()).as(alpha.flaw()).isTrue();
            assertThat(Fleet.inside(alpha, "uname -r")).isEqualTo("4.4.0");
            assertThat(Fleet.inside(alpha, "id -u; id -g; hostname").lines()).containsExactly("1000", "1000", "alpha");
            assertThat(status(alpha)).contains("CapEff: 0000000000000000", "CapBnd: 0000000000000000");
            assertThat(Fleet.inside(alpha, "touch /data/x && echo written")).isEqualTo("written");
            assertThat(Fleet.inside(alpha, "touch /x /etc/x && echo written")).doesNotContain("written");
            assertThat(Fleet.inside(alpha, "cp /bin/true /tmp/t && /tmp/t && echo ran"))
                    .doesNotContain("ran");
            // gVisor does not show these two inside
            assertThat(Fleet.docker(
                            "inspect", "--format", "{{.HostConfig.SecurityOpt}} {{.HostConfig.Runtime}}", alpha.id()))
                    .isEqualTo("[no-new-privileges] runsc");
        }
    }

    private static List<String> status(Instance instance) {
        return Fleet.inside(instance, "cat /proc/self/status")
                .lines()
                .map(line -> line.replaceAll("\\s+", " "))
                .toList();
    }

    private static ai.openlegion.runtime.Condition look(Fleet fleet, Instance instance) {
        try {
            return Fleet.await(fleet.runtime.look(instance.id()));
        } catch (ai.openlegion.runtime.RuntimeFault fault) {
            throw new AssertionError(fault);
        }
    }

    /// What the engine counts of a container's processor time.
    private static long cpuNanos(Instance instance) {
        String stats = Fleet.command(Stream.of(
                        "curl",
                        "-s",
                        "--unix-socket",
                        "/var/run/docker.sock",
                        "http://engine/containers/" + instance.id() + "/stats?stream=false&one-shot=true")
                .toArray(String[]::new));
        return new io.vertx.core.json.JsonObject(stats)
                .getJsonObject("cpu_stats")
                .getJsonObject("cpu_usage")
                .getLong("total_usage");
    }
}
