package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// When a connection has nothing to do any more, and when it only looks like that.
@Timeout(60)
@ExtendWith(LogOnFailure.class)
class IdleConnectionsTest {

    private static final int IDLE_SECONDS = 2;

    private static Upstream upstream;
    private static PlainService service;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        service = PlainService.start();
        mesh = Mesh.start(home());
    }

    private static MeshHome home() {
        return MeshHome.in(upstream)
                .agent("alpha", "100", "\"sim/*\"", "[\"llm\", \"open\"]")
                .agent("leaver", "100")
                .mesh("services: {open: {base_url: \"http://127.0.0.1:" + service.port()
                        + "\", usd_per_call: 0}}\nlimits: {idle_seconds: " + IDLE_SECONDS
                        + ", head_seconds: 2, slow_client_seconds: 20, read_idle_seconds: 20}\n");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        service.close();
        upstream.close();
    }

    private static void pass(double seconds) {
        long until = System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        Eventually.until(seconds + " seconds have passed", () -> System.nanoTime() > until);
    }

    private static String get(String path, String token) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n\r\n";
    }

    private static byte[] chat(String directive) {
        return Chat.with(directive).encode().getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void a_call_may_be_silent_for_longer_and_its_connection_is_good_for_the_next() throws Exception {
        String token = "Bearer " + mesh.token("alpha");
        Map<String, String> headers = Map.of("authorization", token, "content-type", "application/json");
        try (var first = new RawConnection(mesh.port());
                var second = new RawHttp2(mesh.port())) {
            int stream = second.request("POST", "/v1/chat/completions", headers, false);
            second.frame(RawHttp2.DATA, RawHttp2.END_STREAM, stream, chat("tokens=3 first=3500"));
            assertThat(second.flush()).isTrue();
            String authorization = "Authorization: " + token + "\r\n";
            RawConnection.Answer answer = first.post("/v1/chat/completions", authorization, chat("tokens=3 first=3500"))
                    .answer();
            assertThat(answer.status()).as("HTTP/1.1: %s", answer).isEqualTo(200);
            assertThat(isAnswered(second, stream)).as("HTTP/2").isTrue();

            pass(1.3); // a second of the clock at least, and less than the idle time

            assertThat(first.send(get("/v1/models", mesh.token("alpha")))
                            .answer()
                            .status())
                    .as("the next on HTTP/1.1")
                    .isEqualTo(200);
            int next = second.request("GET", "/v1/models", headers, true);
            assertThat(second.flush()).isTrue();
            assertThat(isAnswered(second, next)).as("the next on HTTP/2").isTrue();
        }
    }

    /// Whether a stream is answered 200.
    private static boolean isAnswered(RawHttp2 connection, int stream) throws IOException {
        while (true) {
            RawHttp2.Frame frame = connection.read();
            if (frame == null || frame.type() == RawHttp2.GOAWAY || frame.type() == RawHttp2.RST_STREAM) {
                return false;
            }
            if (frame.type() == RawHttp2.HEADERS && frame.stream() == stream) {
                return frame.status() == 200;
            }
        }
    }

    @Test
    void an_answer_waits_for_a_reader_that_pauses() throws Exception {
        // far more than the kernel keeps for a client that does not read
        String text = "x".repeat(12 * 1024 * 1024);
        byte[] body = ServiceRig.envelope(
                        "open", "POST /any", new JsonObject().put("body", new JsonObject().put("a", text)))
                .encode()
                .getBytes(StandardCharsets.UTF_8);
        try (var connection = new RawConnection(mesh.port())) {
            connection.post("/mesh/api", "Authorization: Bearer " + mesh.token("alpha") + "\r\n", body);
            Eventually.until("the service has answered", () -> service.requests() > 0);
            pass(IDLE_SECONDS + 2);

            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).as(answer.head()).isEqualTo(200);
            assertThat(answer.body())
                    .hasSizeGreaterThan(text.length())
                    .contains("\"success\":true")
                    .endsWith("}");
        }
    }

    @Test
    void a_connection_that_serves_nothing_ends() throws Exception {
        try (var agent = new RawConnection(mesh.port());
                var operator = new RawConnection(mesh.controlPort());
                var multiplexed = new RawHttp2(mesh.port())) {
            long begun = System.nanoTime();
            assertThat(agent.send(get("/v1/models", mesh.token("alpha")))
                            .answer()
                            .status())
                    .isEqualTo(200);
            assertThat(operator.send(get("/control/status", mesh.operatorToken()))
                            .answer()
                            .status())
                    .isEqualTo(200);
            var headers = Map.of("authorization", "Bearer " + mesh.token("alpha"));
            int stream = multiplexed.request("GET", "/v1/models", headers, true);
            assertThat(multiplexed.flush()).isTrue();
            assertThat(isAnswered(multiplexed, stream)).isTrue();

            assertThat(agent.closes()).isTrue();
            assertThat(operator.closes()).isTrue();
            boolean isTold = false;
            for (var frame = multiplexed.read(); frame != null; frame = multiplexed.read()) {
                isTold |= frame.type() == RawHttp2.GOAWAY;
            }
            assertThat(isTold).as("farewell").isTrue();
            assertThat(System.nanoTime() - begun)
                    .isBetween(TimeUnit.SECONDS.toNanos(IDLE_SECONDS), TimeUnit.SECONDS.toNanos(IDLE_SECONDS + 4));
        }
    }

    @Test
    void the_operators_event_streams_may_be_silent_for_longer() throws Exception {
        try (EventSource events = mesh.events("agent=alpha");
                EventSource money = mesh.watch("/control/budgets/events")) {
            pass(IDLE_SECONDS + 1.5);
            assertThat(mesh.chat("alpha", Chat.with("tokens=3")).status()).isEqualTo(200);
            assertThat(events.next()).isNotNull();
            assertThat(money.next()).isNotNull();
        }
    }

    @Test
    void an_operators_body_that_stops_coming_ends_its_connection() throws Exception {
        try (var connection = new RawConnection(mesh.controlPort())) {
            connection.send("POST /control/reload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + mesh.operatorToken() + "\r\nContent-Length: 100\r\n\r\n{");
            assertThat(connection.closes()).isTrue();
        }
    }

    @Test
    void a_connection_does_not_outlive_its_token_by_asking_what_needs_none() throws Exception {
        List<RawConnection> all = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                var connection = new RawConnection(mesh.port());
                all.add(connection);
                assertThat(connection
                                .send(get("/v1/models", mesh.token("leaver")))
                                .answer()
                                .status())
                        .isEqualTo(200);
            }
            mesh.home().withoutAgent("leaver").write();
            mesh.reload();
            boolean[] gone = new boolean[all.size()];
            boolean[] everyone = new boolean[all.size()];
            Arrays.fill(everyone, true);
            Eventually.until("they are closed", Duration.ofSeconds(6), () -> {
                for (int i = 0; i < gone.length; i++) {
                    gone[i] = gone[i] || health(all.get(i)) == 0;
                }
                return Arrays.equals(gone, everyone);
            });
        } finally {
            for (RawConnection connection : all) {
                connection.close();
            }
            mesh.home().agent("leaver", "100").write();
            mesh.reload();
        }
    }

    private static int health(RawConnection connection) {
        try {
            return connection
                    .send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .answer()
                    .status();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
