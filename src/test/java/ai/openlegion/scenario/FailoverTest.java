package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A model that fails before the client has any of its answer is stood in for; every attempt is held and settled by
/// itself.
///
/// The simulated provider takes directives from a model's name: `sim/one:drop` drops, `sim/small` behind it does not.
@Timeout(120)
class FailoverTest {

    private static final String PRICES =
            "input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00, context_tokens: 128000, max_output_tokens: 4096";
    private static final List<String> FAILING = List.of(
            "sim/one:refuse429",
            "sim/one:error500",
            "sim/one:drop",
            "sim/one:html",
            "sim/one:garbage",
            "sim/one:refuse401",
            "sim/one:hang",
            "simant/one:error500",
            "simant/one:drop",
            "simresp/one:refuse429",
            "simresp/one:garbage",
            "dead/one");
    private static Upstream upstream;
    private static ClockedMesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        MeshHome home = MeshHome.in(upstream)
                .provider("dead", "dialect: openai, base_url: \"http://127.0.0.1:9/v1\"")
                .provider("simant", "dialect: anthropic, base_url: \"" + upstream.baseUrl() + "\"")
                .provider("simresp", "dialect: openai-responses, base_url: \"" + upstream.baseUrl() + "\"")
                .agent("alpha", "1000", "\"sim*/*\", \"dead/*\"", "[\"llm\"]")
                .agent("narrow", "1000", "\"sim/one:*\"", "[\"llm\"]")
                .agent("poor", "0.0001", "\"sim/*\"", "[\"llm\"]")
                .agent("usual", "1000", "\"sim/small\", \"sim/dear\", \"sim/one:error500\"", "[\"llm\"]");
        StringBuilder lists = new StringBuilder("failover:\n");
        for (String model : FAILING) {
            home.model(model, PRICES);
            lists.append("  \"%s\": [sim/small]\n".formatted(model));
        }
        for (String model : List.of(
                "sim/first",
                "sim/fair",
                "sim/cool:error500",
                "sim/two:error500",
                "sim/three:error500",
                "sim/four:error500")) {
            home.model(model, PRICES);
        }
        home.model("sim/cheap:error500", "input_usd_per_mtok: 0, output_usd_per_mtok: 0, max_output_tokens: 64")
                .model("sim/dear", "input_usd_per_mtok: 1000.00, output_usd_per_mtok: 2000.00");
        lists.append("  sim/first: [sim/small]\n")
                .append("  sim/fair: [sim/small]\n")
                .append("  \"sim/cool:error500\": [sim/small]\n")
                .append("  \"sim/two:error500\": [\"sim/three:error500\", \"sim/four:error500\"]\n")
                .append("  \"sim/three:error500\": [sim/small]\n")
                .append("  \"sim/cheap:error500\": [sim/dear]\n")
                .append("  sim/small: [sim/dear]\n");
        mesh = ClockedMesh.start(
                home.mesh("limits: {first_token_timeout_seconds: 2, read_idle_seconds: 1, keep_alive_seconds: 1}\n"
                        + lists),
                "2026-03-01T00:00:10Z");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    @BeforeEach
    void everybody_is_well_again() {
        mesh.advance(Duration.ofSeconds(3_601));
        upstream.reset();
    }

    @AfterEach
    void nothing_stays_held() {
        Eventually.until(
                "nothing is held",
                () -> spend("alpha").held() == 0 && spend("poor").held() == 0);
    }

    private static Spend spend(String agent) {
        return account(agent, "daily");
    }

    private static Spend account(String agent, String window) {
        JsonArray agents = mesh.control("GET", "/control/budgets", null).json().getJsonArray("agents");
        return agents.stream()
                .map(JsonObject.class::cast)
                .filter(entry -> entry.getString("agent").equals(agent))
                .map(entry -> Spend.of(entry.getJsonObject(window)))
                .findFirst()
                .orElseThrow();
    }

    private static Reply ask(Way way, String agent, String model, String directive) {
        return mesh.client(agent).post(way.path, way.body(model, directive));
    }

    /// What each model's rows say was spent, in pico-USD.
    private static Map<String, Long> spentByModel(String agent) {
        return mesh
                .control("GET", "/control/usage?group_by=model&agent=" + agent, null)
                .json()
                .getJsonArray("rows")
                .stream()
                .map(JsonObject.class::cast)
                .collect(Collectors.toMap(row -> row.getString("model"), row -> Spend.pico(row, "spent_usd")));
    }

