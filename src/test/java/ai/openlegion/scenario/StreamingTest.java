package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Frames as they come, with back-pressure both ways.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class StreamingTest {

    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(
                MeshHome.in(upstream).agent("alpha", "1000").mesh("limits: {keep_alive_seconds: 1}\n"), "-Xmx256m");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    @BeforeEach
    void reset() {
        upstream.reset();
    }

    @Test
    void sixty_four_streams_run_side_by_side_on_one_h2c_connection() throws Exception {
        Vertx vertx = Vertx.vertx();
        AtomicInteger connections = new AtomicInteger();
        try {
            HttpClient client = vertx.httpClientBuilder()
                    .with(new HttpClientOptions()
                            .setProtocolVersion(HttpVersion.HTTP_2)
                            .setHttp2ClearTextUpgrade(false)
                            .setHttp2MultiplexingLimit(64))
                    .with(new PoolOptions().setHttp2MaxSize(1))
                    .withConnectHandler(_ -> connections.incrementAndGet())
                    .build();
            List<Future<Buffer>> answers = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                answers.add(streamed(client, "tokens=100 pace=40"));
            }
            Eventually.until(
                    "64 streams are open at once",
                    () -> upstream.provider().total().streamsOpen() == 64);
            for (Future<Buffer> answer : answers) {
                String text = answer.await(60, TimeUnit.SECONDS).toString();
                assertThat(text).endsWith("data: [DONE]\n\n").contains("\"finish_reason\":\"stop\"");
                assertThat(text.split("\"content\":\" ?[^\"]", -1)).hasSize(101);
            }
            assertThat(connections).hasValue(1);
            assertThat(upstream.counts().outputTokens()).isEqualTo(6_400);
        } finally {
            vertx.close().await(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void a_reset_h2c_stream_ends_its_upstreams_and_not_its_neighbours() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            HttpClient client = vertx.createHttpClient(
                    new HttpClientOptions()
                            .setProtocolVersion(HttpVersion.HTTP_2)
                            .setHttp2ClearTextUpgrade(false),
                    new PoolOptions().setHttp2MaxSize(1));
            HttpClientRequest left = client.request(toChat()).await(30, TimeUnit.SECONDS);
            Future<HttpClientResponse> leaving = left.send(streaming("tokens=4000 pace=5"));
            Future<Buffer> staying = streamed(client, "tokens=100 pace=20");
            Eventually.until(
                    "both streams are open",
                    () -> leaving.succeeded() && upstream.counts().streamsOpen() == 2);

            assertThat(left.reset(8).await(30, TimeUnit.SECONDS)).isNull();

            Eventually.until("one has ended", () -> upstream.counts().disconnects() == 1);
            assertThat(staying.await(30, TimeUnit.SECONDS).toString()).endsWith("data: [DONE]\n\n");
            assertThat(mesh.settledSpend("alpha").held()).isZero();
        } finally {
            vertx.close().await(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void an_upgrade_to_h2c_is_taken() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            HttpClient client = vertx.createHttpClient(new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2));
            String text =
                    streamed(client, "tokens=10").await(30, TimeUnit.SECONDS).toString();

            assertThat(text).endsWith("data: [DONE]\n\n");
        } finally {
            vertx.close().await(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void frames_reach_the_client_as_they_come_and_not_at_the_end() {
        try (EventStream stream = mesh.stream("alpha", Chat.with("tokens=3 hang_after=2"))) {
            assertThat(stream.next()).contains("\"role\":\"assistant\"");
            assertThat(stream.next()).contains("\"content\":\"Here\"");
            assertThat(stream.next()).contains("\"content\":\" answer\"");
        }
        upstream.awaitQuiet();
        assertThat(upstream.counts().disconnects()).isEqualTo(1);
    }

    @Test
    void a_silent_stream_is_kept_alive_by_comments() throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            open(connection, Chat.with("tokens=3 hang_after=2"));
            StringBuilder seen = new StringBuilder();
            byte[] piece = new byte[4096];
            while (seen.indexOf(": keep-alive") < 0) {
                int got = connection.read(piece);
                assertThat(got).isPositive();
                seen.append(new String(piece, 0, got, java.nio.charset.StandardCharsets.UTF_8));
            }
        }
    }

    @Test
    void a_slow_reader_slows_its_provider_and_costs_no_memory() throws Exception {
        long before = mesh.residentMiB();
        List<RawConnection> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            RawConnection reader = new RawConnection(mesh.port());
            readers.add(open(reader, Chat.of("sim/endless", "tokens=3000000")));
        }
        Eventually.until("four streams are open", () -> upstream.counts().streamsOpen() == 4);
        long stalled = Eventually.settled(
                "the upstream's count", () -> upstream.counts().outputTokens());

        // What four connections' kernel buffers and two hops' queues hold, of 12,000,000 tokens.
        assertThat(stalled).isBetween(1_000L, 800_000L);
        assertThat(mesh.residentMiB() - before).as("MiB more").isLessThan(80);
        byte[] piece = new byte[1 << 20];
        for (long read = 0; read < 64L << 20; ) {
            int got = readers.getFirst().read(piece);
            assertThat(got).isPositive();
            read += got;
        }
        assertThat(upstream.counts().outputTokens())
                .as("tokens after reading on")
                .isGreaterThan(stalled);
        for (RawConnection reader : readers) {
            reader.close();
        }
        upstream.awaitQuiet();
        assertThat(upstream.counts().disconnects()).isEqualTo(4);
        assertThat(mesh.settledSpend("alpha").held()).isZero();
    }

    @Test
    void a_client_gone_mid_stream_ends_the_upstreams_stream_and_its_hold() {
        Spend before = mesh.spend("alpha");
        try (EventStream stream = mesh.stream("alpha", Chat.of("stopping/small", "tokens=4000 pace=5"))) {
            assertThat(stream.next()).isNotNull();
            assertThat(stream.next()).isNotNull();
        }
        upstream.awaitQuiet();
        Spend after = mesh.settledSpend("alpha");

        assertThat(upstream.counts().disconnects()).isEqualTo(1);
        assertThat(upstream.counts().outputTokens()).isLessThan(2_000);
        assertThat(after.spent() - before.spent())
                .isGreaterThanOrEqualTo(upstream.counts().outputTokens() * 2_000_000);
        assertThat(after.unreconciled()).isEqualTo(before.unreconciled());
    }

    @Test
    void a_whole_answer_that_was_left_stays_in_doubt_even_where_the_provider_stops() throws Exception {
        Spend before = mesh.spend("alpha");
        JsonObject body = Chat.of("stopping/free-input", "tokens=4000 pace=5").put("max_tokens", 2_000);
        try (RawConnection connection = new RawConnection(mesh.port())) {
            var _ = connection.post(
                    "/v1/chat/completions",
                    "Authorization: Bearer " + mesh.token("alpha") + "\r\n",
                    body.toBuffer().getBytes());
            Eventually.until("some is generated", () -> upstream.counts().outputTokens() > 20);
        }
        upstream.awaitQuiet();
        Spend after = mesh.settledSpend("alpha");

        assertThat(upstream.counts().outputTokens()).isLessThan(2_000);
        assertThat(after.gone() - before.gone()).isEqualTo(2_000 * 1_000_000L);
    }

    @Test
    void what_a_provider_may_have_generated_after_its_client_left_stays_unreconciled() {
        Spend before = mesh.spend("alpha");
        JsonObject body = Chat.of("sim/small", "tokens=4000 pace=1 keeps_going").put("max_tokens", 600);
        try (EventStream stream = mesh.stream("alpha", body)) {
            assertThat(stream.next()).isNotNull();
            assertThat(stream.next()).isNotNull();
        }
        upstream.awaitQuiet();
        Spend after = mesh.settledSpend("alpha");

        assertThat(upstream.counts().outputTokens()).isEqualTo(600);
        assertThat(after.gone() - before.gone()).isGreaterThanOrEqualTo(600 * 2_000_000L);
        assertThat(after.unreconciled()).isGreaterThan(before.unreconciled());
    }

    @Test
    void running_usage_is_not_taken_for_the_whole_of_an_answer_that_was_left() {
        Spend before = mesh.spend("alpha");
        JsonObject body =
                Chat.of("sim/small", "tokens=600 pace=1 usage_each keeps_going").put("max_tokens", 600);
        try (EventStream stream = mesh.stream("alpha", body)) {
            assertThat(stream.next()).isNotNull();
            assertThat(stream.next()).isNotNull();
        }
        upstream.awaitQuiet();
        Spend after = mesh.settledSpend("alpha");

        assertThat(upstream.counts().outputTokens()).isEqualTo(600);
        assertThat(after.gone() - before.gone()).isGreaterThanOrEqualTo(600 * 2_000_000L);
    }

    private static RawConnection open(RawConnection connection, JsonObject body) throws Exception {
        String authorization = "Authorization: Bearer " + mesh.token("alpha") + "\r\n";
        return connection.post(
                "/v1/chat/completions",
                authorization,
                body.put("stream", true).toBuffer().getBytes());
    }

    private static Future<Buffer> streamed(HttpClient client, String directive) {
        return client.request(toChat())
                .compose(request -> request.send(streaming(directive)))
                .compose(HttpClientResponse::body)
                .map(body -> Buffer.buffer(Canaries.received(body.getBytes())));
    }

    private static Buffer streaming(String directive) {
        return Chat.with(directive).put("stream", true).toBuffer();
    }

    private static RequestOptions toChat() {
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("127.0.0.1")
                .setPort(mesh.port())
                .setURI("/v1/chat/completions")
                .putHeader("authorization", "Bearer " + mesh.token("alpha"))
                .putHeader("content-type", "application/json");
    }
}
