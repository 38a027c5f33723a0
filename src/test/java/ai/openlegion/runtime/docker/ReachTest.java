package ai.openlegion.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.runtime.Ground;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.scenario.NeedsDocker;
import ai.openlegion.scenario.Outsider;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whom an agent reaches from its container: the mesh's port at the network's gateway, and nobody else.
@Timeout(180)
@NeedsDocker(runtimes = "runsc")
class ReachTest {

    private static final String SERVER = "import http.server as h\nh.test(h.SimpleHTTPRequestHandler, port=8400)";
    private static final String PROBE = """
            import concurrent.futures, socket, sys
            def look(place):
                host, port = place.rsplit(':', 1)
                s = socket.socket(); s.settimeout(1.5)
                try:
                    s.connect((host, int(port))); return place + ' open'
                except OSError as no:
                    return place + ' closed'
            with concurrent.futures.ThreadPoolExecutor(8) as looks:
                for found in looks.map(look, sys.argv[1:]): print(found)
            """;

    /// Opens connections until three in a row are not, says how many it has, and holds them behind its back.
    private static final String HOARD = """
            import os, socket, sys, time
            kept, failed = [], 0
            while failed < 3 and len(kept) < 600:
                s = socket.socket(); s.settimeout(0.5)
                try:
                    s.connect((sys.argv[1], int(sys.argv[2]))); kept.append(s); failed = 0
                except OSError:
                    failed += 1
            print(len(kept), flush=True)
            if os.fork() == 0:
                os.close(1); os.close(2); os.setsid(); time.sleep(60)
            """;

    @ParameterizedTest
    @ValueSource(strings = {"runc", "runsc"})
    void an_agent_reaches_the_mesh_and_no_other_port_of_the_host(String oci) throws Exception {
        try (Fleet fleet = new Fleet(oci)) {
            Ground ground = fleet.prepare();
            Instance alpha = fleet.start("alpha", "sleep", "600");
            try (ServerSocket mesh = new ServerSocket(Fleet.MESH_PORT, 8, InetAddress.getByName(ground.listenOn()));
                    ServerSocket decoy = new ServerSocket(0);
                    ServerSocket neighbour = new ServerSocket(Fleet.MESH_PORT, 8, InetAddress.getByName("127.0.0.3"));
                    DatagramSocket quiet = new DatagramSocket(new InetSocketAddress("0.0.0.0", 0))) {
                String meshPlace = ground.meshHost() + ":" + Fleet.MESH_PORT;
                assertThat(mesh.isBound() && neighbour.isBound()).isTrue();

                assertThat(probe(alpha, Stream.of(meshPlace))).containsExactly(meshPlace + " open");
                assertThat(probe(alpha, addresses().map(host -> host + ":" + decoy.getLocalPort())))
                        .hasSizeGreaterThanOrEqualTo(2)
                        .allMatch(line -> line.endsWith(" closed"));
                assertThat(probe(
                                alpha,
                                addresses()
                                        .filter(host -> !host.equals(ground.meshHost()))
                                        .map(host -> host + ":" + Fleet.MESH_PORT)))
                        .allMatch(line -> line.endsWith(" closed"));

                var _ = Fleet.inside(
                        alpha,
                        "python3 -c 'import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(" + "b\"hello\", (\""
                                + ground.meshHost() + "\", " + quiet.getLocalPort() + "))'");
                assertThat(arrives(quiet)).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"runc", "runsc"})
    void an_agent_reaches_no_other_container_and_the_mesh_reaches_the_agent(String oci) throws Exception {
        try (Fleet fleet = new Fleet(oci);
                Fleet other = new Fleet(null);
                Outsider outsider =
                        new Outsider(Marks.HOME + "=" + fleet.marks().home())) {
            fleet.prepare();
            other.prepare();
            Instance alpha = fleet.start("alpha", "python3", "-c", SERVER);
            Instance beta = fleet.start("beta", "sleep", "600");
            Instance stranger = other.start("stranger", "python3", "-c", SERVER);
            String outside = outsider.host();

            Eventually.until(
                    "the mesh reaches all three",
                    () -> connects(Fleet.address(alpha))
                            && connects(Fleet.address(stranger))
                            && connects(URI.create("http://" + outside + ":8400")));
            assertThat(probe(
                            beta,
                            Stream.of(
                                    Fleet.address(alpha).getHost() + ":8400",
                                    Fleet.address(stranger).getHost() + ":8400",
                                    outside + ":8400",
                                    "1.1.1.1:443",
                                    "169.254.169.254:80")))
                    .hasSize(5)
                    .allMatch(line -> line.endsWith(" closed"));
        }
    }

    @Test
    void an_agent_cannot_take_all_connections_of_the_mesh_also_with_silent_ones() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            Ground ground = fleet.prepare();
            Instance alpha = fleet.start("alpha", "sleep", "600");
            Instance beta = fleet.start("beta", "sleep", "600");
            try (ServerSocket mesh =
                    new ServerSocket(Fleet.MESH_PORT, 1_000, InetAddress.getByName(ground.listenOn()))) {
                String place = ground.meshHost() + ":" + mesh.getLocalPort();

                assertThat(Fleet.inside(
                                alpha, "python3 -c '" + HOARD + "' " + ground.meshHost() + " " + mesh.getLocalPort()))
                        .isEqualTo("256");
                assertThat(probe(beta, Stream.of(place))).containsExactly(place + " open");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"runc", "runsc"})
    void no_name_outside_is_found_and_the_answer_comes_quickly(String oci) throws Exception {
        try (Fleet fleet = new Fleet(oci)) {
            fleet.prepare();
            Instance alpha = fleet.start("alpha", "sleep", "600");

            // a resolver that nobody answers is asked for ten seconds
            assertThat(Fleet.inside(
                            alpha,
                            "from=$(date +%s); getent hosts deb.debian.org || echo unknown;"
                                    + " [ $(($(date +%s) - from)) -ge 8 ] && echo late"))
                    .isEqualTo("unknown");
        }
    }

