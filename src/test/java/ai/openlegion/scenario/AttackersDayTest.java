package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A day of an agent that attacks the mesh with its one token: every route that the routers know, on both listeners, in
/// both versions of HTTP, in thousands of disguises.
@Timeout(300)
@ExtendWith(LogOnFailure.class)
class AttackersDayTest {

    private static final long SEED = Long.getLong("openlegion.attack.seed", 20_261_122L);
    private static final int SHOTS = Integer.getInteger("openlegion.attack.shots", 15);
    private static final int LEAST_SHOTS = 5_000;
    private static final Pattern STATUS = Pattern.compile("^HTTP/1\\.1 (\\d{3}) ");
    private static final Pattern JOB = Pattern.compile("\"id\":\"([A-Za-z0-9_-]+)\"");

    private static PlantedFleet fleet;

    /// What came back: 0 where the connection was closed without an answer.
    private record Outcome(int status, String all) {}

    @BeforeAll
    static void start() throws Exception {
        fleet = new PlantedFleet();
    }

    @AfterAll
    static void stop() throws Exception {
        fleet.close();
    }

    @Test
    void the_table_of_routes_is_the_routers_own() {
        assertThat(fleet.routes())
                .as("%s", fleet.routes())
                .anyMatch(route -> route.path().equals("/v1/messages"))
                .anyMatch(route -> route.path().startsWith("/mesh/blackboard"))
                .anyMatch(route -> route.path().equals("/control/agents/:agent/chat"))
                .anyMatch(route -> route.path().startsWith("/webhook/hook"))
                .hasSizeGreaterThan(60);
    }

    @ParameterizedTest
    @ValueSource(strings = {PlantedFleet.NOBODY, PlantedFleet.NARROW})
    void no_request_succeeds_that_the_entry_does_not_name(String self) throws Exception {
        JsonObject before = fleet.state();
        long passedOn = fleet.passedOn();
        var attack = new Attack(self);

        attack.run();

        // the summary of the day
        System.out.println("attack by " + self + " seed " + SEED + ": " + attack.shots + " requests over "
                + fleet.routes().size() + " routes, by status " + attack.statuses);
        assertThat(attack.wrong).as("seed %d", SEED).isEmpty();
        assertThat(attack.shots).isGreaterThanOrEqualTo(LEAST_SHOTS);
        assertThat(attack.statuses.getOrDefault(200, 0))
                .as("what the entry names works, so the attack arrives: %s", attack.statuses)
                .isGreaterThan(30);
        assertThat(fleet.passedOn()).as("requests that got past the mesh").isEqualTo(passedOn);
        assertThat(fleet.state()).isEqualTo(before);
        assertThat(fleet.mesh().log()).doesNotContain("request failed").doesNotContain("Exception");
    }

    @Test
    void a_webhook_call_that_was_captured_opens_nothing() throws Exception {
        byte[] body = "{\"order\":\"captured\"}".getBytes(StandardCharsets.UTF_8);
        List<Shot.Header> captured = fleet.captured("/webhook/hook/shop", body);
        List<Shot> replays = new ArrayList<>();
        byte[] changed = "{\"order\":\"changed\"}".getBytes(StandardCharsets.UTF_8);
        String host = "127.0.0.1:" + fleet.mesh().controlPort();
        for (String path :
                List.of("hook/shop", "hook/start", "trigger/closing", "hook/sh%6fp", "hook/shop/", "hook/SHOP")) {
            for (byte[] each : List.of(body, changed, new byte[0])) {
                for (boolean http2 : List.of(true, false)) {
                    List<Shot.Header> headers = new ArrayList<>(captured);
                    headers.addFirst(new Shot.Header("Host", host));
                    replays.add(new Shot(true, "POST", "/webhook/" + path, headers, each, false, http2));
                    List<Shot.Header> twice = new ArrayList<>(headers);
                    twice.add(new Shot.Header(
                            "X-OpenLegion-Signature", captured.get(1).value() + " "));
                    replays.add(new Shot(true, "POST", "/webhook/" + path, twice, each, false, http2));
                    List<Shot.Header> upper = new ArrayList<>(headers);
                    upper.set(
                            2,
                            new Shot.Header(
                                    "X-OpenLegion-Signature",
                                    "v1=" + captured.get(1).value().substring(3).toUpperCase(java.util.Locale.ROOT)));
                    replays.add(new Shot(true, "POST", "/webhook/" + path, upper, each, false, http2));
                    List<Shot.Header> later = new ArrayList<>(headers);
                    later.set(
                            1,
                            new Shot.Header(
                                    "X-OpenLegion-Timestamp",
                                    "0" + captured.get(0).value()));
                    replays.add(new Shot(true, "POST", "/webhook/" + path, later, each, false, http2));
                }
            }
        }
        JsonObject before = fleet.state();
        var attack = new Attack(PlantedFleet.NOBODY);
        for (Shot replay : replays) {
            attack.fire(replay);
        }

        assertThat(attack.wrong).isEmpty();
        assertThat(fleet.state()).isEqualTo(before);
    }

