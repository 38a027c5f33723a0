package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.simulator.Counts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Hard limits at every door and in front of every dialect, judged by what the upstream generated.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class DoorBudgetTest {

    /// Pico-USD a token of output of the `free-input` models costs.
    private static final long TOKEN = 1_000_000;

    /// Pico-USD a token of the `priced` models costs.
    private static final long INPUT = 3_000_000;

    private static final long CACHED = 300_000;
    private static final long WRITTEN = 3_750_000;
    private static final long WRITTEN_FOR_AN_HOUR = 6_000_000;
    private static final long OUTPUT = 15_000_000;

    private static Upstream upstream;
    private static MeshHome home;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        home = Combination.home(upstream);
        agent("rich", "1000");
        agent("revoked", "100");
        Combination.every().forEach(way -> agent(way.agent("crowd"), "0.0006"));
        Combination.every().forEach(way -> agent(way.agent("over"), "100"));
        Combination.everySpelling().forEach(way -> agent(way.agent("tight"), "0.00005"));
        Combination.streams().forEach(way -> agent(way.agent("absurd"), "100"));
        Combination.streams().forEach(way -> agent(way.agent("lowered"), "1"));
        mesh = Mesh.start(home);
    }

    private static void agent(String id, String dailyUsd) {
        var _ = home.agent(id, dailyUsd, "\"*\"", "[\"llm\"]");
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

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#every")
    void a_call_costs_exactly_what_the_upstream_counted(Combination way) {
        Spend before = mesh.settledSpend("rich");
        JsonObject body = way.door().body(way.provider() + "/priced", "tokens=20 cached=3", 100, way.streamed());
        BigDecimal told = null;
        if (way.streamed()) {
            try (EventStream stream = mesh.stream("rich", way.door().path(), body)) {
                List<String> events = stream.all();
                way.door().assertEnded(events);
                assertThat(way.door().deltas(events)).isEqualTo(20);
                if (way.door() == ClientDoor.MESH_STREAM) {
                    told = decimal(new JsonObject(events.getLast()).getValue("cost_usd"));
                }
            }
        } else {
            Reply reply = mesh.post("rich", way.door().path(), body);
            assertThat(way.door().status(reply)).as(reply.body()).isEqualTo(200);
            told = decimal(reply.header("x-openlegion-cost-usd"));
        }
        Spend after = mesh.settledSpend("rich");
        Counts counts = upstream.counts();

        assertThat(counts.requests()).isEqualTo(1);
        assertThat(counts.outputTokens()).isEqualTo(20);
        long cost = (counts.inputTokens() - 3) * INPUT + 3 * CACHED + 20 * OUTPUT;
        assertThat(after.spent() - before.spent()).isEqualTo(cost);
        assertThat(after.unreconciled()).isEqualTo(before.unreconciled());
        if (told != null) {
            assertThat(told.movePointRight(12)).isEqualByComparingTo(BigDecimal.valueOf(cost));
        }
    }

    @Test
    void what_is_written_to_a_cache_costs_what_the_upstream_wrote() {
        for (boolean streamed : new boolean[] {false, true}) {
            for (boolean hour : new boolean[] {false, true}) {
                upstream.reset();
                Spend before = mesh.settledSpend("rich");
                JsonObject mark = new JsonObject().put("type", "ephemeral");
                JsonObject block = new JsonObject()
                        .put("type", "text")
                        .put("text", "[[sim tokens=5]] hello")
                        .put("cache_control", hour ? mark.put("ttl", "1h") : mark);
                JsonObject body = ClientDoor.MESSAGES.body("simant/priced", "", 50, streamed);
                body.getJsonArray("messages").getJsonObject(0).put("content", new JsonArray().add(block));
                assertThat(mesh.post("rich", "/v1/messages", body).status()).isEqualTo(200);

                Spend after = mesh.settledSpend("rich");
                Counts counts = upstream.counts();
                // the mark is at the prompt's end, so all of it is written
                assertThat(after.spent() - before.spent())
                        .isEqualTo(counts.inputTokens() * (hour ? WRITTEN_FOR_AN_HOUR : WRITTEN) + 5 * OUTPUT);
                assertThat(mesh.post("rich", "/v1/messages", body).status()).isEqualTo(200);
                assertThat(mesh.settledSpend("rich").spent() - after.spent())
                        .isEqualTo(counts.inputTokens() * CACHED + 5 * OUTPUT);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#every")
    void a_crowd_uses_a_600_token_budget_and_not_one_token_more(Combination way) throws Exception {
        String agent = way.agent("crowd");
        List<Callable<Integer>> workers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            workers.add(() -> way.callUntilRefused(mesh, agent, 600 * TOKEN));
        }
        int answered = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> worker : threads.invokeAll(workers)) {
                answered += worker.get();
            }
        }
        answered += way.callUntilRefused(mesh, agent, 600 * TOKEN); // what the last ones gave back

        upstream.awaitQuiet();
        long generated = upstream.counts().outputTokens();
        assertThat(generated).isBetween(600L - 15, 600L);
        assertThat(upstream.requests()).as("none for a refused call").isEqualTo(answered);
        Spend spend = mesh.settledSpend(agent);
        assertThat(spend.spent()).isEqualTo(generated * TOKEN);
        assertThat(spend.unreconciled()).isZero();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#everySpelling")
    void a_tight_account_clamps_in_the_providers_own_words(Combination way) {
        String agent = way.agent("tight");
        if (way.streamed()) {
            try (EventStream stream = way.stream(mesh, agent, "tokens=400", 4000)) {
                List<String> events = stream.all();
                way.door().assertEndedByLength(events);
                assertThat(way.door().deltas(events)).isEqualTo(50);
            }
        } else {
            Reply reply = way.post(mesh, agent, "tokens=400", 4000);
            assertThat(way.door().status(reply)).as(reply.body()).isEqualTo(200);
        }

        JsonObject sent = new JsonObject(upstream.provider().last().getString("body"));
        String field = switch (way.provider()) {
            case "simresp" -> "max_output_tokens";
            case "simnew" -> "max_completion_tokens";
            default -> "max_tokens"; // open: the other two
        };
        for (String spelling : List.of("max_tokens", "max_completion_tokens", "max_output_tokens")) {
            assertThat(sent.getInteger(spelling)).as(spelling).isEqualTo(spelling.equals(field) ? 50 : null);
        }
        assertThat(upstream.counts().outputTokens()).isEqualTo(50);
        Spend spend = mesh.settledSpend(agent);
        assertThat(spend.spent()).isEqualTo(50 * TOKEN);
        assertThat(spend.unreconciled()).isZero();
        way.door().assertUnpaid(way.post(mesh, agent, "tokens=1", 16), 50 * TOKEN);
        assertThat(upstream.requests()).isEqualTo(1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#streams")
    void a_provider_that_ignores_its_maximum_is_cut_inside_the_hold(Combination way) {
        Spend before = mesh.settledSpend("rich");
        try (EventStream stream = way.stream(mesh, "rich", "tokens=4000 pace=5 ignore_max", 50)) {
            List<String> events = stream.all();
            assertThat(way.door().deltas(events)).isEqualTo(50);
            way.door().assertCut(events, "budget_exceeded", 50);
        }
        upstream.awaitQuiet();
        assertThat(upstream.counts().outputTokens()).isBetween(51L, 500L);
        assertThat(upstream.counts().disconnects()).isEqualTo(1);
        assertThat(mesh.settledSpend("rich").gone() - before.gone()).isEqualTo(50 * TOKEN);
    }

    @Test
    void reasoning_is_metered_and_cut_as_text_is() {
        String directive = "tokens=4000 reasoning=4000 pace=5 ignore_max";
        for (String provider : List.of("sim", "simant", "simresp")) {
            for (ClientDoor door : List.of(ClientDoor.CHAT, ClientDoor.MESSAGES)) {
                if (door == ClientDoor.CHAT && provider.equals("simresp")) {
                    continue; // nobody asks its provider to show the reasoning, and what is hidden counts at the end
                }
                upstream.reset();
                Spend before = mesh.settledSpend("rich");
                JsonObject body = door.body(provider + "/free-input", directive, 50, true);
                body = door == ClientDoor.CHAT
                        ? body.put("reasoning_effort", "high")
                        : body.put("thinking", new JsonObject().put("type", "adaptive"));
                try (EventStream stream = mesh.stream("rich", door.path(), body)) {
                    List<String> events = stream.all();
                    assertThat(events)
                            .as("%s → %s", door, provider)
                            .filteredOn(event ->
                                    event.contains("\"reasoning_content\":\"") || event.contains("thinking_delta"))
                            .hasSize(50);
                    door.assertCut(events, "budget_exceeded", 50);
                }
                upstream.awaitQuiet();
                assertThat(upstream.counts().outputTokens()).isBetween(51L, 500L);
                assertThat(mesh.settledSpend("rich").gone() - before.gone()).isEqualTo(50 * TOKEN);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#streams")
    void a_lowered_limit_cuts_the_newest_stream(Combination way) {
        String agent = way.agent("lowered");
        try (EventStream old = way.stream(mesh, agent, "tokens=200 pace=5", 1000)) {
            way.door().readText(old, 1);
            try (EventStream newest = way.stream(mesh, agent, "tokens=1000 pace=5", 1000)) {
                way.door().readText(newest, 1);
                assertThat(mesh.spend(agent).held()).isEqualTo(2000 * TOKEN);

                Reply lowered =
                        mesh.control("PUT", "/control/budgets/" + agent, new JsonObject().put("daily_usd", 0.0015));

                assertThat(lowered.status()).isEqualTo(200);
                List<String> events = newest.all();
                way.door().assertCut(events, "budget_exceeded", way.door().deltas(events));
            }
            List<String> events = old.all();
            way.door().assertEnded(events);
            assertThat(way.door().deltas(events)).isEqualTo(200);
        }
        upstream.awaitQuiet();
        assertThat(upstream.counts().disconnects()).isEqualTo(1);
        assertThat(mesh.settledSpend(agent).gone()).isBetween(upstream.counts().outputTokens() * TOKEN, 1200 * TOKEN);
    }

    @Test
    void streams_of_a_revoked_agent_are_cut_at_every_door() {
        List<Combination> ways = Combination.streams().toList();
        List<EventStream> streams = new ArrayList<>();
        for (Combination way : ways) {
            EventStream stream = way.stream(mesh, "revoked", "tokens=4000 pace=10", 4000);
            streams.add(stream);
            way.door().readText(stream, 1);
        }
        home.withoutAgent("revoked").write();
        mesh.reload();
        for (int i = 0; i < ways.size(); i++) {
            List<String> events = streams.get(i).all();
            ways.get(i)
                    .door()
                    .assertCut(events, "agent_revoked", ways.get(i).door().deltas(events));
            streams.get(i).close();
        }
        upstream.awaitQuiet();
        assertThat(upstream.counts().disconnects()).isEqualTo(ways.size());
        assertThat(mesh.get("revoked", "/v1/models").status()).isEqualTo(401);

        agent("revoked", "100");
        home.write();
        mesh.reload();
        assertThat(mesh.settledSpend("revoked").gone())
                .isBetween(upstream.counts().outputTokens() * TOKEN, ways.size() * 4000L * TOKEN);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#streams")
    void what_a_provider_may_have_made_for_a_client_that_left_stays_unreconciled(Combination way) {
        Spend before = mesh.settledSpend("rich");
        try (EventStream stream = way.stream(mesh, "rich", "tokens=4000 pace=1 keeps_going", 400)) {
            way.door().readText(stream, 2);
        }
        upstream.awaitQuiet();
        Spend after = mesh.settledSpend("rich");

        assertThat(upstream.counts().outputTokens()).isEqualTo(400);
        assertThat(after.gone() - before.gone()).isEqualTo(400 * TOKEN);
        assertThat(after.unreconciled()).isGreaterThan(before.unreconciled());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#streams")
    void figures_below_what_was_seen_are_not_believed(Combination way) {
        for (String lie : List.of("under", "zero")) {
            Spend before = mesh.settledSpend("rich");
            try (EventStream stream = way.stream(mesh, "rich", "tokens=40 lie_usage=" + lie, 1000)) {
                way.door().assertEnded(stream.all());
            }
            Spend after = mesh.settledSpend("rich");
            assertThat(after.spent() - before.spent()).as(lie).isEqualTo(40 * TOKEN);
            assertThat(after.unreconciled()).as(lie).isEqualTo(before.unreconciled());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#every")
    void an_answer_without_figures_costs_its_upper_bound_and_leaves_the_rest_in_doubt(Combination way) {
        Spend before = mesh.settledSpend("rich");
        Reply reply = way.post(mesh, "rich", "tokens=40 lie_usage=none", 1000);
        assertThat(way.door().status(reply)).as(reply.body()).isEqualTo(200);
        Spend after = mesh.settledSpend("rich");

        assertThat(after.spent() - before.spent()).isBetween(40 * TOKEN, 400 * TOKEN);
        assertThat(after.gone() - before.gone()).isEqualTo(1000 * TOKEN);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#every")
    void a_provider_that_bills_more_than_the_hold_is_booked_and_freezes_the_account(Combination way) {
        String agent = way.agent("over");
        Reply billed = way.post(mesh, agent, "tokens=20 lie_usage=over", 20);
        assertThat(way.door().status(billed)).as(billed.body()).isEqualTo(200);
        assertThat(mesh.settledSpend(agent).spent()).isEqualTo(1040 * TOKEN);

        way.door().assertUnpaid(way.post(mesh, agent, "tokens=20", 20), 100_000_000 * TOKEN);
        assertThat(upstream.requests()).isEqualTo(1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#streams")
    void an_absurd_bill_freezes_the_account(Combination way) {
        String agent = way.agent("absurd");
        var _ = way.post(mesh, agent, "tokens=20 lie_usage=absurd", 20);
        assertThat(mesh.settledSpend(agent).gone()).isGreaterThanOrEqualTo(20 * TOKEN);

        Reply frozen = way.post(mesh, agent, "tokens=20", 20);
        assertThat(way.door().status(frozen)).as(frozen.body()).isEqualTo(402);
        assertThat(upstream.requests()).isEqualTo(1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Combination#every")
    void a_refused_credential_is_ours_to_mend(Combination way) {
        for (String refusal : List.of("refuse401", "refuse403")) {
            upstream.reset();
            Spend before = mesh.settledSpend("rich");
            Reply reply = way.post(mesh, "rich", "tokens=5 " + refusal, 20);

            assertThat(way.door().status(reply)).as(reply.body()).isEqualTo(502);
            assertThat(way.door().word(reply))
                    .isEqualTo(way.door() == ClientDoor.MESSAGES ? "api_error" : "provider_auth");
            assertThat(reply.header("x-should-retry")).isEqualTo("false");
            assertThat(reply.body()).contains("the mesh's own credential").doesNotContain(Upstream.KEY);
            assertThat(upstream.requests()).isEqualTo(1);
            assertThat(mesh.settledSpend("rich").gone()).isEqualTo(before.gone());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ai.openlegion.scenario.Unpriced#cases")
    void what_has_no_price_is_refused_by_name(Unpriced unpriced) {
        for (String provider : List.of("sim", "simant", "simresp")) {
            Reply reply = mesh.post("rich", unpriced.door().path(), unpriced.body(provider + "/priced"));

            assertThat(unpriced.door().status(reply)).as(reply.body()).isEqualTo(400);
            assertThat(reply.body()).as(provider).contains(unpriced.named());
        }
        assertThat(upstream.requests()).isZero();
    }

    private static BigDecimal decimal(Object value) {
        return new BigDecimal(value.toString());
    }
}