    @Test
    void without_the_filter_the_hosts_ports_are_open_and_the_operator_is_told() throws Exception {
        try (Fleet fleet = new Fleet(null, false, List.of())) {
            Ground ground = fleet.prepare();
            Instance alpha = fleet.start("alpha", "sleep", "600");
            try (ServerSocket decoy = new ServerSocket(0)) {
                String place = ground.meshHost() + ":" + decoy.getLocalPort();

                assertThat(probe(alpha, Stream.of(place))).containsExactly(place + " open");
                assertThat(ground.remarks())
                        .containsExactly("host filter is off: agents reach every service that listens on this host");
            }
        }
    }

    @Test
    void where_no_rule_can_be_set_the_check_fails_and_says_what_to_do() throws Exception {
        List<String> nobody = List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups");
        try (Fleet fleet = new Fleet(null, true, nobody);
                Fleet open = new Fleet(null, false, nobody)) {
            RuntimeFault fault = Fleet.fault(fleet.runtime.check());

            assertThat(fault.kind()).isEqualTo(RuntimeFault.Kind.MISSING);
            assertThat(fault).hasMessageContaining("root and iptables").hasMessageContaining("runtime.host_filter");
            Fleet.await(open.runtime.check());
        }
    }

    @Test
    void rules_that_somebody_took_away_or_came_before_stand_again_at_the_next_start() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            Ground ground = fleet.prepare();
            String chain = fleet.marks().chain();
            String bridge = fleet.marks().bridge();
            List<String> rules = rules(chain);
            assertThat(rules).hasSize(7);

            fleet.prepare();
            assertThat(rules(chain)).as("prepared twice").isEqualTo(rules);

            Fleet.command("iptables", "-w", "20", "-D", "INPUT", "-i", bridge, "-j", chain);
            Fleet.command("iptables", "-w", "20", "-F", chain);
            Instance alpha = fleet.start("alpha", "sleep", "600");
            assertThat(rules(chain)).containsExactlyInAnyOrderElementsOf(rules);

