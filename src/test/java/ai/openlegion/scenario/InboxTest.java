package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The inbox: one durable, ordered stream for each agent, read by polls and by streams, and bounded.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class InboxTest {

    private static final long SEED = 20_261_122;

    /// Each test has receivers of its own, so that every inbox begins empty.
    private static final List<String> RECEIVERS =
            List.of("ordered", "polled", "waiting", "acked", "streamed", "resumed", "twofold", "full", "half", "alone");

    private static Mesh mesh;
    private static AgentClient sender;

    @BeforeAll
    static void start() throws Exception {
        MeshHome home =
                MeshHome.withoutUpstream().mesh("limits: {inbox_items: 400}\n").member("sender", """
                "can_message": ["*"], "can_publish": ["*"], "blackboard_write": ["*"], "blackboard_read": ["*"]""");
        RECEIVERS.forEach(id -> home.member(id, """
                "can_subscribe": ["*"], "blackboard_read": ["*"]"""));
        mesh = Mesh.start(home);
        sender = AgentClient.of(mesh, "sender");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    private static JsonObject numbered(int n) {
        return new JsonObject().put("n", n);
    }

    private static void send(AgentClient to, int from, int until) {
        for (int n = from; n < until; n++) {
            Reply sent = sender.message(to.id(), numbered(n));
            assertThat(sent.status()).as(sent.body()).isEqualTo(200);
        }
    }

    private static List<Integer> numbers(List<JsonObject> items) {
        return items.stream()
                .map(item -> item.getJsonObject("payload").getInteger("n"))
                .toList();
    }

    private static List<Integer> range(int from, int until) {
        return IntStream.range(from, until).boxed().toList();
    }

    @Test
    void whatever_comes_lands_in_one_order_without_gaps() {
        AgentClient ordered = AgentClient.of(mesh, "ordered");
        assertThat(ordered.subscribe("mixed").status()).isEqualTo(200);
        assertThat(ordered.watch("mixed/*").status()).isEqualTo(200);
        List<String> expected = new ArrayList<>();
        Random random = new Random(SEED);
        for (int n = 0; n < 60; n++) {
            switch (random.nextInt(3)) {
                case 0 -> {
                    sender.message("ordered", numbered(n));
                    expected.add("message");
                }
                case 1 -> {
                    sender.publish("mixed", numbered(n));
                    expected.add("event");
                }
                default -> { // open: an int
                    sender.put("mixed/" + n, numbered(n));
                    expected.add("watch");
                }
            }
        }
        List<JsonObject> items = ordered.awaitItems(0, 60);

        assertThat(items)
                .as("seed %s", SEED)
                .extracting(item -> item.getString("kind"))
                .isEqualTo(expected);
        assertThat(items)
                .extracting(item -> item.getLong("seq"))
                .isEqualTo(LongStream.rangeClosed(1, 60).boxed().toList());
        assertThat(items).extracting(item -> item.getString("id")).doesNotHaveDuplicates();
        assertThat(items)
                .allSatisfy(
                        item -> assertThat(item.fieldNames()).contains("seq", "kind", "id", "from", "payload", "time"));
    }

    @Test
    void a_poll_answers_what_lies_behind_its_place() {
        AgentClient polled = AgentClient.of(mesh, "polled");
        assertThat(polled.poll(0, 0).json().getJsonArray("items")).isEmpty();
        send(polled, 0, 10);

        JsonObject page =
                polled.request("GET", "/mesh/inbox?after=3&limit=4", null).json();
        assertThat(page.fieldNames()).containsExactlyInAnyOrder("items", "last_seq");
        assertThat(page.getLong("last_seq")).isEqualTo(7);
        assertThat(numbers(AgentClient.items(polled.request("GET", "/mesh/inbox?after=3&limit=4", null))))
                .isEqualTo(range(3, 7));
        assertThat(numbers(polled.items(7))).isEqualTo(range(7, 10));
        assertThat(polled.poll(10, 0).json())
                .isEqualTo(new JsonObject().put("items", new JsonArray()).put("last_seq", 10));
        assertThat(numbers(AgentClient.items(polled.request("GET", "/mesh/inbox", null))))
                .as("without any parameter")
                .isEqualTo(range(0, 10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"after=x", "after=1.5", "limit=0", "limit=x", "wait=-1", "wait=x"})
    void a_poll_with_a_parameter_that_is_no_number_is_400(String query) {
        assertThat(AgentClient.of(mesh, "polled")
                        .request("GET", "/mesh/inbox?" + query, null)
                        .status())
                .isEqualTo(400);
    }

    @Test
    void a_poll_that_waits_is_answered_by_the_first_item_and_not_by_the_clock() {
        AgentClient waiting = AgentClient.of(mesh, "waiting");
        CompletableFuture<Reply> poll = CompletableFuture.supplyAsync(() -> waiting.poll(0, 30));
        Eventually.until("the poll waits", () -> readers("waiting") == 1);
        long sent = System.nanoTime();
        send(waiting, 0, 1);

        assertThat(numbers(AgentClient.items(poll.join()))).containsExactly(0);
        assertThat(Duration.ofNanos(System.nanoTime() - sent)).isLessThan(Duration.ofSeconds(25));
        assertThat(waiting.poll(1, 1).json().getJsonArray("items"))
                .as("after a second")
                .isEmpty();
    }

    private static long readers(String agent) {
        Reply reply = mesh.control("GET", "/control/inbox/" + agent, null);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.json().getJsonObject("standing").getLong("readers");
    }

    @Test
    void what_is_acknowledged_is_gone_and_what_is_not_stays() {
        AgentClient acked = AgentClient.of(mesh, "acked");
        send(acked, 0, 10);

        Reply reply = acked.ack(4);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(numbers(acked.items(0))).isEqualTo(range(4, 10));
        assertThat(acked.ack(4).status()).as("again").isEqualTo(200);
        assertThat(acked.ack(2).status()).as("less").isEqualTo(200);
        assertThat(numbers(acked.items(0))).isEqualTo(range(4, 10));
        assertThat(acked.ack(11).status()).as("what is not there yet").isIn(400, 409);
        send(acked, 10, 11);
        assertThat(numbers(acked.items(0))).isEqualTo(range(4, 11));
        for (String body : List.of("{}", "{\"up_to\":\"4\"}", "{\"up_to\":1.5}", "{\"up_to\":null}")) {
            assertThat(acked.request("POST", "/mesh/inbox/ack", body).status())
                    .as(body)
                    .isEqualTo(422);
        }
    }

    @Test
    void a_stream_brings_what_is_there_and_what_comes() {
        AgentClient streamed = AgentClient.of(mesh, "streamed");
        send(streamed, 0, 5);
        try (EventSource stream = streamed.stream(null)) {
            assertThat(stream.status()).isEqualTo(200);
            assertThat(stream.header("content-type")).startsWith("text/event-stream");
            List<EventSource.Event> events = new ArrayList<>(stream.next(5));
            send(streamed, 5, 10);
            events.addAll(stream.next(5));

            assertThat(events).allSatisfy(event -> {
                assertThat(event.id()).isEqualTo(event.item().getLong("seq"));
                assertThat(event.name()).isEmpty();
            });
            assertThat(numbers(events.stream().map(EventSource.Event::item).toList()))
                    .isEqualTo(range(0, 10));
            assertThat(events.getFirst().item()).isEqualTo(streamed.items(0).getFirst());
        }
    }

    @Test
    void a_stream_resumed_from_the_last_event_id_misses_nothing_and_repeats_nothing() throws Exception {
        AgentClient resumed = AgentClient.of(mesh, "resumed");
        Random random = new Random(SEED);
        Thread sending = Thread.ofVirtual().start(() -> send(resumed, 0, 300));
        List<Integer> seen = new ArrayList<>();
        long last = 0;
        int leavings = 0;
        while (seen.size() < 300) {
            try (EventSource stream = resumed.stream(last)) {
                int patience = 1 + random.nextInt(20);
                for (int i = 0; i < patience && seen.size() < 300; i++) {
                    EventSource.Event event = stream.next();
                    seen.add(event.item().getJsonObject("payload").getInteger("n"));
                    last = event.id();
                }
                leavings++;
            }
        }
        sending.join();

        assertThat(seen).as("seed %s", SEED).isEqualTo(range(0, 300));
        assertThat(leavings).isGreaterThan(10);
    }

    @Test
    void two_streams_of_one_inbox_both_see_all() {
        AgentClient twofold = AgentClient.of(mesh, "twofold");
        try (EventSource one = twofold.stream(null);
                EventSource other = twofold.stream(null)) {
            send(twofold, 0, 20);
            assertThat(one.next(20)).isEqualTo(other.next(20));
        }
        try (EventSource late = twofold.stream(15L)) {
            assertThat(late.next().id()).isEqualTo(16);
        }
    }

    @Test
    void a_full_inbox_answers_429_and_loses_nothing() {
        AgentClient full = AgentClient.of(mesh, "full");
        AgentClient half = AgentClient.of(mesh, "half");
        full.subscribe("flood");
        half.subscribe("flood");
        send(full, 0, 400);

        Reply refused = sender.message("full", numbered(400));
        assertThat(refused.status()).as(refused.body()).isEqualTo(429);
        assertThat(Integer.parseInt(refused.header("retry-after"))).isPositive();
        assertThat(sender.publish("flood", numbered(401)).json().getInteger("subscribers_notified"))
                .as("those that have room")
                .isEqualTo(1);
        assertThat(half.items(0)).hasSize(1);
        assertThat(numbers(full.items(0))).isEqualTo(range(0, 400));

        assertThat(full.ack(10).status()).isEqualTo(200);
        send(full, 402, 412);
        assertThat(sender.message("full", numbered(500)).status()).isEqualTo(429);
        List<Integer> expected = new ArrayList<>(range(10, 400));
        expected.addAll(range(402, 412));
        assertThat(numbers(full.items(0))).isEqualTo(expected);
        assertThat(full.items(0))
                .extracting(item -> item.getLong("seq"))
                .isEqualTo(LongStream.rangeClosed(11, 410).boxed().toList());
    }

    @Test
    void an_event_for_which_nobody_has_room_is_429() {
        AgentClient alone = AgentClient.of(mesh, "alone");
        alone.subscribe("alone");
        send(alone, 0, 400);

        assertThat(sender.publish("alone", numbered(400)).status()).isEqualTo(429);
        assertThat(numbers(alone.items(0))).isEqualTo(range(0, 400));
    }

    @Test
    void nobody_reads_or_acknowledges_the_inbox_of_another() {
        AgentClient acked = AgentClient.of(mesh, "acked");
        long before = acked.items(0).size();
        for (String path : List.of("/mesh/inbox?agent_id=acked", "/mesh/inbox/stream?agent_id=acked")) {
            assertThat(sender.request("GET", path, null).status()).as(path).isEqualTo(403);
        }
        assertThat(sender.request("POST", "/mesh/inbox/ack?agent_id=acked", "{\"up_to\":1}")
                        .status())
                .isEqualTo(403);
        assertThat(sender.request("POST", "/mesh/inbox/ack", "{\"up_to\":1,\"agent_id\":\"acked\"}")
                        .status())
                .isEqualTo(403);
        assertThat(sender.items(0)).isEmpty();
        assertThat(acked.items(0)).hasSizeGreaterThanOrEqualTo(Math.toIntExact(before));
    }
}
