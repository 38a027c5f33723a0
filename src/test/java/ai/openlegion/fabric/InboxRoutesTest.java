package ai.openlegion.fabric;

import static ai.openlegion.fabric.FabricRig.ALICE;
import static ai.openlegion.fabric.FabricRig.BOB;
import static ai.openlegion.fabric.FabricRig.MUTE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.config.GatewayLimits;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.InboxLimits;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.scenario.Eventually;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InboxRoutesTest {

    private static final String INBOX = "/mesh/inbox";

    @TempDir
    Path folder;

    private FabricRig rig;

    @BeforeEach
    void open() throws Exception {
        GatewayLimits d = GatewayLimits.DEFAULTS;
        var limits = new GatewayLimits(
                d.bodyBytes(),
                d.headerBytes(),
                d.connections(),
                d.streamsPerConnection(),
                d.idleSeconds(),
                d.headSeconds(),
                d.waitingRequests(),
                d.upstreamConnections(),
                d.eventLoops(),
                d.connectTimeoutSeconds(),
                d.firstTokenTimeoutSeconds(),
                d.readIdleSeconds(),
                1,
                1,
                d.drainSeconds());
        rig = new FabricRig(folder, new RateLimits(100_000, Map.of("register", 3)), limits, 1)
                .withMessaging(FabricRig.CLOCK, InboxLimits.DEFAULTS);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void a_poll_answers_items_in_order_and_where_they_end() throws Exception {
        assertThat(rig.get(BOB, INBOX).body()).isEqualTo("{\"items\":[],\"last_seq\":0}");
        var sent = rig.post(ALICE, "/mesh/message", """
                {"to":"bob","type":"greeting","payload":{"n": 1.50},"reply_to":"msg_1","priority":"low"}""").json();
        var _ = rig.post(BOB, "/mesh/subscribe?topic=news", "");
        assertThat(rig.post(ALICE, "/mesh/publish", "{\"topic\":\"news\",\"payload\":\"a\"}")
                        .body())
                .isEqualTo("{\"subscribers_notified\":1}");

        var reply = rig.get(BOB, INBOX + "?wait=30");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body())
                .startsWith("{\"items\":[{\"seq\":1,\"kind\":\"message\",\"id\":\"" + sent.getString("id")
                        + "\",\"from\":\"alice\",\"type\":\"greeting\",\"payload\":{\"n\": 1.50},\"reply_to\":\"msg_1\","
                        + "\"priority\":\"low\",\"time\":\"2026-11-22T10:00:00Z\"},"
                        + "{\"seq\":2,\"kind\":\"event\",\"id\":\"evt_")
                .endsWith("\",\"from\":\"alice\",\"topic\":\"news\",\"payload\":\"a\","
                        + "\"time\":\"2026-11-22T10:00:00Z\"}],\"last_seq\":2}");
        assertThat(rig.get(BOB, INBOX + "?after=1&limit=1").json().getJsonArray("items"))
                .hasSize(1);
        assertThat(rig.get(ALICE, INBOX).json().getJsonArray("items"))
                .as("another's inbox")
                .isEmpty();
    }

    @Test
    void what_was_acknowledged_is_gone() throws Exception {
        send(BOB, 1, 3);

        assertThat(rig.post(BOB, INBOX + "/ack", "{\"up_to\":2}").body()).isEqualTo("{\"acked\":2}");
        assertThat(rig.get(BOB, INBOX + "?after=0").json().getJsonArray("items"))
                .hasSize(1);
        assertThat(rig.post(BOB, INBOX + "/ack", "{\"up_to\":4}").status()).isEqualTo(400);
        assertThat(rig.post(BOB, INBOX + "/ack", "{\"up_to\":\"2\"}").status()).isEqualTo(422);
        assertThat(rig.post(BOB, INBOX + "/ack", "{}").status()).isEqualTo(422);
        assertThat(rig.post(BOB, INBOX + "/ack", "{\"up_to\":-1}").status()).isEqualTo(400);
        assertThat(rig.post(BOB, INBOX + "/ack", "{\"up_to\":3,\"agent_id\":\"alice\"}")
                        .status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"after=-1", "after=x", "wait=-1", "wait=1.5", "limit=0", "limit=1001"})
    void a_poll_that_cannot_be_is_400(String query) throws Exception {
        assertThat(rig.get(BOB, INBOX + "?" + query).status()).isEqualTo(400);
    }

    @Test
    void a_waiting_poll_is_answered_as_soon_as_something_comes() throws Exception {
        CompletableFuture<FabricRig.Reply> poll = poll();

        send(BOB, 1, 1);

        assertThat(poll.get(20, TimeUnit.SECONDS).json().getLong("last_seq")).isEqualTo(1);
        waiting(0);
    }

    @Test
    void a_poll_whose_client_leaves_waits_no_more() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), rig.port())) {
            socket.getOutputStream()
                    .write(("GET " + INBOX + "?wait=30 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                    + FabricRig.token(BOB) + "\r\n\r\n")
                            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            waiting(1);
        }
        waiting(0);
    }

    @Test
    void a_poll_ends_empty_when_the_mesh_stops() throws Exception {
        CompletableFuture<FabricRig.Reply> poll = poll();

        rig.drain();

        assertThat(poll.get(20, TimeUnit.SECONDS).body()).isEqualTo("{\"items\":[],\"last_seq\":0}");
    }

    @Test
    void a_poll_ends_with_401_when_its_token_is_revoked() throws Exception {
        CompletableFuture<FabricRig.Reply> poll = poll();

        revoke(BOB);

        assertThat(poll.get(20, TimeUnit.SECONDS).status()).isEqualTo(401);
    }

    @Test
    void one_agent_has_no_more_than_its_readers() throws Exception {
        List<StreamClient> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            streams.add(new StreamClient(rig, BOB, "", null));
            assertThat(streams.getLast().status).isEqualTo(200);
        }
        assertThat(rig.get(BOB, INBOX).status()).isEqualTo(429);
        try (var refused = new StreamClient(rig, BOB, "", null)) {
            assertThat(refused.status).isEqualTo(429);
        }
        assertThat(rig.get(ALICE, INBOX).status()).as("another agent").isEqualTo(200);
        for (StreamClient each : streams) {
            each.close();
        }
        waiting(0);
        Eventually.until("there is room again", () -> status(BOB) == 200);
    }

    private int status(AgentId agent) {
        try {
            return rig.get(agent, INBOX).status();
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void a_stream_carries_what_stands_and_what_comes() throws Exception {
        send(BOB, 1, 2);
        try (var stream = new StreamClient(rig, BOB, "?agent_id=bob", null)) {
            assertThat(requireNonNull(stream.item()).getLong("seq")).isEqualTo(1);
            JsonObject second = requireNonNull(stream.item());
            assertThat(second.getJsonObject("payload")).isEqualTo(new JsonObject("{\"n\":2}"));
            send(BOB, 3, 3);
            assertThat(requireNonNull(stream.item()).getLong("seq")).isEqualTo(3);
        }
        assertThat(rig.get(BOB, INBOX).json().getJsonArray("items"))
                .as("reading acknowledges nothing")
                .hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({"'',2,3", "'?after=1',,2", "'?after=1',2,3", "'',,1", "'?after=0','',1"})
    void a_stream_goes_on_behind_the_last_event_its_client_had(String query, String last, long first) throws Exception {
        send(BOB, 1, 3);
        try (var stream = new StreamClient(rig, BOB, query, last)) {
            assertThat(requireNonNull(stream.item()).getLong("seq")).isEqualTo(first);
        }
        try (var stream = new StreamClient(rig, BOB, "", "two")) {
            assertThat(stream.status).isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_client_that_comes_back_at_random_moments_misses_nothing(long seed) throws Exception {
        Random random = new Random(seed);
        int all = 300;
        CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> {
            try {
                send(BOB, 1, all);
            } catch (IOException | InterruptedException failed) {
                throw new AssertionError(failed);
            }
        });
        long had = 0;
        while (had < all) {
            try (var stream = new StreamClient(rig, BOB, "", had == 0 ? null : Long.toString(had))) {
                for (int left = 1 + random.nextInt(60); left > 0 && had < all; left--) {
                    JsonObject item = requireNonNull(stream.item(), "seed " + seed);
                    assertThat(item.getLong("seq")).as("seed %d", seed).isEqualTo(had + 1);
                    assertThat(item.getJsonObject("payload").getLong("n")).isEqualTo(had + 1);
                    had++;
                }
            }
        }
        sender.get(30, TimeUnit.SECONDS);
    }

    @Test
    void a_stream_is_the_same_over_http_2() throws Exception {
        send(BOB, 1, 2);
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + rig.port() + INBOX + "/stream"))
                .header("authorization", "Bearer " + FabricRig.token(BOB))
                .header("last-event-id", "1")
                .build();
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            var response = client.send(request, HttpResponse.BodyHandlers.ofLines());
            assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(response.body().filter(line -> line.startsWith("id: ")).findFirst())
                    .contains("id: 2");
            client.shutdownNow();
        }
    }

    @Test
    void a_silent_stream_is_kept_alive_by_comments() throws Exception {
        try (var stream = new StreamClient(rig, BOB, "", null)) {
            for (int i = 0; i < 3; i++) {
                assertThat(stream.line(": ")).isEqualTo("keep-alive");
            }
        }
    }

    @Test
    void a_stream_ends_with_its_token_and_others_go_on() throws Exception {
        try (var bob = new StreamClient(rig, BOB, "", null);
                var alice = new StreamClient(rig, ALICE, "", null)) {
            revoke(BOB);
            assertThat(bob.item()).isNull();
            var sent = FabricRig.await(rig.bus.ask(
                    Messaging.SEND, Messaging.Send.of(Messaging.Kind.STEER, "operator", ALICE, "note", "{}")));
            assertThat(sent).isInstanceOf(Messaging.Stored.class);
            assertThat(requireNonNull(alice.item()).getString("kind")).isEqualTo("steer");
        }
    }

    @Test
    void a_stream_ends_when_the_mesh_stops() throws Exception {
        try (var stream = new StreamClient(rig, BOB, "", null)) {
            rig.drain();
            assertThat(stream.item()).isNull();
        }
        waiting(0);
    }

    @Test
    void a_stream_that_nobody_reads_is_dropped_and_delays_no_other() throws Exception {
        var _ = FabricRig.await(rig.bus.ask(Messaging.SUBSCRIBE, new Messaging.Subscribe(BOB, "news")));
        var _ = FabricRig.await(rig.bus.ask(Messaging.SUBSCRIBE, new Messaging.Subscribe(ALICE, "news")));
        String event = "{\"topic\":\"news\",\"payload\":\"" + "x".repeat(200_000) + "\"}";
        try (var slow = new StreamClient(rig, BOB, "", null);
                var quick = new StreamClient(rig, ALICE, "", null)) {
            for (int i = 1; i <= 60; i++) {
                assertThat(rig.post(ALICE, "/mesh/publish", event).body()).isEqualTo("{\"subscribers_notified\":2}");
                assertThat(requireNonNull(quick.item()).getLong("seq")).isEqualTo(i);
            }
            Eventually.until("the slow one is gone", () -> readers(BOB) == 0);
            assertThat(slow.status).isEqualTo(200);
        }
        try (var again = new StreamClient(rig, BOB, "", "59")) {
            assertThat(requireNonNull(again.item()).getLong("seq")).isEqualTo(60);
        }
    }

    @Test
    void beyond_its_rate_an_operation_is_429_and_audited_in_one_entry() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(rig.post(MUTE, "/mesh/register", "{}").status()).isEqualTo(200);
        }
        for (int i = 0; i < 20; i++) {
            var reply = rig.post(MUTE, "/mesh/register", "{}");
            assertThat(reply.status()).isEqualTo(429);
            assertThat(reply.header("retry-after")).isEqualTo("20");
        }
        assertThat(rig.post(BOB, "/mesh/register", "{}").status())
                .as("another agent")
                .isEqualTo(200);
        assertThat(rig.get(MUTE, "/mesh/agents").status())
                .as("another operation")
                .isEqualTo(200);
        Eventually.until(
                "the refusals are audited",
                () -> rig.audited.stream()
                                .filter(entry -> entry.action().equals("rate_limit")
                                        && entry.resource().equals("register")
                                        && entry.decision().endsWith("beyond the rate"))
                                .mapToInt(entry ->
                                        Integer.parseInt(entry.decision().split(" ")[1]))
                                .sum()
                        == 20);
        assertThat(rig.audited.stream().filter(entry -> entry.actor().equals("mute")))
                .as("entries of three registrations and few of refusals")
                .hasSizeLessThan(10);
    }

    private void send(AgentId to, int from, int upTo) throws IOException, InterruptedException {
        for (int n = from; n <= upTo; n++) {
            String body = "{\"to\":\"" + to + "\",\"type\":\"count\",\"payload\":{\"n\":" + n + "}}";
            assertThat(rig.post(ALICE, "/mesh/message", body).status()).isEqualTo(200);
        }
    }

    private CompletableFuture<FabricRig.Reply> poll() {
        CompletableFuture<FabricRig.Reply> poll = CompletableFuture.supplyAsync(() -> {
            try {
                return rig.get(BOB, INBOX + "?wait=30");
            } catch (IOException | InterruptedException failed) {
                throw new AssertionError(failed);
            }
        });
        waiting(1);
        return poll;
    }

    private void waiting(int readers) {
        Eventually.until(readers + " readers wait", () -> readers(BOB) == readers);
    }

    private int readers(AgentId agent) {
        try {
            return FabricRig.await(rig.bus.ask(Inbox.READ, new Inbox.Read(agent))) instanceof Inbox.State state
                    ? state.readers()
                    : -1;
        } catch (TimeoutException late) {
            return -1;
        }
    }

    private void revoke(AgentId agent) {
        Map<AgentId, String> tokens = FabricRig.tokens();
        tokens.put(agent, "ol_another-token-0123456789abcdefghijklmnop");
        rig.fleets.swap(FabricRig.fleet(2, tokens));
    }
}