            try (ServerSocket decoy = new ServerSocket(0)) {
                String place = ground.meshHost() + ":" + decoy.getLocalPort();
                String[] hole = {"-i", bridge, "-p", "tcp", "--dport", "" + decoy.getLocalPort(), "-j", "ACCEPT"};
                Fleet.command(concat(new String[] {"iptables", "-w", "20", "-I", "INPUT"}, hole));
                try {
                    assertThat(probe(alpha, Stream.of(place))).containsExactly(place + " open");
                    fleet.start("beta", "sleep", "600");
                    assertThat(probe(alpha, Stream.of(place))).containsExactly(place + " closed");
                } finally {
                    Fleet.command(concat(new String[] {"iptables", "-w", "20", "-D", "INPUT"}, hole));
                }
            }
        }
    }

    @Test
    void a_rule_that_stands_too_low_is_moved_and_not_doubled() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            String chain = fleet.marks().chain();
            String bridge = fleet.marks().bridge();
            List<String> rules = rules(chain);
            String[] before = {"-i", bridge, "-p", "udp", "-j", "ACCEPT"};
            Fleet.command("iptables", "-w", "20", "-A", "INPUT", "-i", bridge, "-j", chain);
            Fleet.command(concat(new String[] {"iptables", "-w", "20", "-I", "INPUT"}, before));
            try {
                fleet.prepare();
                assertThat(rules(chain)).containsExactlyInAnyOrderElementsOf(rules);
                List<String> input = Fleet.command("iptables", "-w", "20", "-S", "INPUT")
                        .lines()
                        .toList();
                assertThat(input.indexOf("-A INPUT -i " + bridge + " -j " + chain))
                        .isLessThan(input.indexOf("-A INPUT -i " + bridge + " -p udp -j ACCEPT"));
            } finally {
                Fleet.command(concat(new String[] {"iptables", "-w", "20", "-D", "INPUT"}, before));
            }
        }
    }

    @Test
    void when_the_last_agent_is_gone_so_are_network_and_rules() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Instance alpha = fleet.start("alpha", "sleep", "600");
            Marks marks = fleet.marks();
            DockerRuntime second = new DockerRuntime(fleet.vertx, fleet.settings);

            Fleet.await(second.prepare(List.of(), Fleet.MESH_PORT, _ -> {}));
            Fleet.await(second.close());
            assertThat(rules(marks.chain())).as("an agent is left").isNotEmpty();

            Fleet.await(fleet.runtime.stop(alpha.id(), java.time.Duration.ZERO));
            Fleet.await(fleet.runtime.close());
            assertThat(rules(marks.chain())).isEmpty();
            assertThat(Fleet.command("ip6tables", "-w", "20", "-S")).doesNotContain(marks.chain());
            assertThat(Fleet.docker("network", "ls", "--format", "{{.Name}}").lines())
                    .doesNotContain(marks.network());
        }
    }

    private static List<String> rules(String chain) {
        return Fleet.command("iptables", "-w", "20", "-S")
                .lines()
                .filter(line -> line.contains(chain))
                .toList();
    }

    private static String[] concat(String[] first, String[] second) {
        return Stream.concat(Stream.of(first), Stream.of(second)).toArray(String[]::new);
    }

    private static List<String> probe(Instance instance, Stream<String> places) {
        return Fleet.docker(concat(
                        new String[] {"exec", instance.id(), "python3", "-c", PROBE}, places.toArray(String[]::new)))
                .lines()
                .toList();
    }

    /// Every address of this host that a container could name.
    private static Stream<String> addresses() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .map(InetAddress::getHostAddress);
    }

    private static boolean arrives(DatagramSocket socket) throws IOException {
        socket.setSoTimeout(500);
        try {
            socket.receive(new DatagramPacket(new byte[16], 16));
            return true;
        } catch (SocketTimeoutException nothing) {
            return false;
        }
    }

    private static boolean connects(URI address) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), 1000);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }
}