    static Stream<Arguments> everyFailureOnEveryWay() {
        return FAILING.stream().flatMap(model -> Stream.of(Way.values()).map(way -> Arguments.of(way, model)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("everyFailureOnEveryWay")
    void another_model_answers_on_the_same_call(Way way, String failing) {
        Spend before = spend("alpha");
        long bookedBefore = spentByModel("alpha").getOrDefault(failing, 0L);

        Reply reply = ask(way, "alpha", failing, "tokens=7");

        assertThat(way.isAnswer(reply)).as(reply.body()).isTrue();
        boolean isHeadOut = way.streams && failing.endsWith(":hang");
        assertThat(reply.header("x-openlegion-model")).isEqualTo(isHeadOut ? "" : "sim/small");
        assertThat(reply.header("retry-after")).isEmpty();
        assertThat(upstream.requests()).isEqualTo(failing.startsWith("dead/") ? 1 : 2);
        assertThat(upstream.counts().outputTokens()).isEqualTo(7);
        Eventually.until("both attempts are settled", () -> spend("alpha").held() == 0);
        Spend after = spend("alpha");
        assertThat(after.spent() - before.spent()).isBetween(14_000_000L, 14_000_000L + 200 * 1_000_000L);
        boolean wasRefused = failing.matches("dead/one|.*:(refuse429|error500|refuse401)");
        if (wasRefused) {
            assertThat(after.unreconciled()).isEqualTo(before.unreconciled());
        } else {
            assertThat(after.unreconciled()).isGreaterThan(before.unreconciled());
        }
        Eventually.until("the usage is written", () -> {
            Map<String, Long> now = spentByModel("alpha");
            return now.getOrDefault(failing, 0L) == bookedBefore && now.getOrDefault("sim/small", 0L) > 0;
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 413, 422})
    void what_the_request_is_to_blame_for_goes_to_nobody_else_and_cools_nothing(int status) {
        assertThat(ask(Way.CHAT, "alpha", "sim/fair", "tokens=1").status()).isEqualTo(200);
        upstream.reset();
        JsonObject before = health("alpha", "sim/fair");
        Reply reply = ask(Way.CHAT, "alpha", "sim/fair", "status=" + status);

        assertThat(reply.status()).isEqualTo(status);
        assertThat(upstream.requests()).isEqualTo(1);
        assertThat(health("alpha", "sim/fair")).isEqualTo(before);
        assertThat(before.getBoolean("available")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "CHAT_STREAM, drop_after=3",
        "MESSAGES_STREAM, drop_after=3",
        "RESPONSES_STREAM, drop_after=3",
        "MESH_STREAM, drop_after=3",
        "CHAT_STREAM, hang_after=3",
        "CHAT_STREAM, no_terminal"
    })
    void nobody_else_is_asked_once_the_client_has_some_of_the_answer(Way way, String fault) {
        Reply reply = ask(way, "alpha", "sim/first", "tokens=20 pace=5 " + fault);

        assertThat(way.error(reply)).as(reply.body()).isZero();
        assertThat(way.isAnswer(reply)).isFalse();
        assertThat(upstream.requests()).isEqualTo(1);
        assertThat(health("alpha", "sim/first").getString("last_error")).isIn("broken", "timeout");
        assertThat(health("alpha", "sim/first").getBoolean("available")).isFalse();
    }

    @Test
    void a_model_that_cools_is_asked_last_until_its_time_is_over() {
        assertThat(ask(Way.CHAT, "alpha", "sim/cool:error500", "tokens=1").status())
                .isEqualTo(200);
        assertThat(upstream.requests()).isEqualTo(2);
        assertThat(ask(Way.CHAT, "alpha", "sim/cool:error500", "tokens=1").status())
                .isEqualTo(200);
        assertThat(upstream.requests()).as("it is not asked while it cools").isEqualTo(3);
        mesh.advance(Duration.ofSeconds(61));
        assertThat(ask(Way.CHAT, "alpha", "sim/cool:error500", "tokens=1").status())
                .isEqualTo(200);
        assertThat(upstream.requests()).isEqualTo(5);
    }

    @Test
    void the_providers_retry_after_is_how_long_it_cools() {
        assertThat(ask(Way.CHAT, "alpha", "sim/one:refuse429", "retry_after=17").status())
                .isEqualTo(200);
        assertThat(health("alpha", "sim/one:refuse429").getLong("cooldown_remaining"))
                .isEqualTo(17);
        assertThat(health("alpha", "sim/one:refuse429").getString("last_error")).isEqualTo("http_429");
    }

    @Test
    void when_all_fail_the_client_is_told_what_the_last_one_said_and_failovers_of_failovers_are_not_asked() {
        Reply reply = ask(Way.CHAT, "alpha", "sim/two:error500", "tokens=1");

        assertThat(reply.status()).isEqualTo(500);
        assertThat(upstream.requests()).isEqualTo(3);
        assertThat(reply.header("x-openlegion-model")).isEqualTo("sim/four:error500");
    }

    @Test
    void only_models_that_the_agent_may_use_stand_in() {
        Reply reply = ask(Way.CHAT, "narrow", "sim/one:error500", "tokens=1");

        assertThat(reply.status()).isEqualTo(500);
        assertThat(upstream.requests()).isEqualTo(1);
    }

    @Test
    void a_stand_in_that_cannot_be_paid_ends_the_call_with_402() {
        Reply reply = ask(Way.CHAT, "poor", "sim/cheap:error500", "tokens=1");

        assertThat(reply.status()).isEqualTo(402);
        assertThat(reply.header("x-should-retry")).isEqualTo("false");
        assertThat(upstream.requests()).isEqualTo(1);
        assertThat(spend("poor").gone()).isZero();
    }

    @Test
    void the_clients_deadline_holds_for_all_attempts_together() {
        JsonObject body = Way.MESH.body("sim/one:hang", "first=1500 tokens=1").put("timeout", 2);
        long begun = System.nanoTime();

        JsonObject reply = mesh.client("alpha").post(Way.MESH.path, body).json();

        assertThat(reply.getBoolean("success")).isFalse();
        assertThat(reply.getInteger("status_code")).isEqualTo(504);
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isBetween(Duration.ofMillis(1_700), Duration.ofSeconds(4));
    }

    @Test
    void the_audit_shows_every_attempt_under_one_request() {
        Reply reply = ask(Way.MESH, "usual", "sim/one:error500", "tokens=1");
        assertThat(reply.json().getJsonObject("data").getString("model")).isEqualTo("sim/small");

        List<JsonObject> entries = mesh.audited("usual", 2);
        assertThat(entries)
                .extracting(entry -> entry.getString("resource"))
                .containsExactly("sim/one:error500", "sim/small");
        assertThat(entries)
                .extracting(entry -> entry.getString("decision"))
                .containsExactly("failed over: http_500", "allowed");
        assertThat(entries)
                .extracting(entry -> entry.getString("request_id"))
                .containsOnly(entries.getFirst().getString("request_id"));
    }

    @Test
    void an_agent_sees_how_its_models_answer_and_those_of_nobody_else() {
        assertThat(ask(Way.CHAT, "alpha", "sim/one:error500", "tokens=1").status())
                .isEqualTo(200);

        JsonArray seen =
                mesh.client("usual").request("GET", "/mesh/model-health", null).array();
        assertThat(seen.stream().map(entry -> ((JsonObject) entry).getString("model")))
                .containsExactly("sim/dear", "sim/one:error500", "sim/small");
        JsonObject failing = health("usual", "sim/one:error500");
        assertThat(failing.getBoolean("available")).isFalse();
        assertThat(failing.getLong("failure_count")).isPositive();
        assertThat(failing.getLong("consecutive_failures")).isPositive();
        assertThat(failing.getLong("cooldown_remaining")).isPositive();
        assertThat(failing.getString("last_error")).isEqualTo("http_500");
        JsonObject well = health("usual", "sim/small");
        assertThat(well.getBoolean("available")).isTrue();
        assertThat(well.getLong("success_count")).isPositive();
        assertThat(well.getValue("last_error")).isNull();
        assertThat(mesh.client("narrow")
                        .request("GET", "/mesh/model-health", null)
                        .body())
                .doesNotContain("sim/small")
                .contains("sim/one:error500");
    }

    private static JsonObject health(String agent, String model) {
        return mesh.client(agent).request("GET", "/mesh/model-health", null).array().stream()
                .map(JsonObject.class::cast)
                .filter(entry -> entry.getString("model").equals(model))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing is known of " + model));
    }

    @Test
    void what_all_attempts_cost_is_what_the_ledger_says() {
        Reply reply = ask(Way.CHAT, "usual", "sim/one:error500", "tokens=9");
        Eventually.until("it is settled", () -> spend("usual").held() == 0);
        Eventually.until("it is written", () -> {
            long rows = spentByModel("usual").values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            return rows == account("usual", "monthly").spent();
        });
        assertThat(new BigDecimal(reply.header("x-openlegion-cost-usd"))).isPositive();
    }
}