    /// One attacker's requests and what is wrong with their answers.
    private static final class Attack {

        private final Attacker attacker;
        private final EntryOracle oracle;
        private final Set<String> ownJobs = new HashSet<>();
        private final Map<Integer, Integer> statuses = new TreeMap<>();
        private final List<String> wrong = new ArrayList<>();
        private final H2Connection[] http2 = new H2Connection[2];
        private int shots;

        Attack(String self) {
            attacker = new Attacker(fleet.mesh(), self, fleet.names());
            oracle = new EntryOracle(self, ownJobs);
        }

        void run() throws IOException {
            var random = new Random(SEED);
            for (RouteTable route : fleet.routes()) {
                for (Shot plain : attacker.plain(route)) {
                    fire(plain);
                }
                // where its token opens the door it tries longer
                boolean agents =
                        route.permission().equals("AGENT") || route.permission().contains("operation");
                for (int i = 0; i < (agents ? 5 * SHOTS : SHOTS); i++) {
                    fire(attacker.disguised(route, random));
                }
            }
            for (H2Connection connection : http2) {
                if (connection != null) {
                    connection.close();
                }
            }
        }

        void fire(Shot shot) throws IOException {
            shots++;
            Outcome outcome;
            try {
                outcome = shot.http2() ? multiplexed(shot) : single(shot);
            } catch (SocketTimeoutException silent) {
                wrong.add("no answer: " + shot);
                return;
            }
            int status = outcome.status;
            var _ = statuses.merge(status, 1, Integer::sum);
            boolean passed = status >= 200 && status < 400;
            if (status >= 500 || status == 1) {
                wrong.add(status + " to " + shot + "\n" + outcome.all);
            }
            if (passed && !oracle.mayPass(shot)) {
                wrong.add("passed with " + status + ": " + shot + "\n" + outcome.all);
            }
            for (String secret : fleet.secrets()) {
                if (outcome.all.contains(secret)) {
                    wrong.add("shows " + secret + ": " + shot + "\n" + outcome.all);
                }
            }
            Matcher job = JOB.matcher(outcome.all);
            if (passed && shot.method().equals("POST") && shot.target().contains("cron") && job.find()) {
                ownJobs.add(job.group(1));
            }
        }

        private Outcome multiplexed(Shot shot) throws IOException {
            int which = shot.control() ? 1 : 0;
            int port = which == 1 ? fleet.mesh().controlPort() : fleet.mesh().port();
            H2Connection connection = http2[which];
            if (connection == null || !connection.isOpen()) {
                if (connection != null) {
                    connection.close();
                }
                connection = new H2Connection(port);
                http2[which] = connection;
            }
            H2Connection.Answer answer = connection.exchange(shot, "127.0.0.1:" + port);
            return new Outcome(answer.status(), answer.all());
        }

        private static Outcome single(Shot shot) throws IOException {
            int port =
                    shot.control() ? fleet.mesh().controlPort() : fleet.mesh().port();
            String all;
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write(shot.http1());
                all = read(socket);
            } catch (SocketException reset) {
                return new Outcome(0, "");
            }
            String answers = all.replaceFirst("^HTTP/1.1 100 Continue\r\n\r\n", "");
            Matcher status = STATUS.matcher(answers);
            if (!status.find()) {
                return new Outcome(0, all);
            }
            // one request has one answer: a second one would be the answer to something smuggled
            boolean two = answers.indexOf("\r\nHTTP/1.1 ") >= 0 || answers.contains("}HTTP/1.1 ");
            return new Outcome(two ? 1 : Integer.parseInt(status.group(1)), all);
        }

        private static String read(Socket socket) throws IOException {
            var all = new ByteArrayOutputStream();
            InputStream in = Canaries.tee(socket.getInputStream());
            byte[] piece = new byte[8192];
            try {
                for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                    all.write(piece, 0, read);
                    if (all.toString(StandardCharsets.ISO_8859_1).contains("text/event-stream")) {
                        socket.setSoTimeout(60);
                    }
                }
            } catch (SocketTimeoutException silent) {
                if (all.size() == 0) {
                    throw silent;
                }
            } catch (SocketException reset) {
                return all.toString(StandardCharsets.ISO_8859_1);
            }
            return all.toString(StandardCharsets.ISO_8859_1);
        }
    }
}
