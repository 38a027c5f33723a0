package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every way to ask × every dialect of the provider behind it × every way a provider can fail: the client is told a
/// status in its own words and never takes a broken answer for a whole one, and the ledger holds at least what the
/// provider produced.
///
/// Each pair of way and provider has an agent of its own, and all pairs ask at once: an account then shows one call.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class FaultMatrixTest {

    private static final List<String> PROVIDERS = List.of("sim", "simant", "simresp");

    private static Upstream upstream;
    private static Mesh mesh;

    /// One call of the matrix.
    private record Case(Way way, String provider) {

        String agent() {
            return (way + "-" + provider).toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static List<Case> all() {
            List<Case> all = new ArrayList<>();
            for (Way way : Way.values()) {
                for (String provider : PROVIDERS) {
                    all.add(new Case(way, provider));
                }
            }
            return all;
        }
    }

    private record Outcome(Case asked, Reply reply) {}

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        // a token of output costs a millionth of a dollar and one of input nothing: what is gone counts tokens
        String price = "input_usd_per_mtok: 0, output_usd_per_mtok: 1.00, max_output_tokens: 4096";
        MeshHome home = MeshHome.in(upstream)
                .provider("simant", "dialect: anthropic, base_url: \"" + upstream.baseUrl() + "\"")
                .provider("simresp", "dialect: openai-responses, base_url: \"" + upstream.baseUrl() + "\"")
                .mesh("limits: {first_token_timeout_seconds: 1, read_idle_seconds: 1}\n");
        for (String provider : PROVIDERS) {
            String dialect =
                    provider.equals("sim") ? "openai" : provider.equals("simant") ? "anthropic" : "openai-responses";
            home.provider("dead" + provider, "dialect: " + dialect + ", base_url: \"http://127.0.0.1:9/v1\"")
                    .model(provider + "/plain", price)
                    .model("dead" + provider + "/plain", price);
        }
        for (Case one : Case.all()) {
            home.agent(one.agent(), "1", "\"" + one.provider() + "/*\", \"dead" + one.provider() + "/*\"", "[\"llm\"]");
        }
        mesh = Mesh.start(home);
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    /* told: the status of a whole answer's door / of a stream's, 0 = an error inside the stream.
    money: free = nothing, doubt = everything that was held, some = at least what was generated. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "dead,                    502, 502, free",
        "refuse429 retry_after=9, 429, 429, free",
        "refuse401,               502, 502, free",
        "refuse403,               502, 502, free",
        "error500,                500, 500, free",
        "error500 pad=70000,      500, 500, free",
        "error_inside,            502, -,   doubt",
        "status=503,              503, 503, free",
        "status=529,              529, 529, free",
        "status=404,              404, 404, free",
        "hang,                    504, 504, doubt",
        "drop,                    502, 502, doubt",
        "html,                    502, 502, doubt",
        "garbage,                 502, 502, doubt",
        "gzip,                    502, 502, doubt",
        "hang_after=3,            504, 0,   some",
        "drop_after=3,            502, 0,   some",
        "error_after=3,           -,   0,   some",
        "no_terminal,             -,   0,   some",
    })
    void every_fault_is_told_in_the_clients_words_and_paid_as_far_as_it_may_have_cost(
            String fault, String whole, String streamed, String money) throws Exception {
        boolean dead = fault.equals("dead");
        upstream.reset();
        Map<String, Spend> before = accounts();
        List<Case> cases = Case.all().stream()
                .filter(one -> !(one.way().streams ? streamed : whole).equals("-"))
                .toList();
        List<Outcome> outcomes = ask(cases, dead, fault);

        Map<String, Spend> after = settled();
        long generated = upstream.counts().outputTokens();
        long gone = 0;
        for (Outcome outcome : outcomes) {
            Way way = outcome.asked().way();
            Reply reply = outcome.reply();
            String what = fault + " by " + outcome.asked() + ": " + reply.status() + " " + reply.body();
            assertThat(way.isAnswer(reply)).as(what).isFalse();
            assertThat(way.error(reply)).as(what).isEqualTo(Integer.parseInt(way.streams ? streamed : whole));
            assertThat(reply.body()).as(what).doesNotContain(Upstream.KEY);
            assertThat(reply.header("x-request-id")).as(what).isNotEmpty();
            if (fault.startsWith("refuse429")) {
                assertThat(reply.header("retry-after")).as(what).isEqualTo("9");
            }
            if (fault.startsWith("refuse40") && way.path.startsWith("/v1/")) {
                assertThat(reply.header("x-should-retry")).as(what).isEqualTo("false");
            }
            String agent = outcome.asked().agent();
            long paid = gone(after, agent) - gone(before, agent);
            gone += paid;
            switch (money) {
                case "free" -> assertThat(paid).as(what).isZero();
                case "doubt" -> assertThat(paid).as(what).isEqualTo(64_000_000L);
                case "some" -> assertThat(paid).as(what).isBetween(0L, 64_000_000L);
                default -> throw new IllegalArgumentException(money); // open: a word of this table
            }
        }
        assertThat(gone).as("%s: what was generated", fault).isGreaterThanOrEqualTo(generated * 1_000_000L);
        assertThat(mesh.log()).doesNotContain(Upstream.KEY);
    }

    @Test
    void a_count_that_its_provider_never_ends_is_ended() {
        upstream.reset();
        Reply reply = mesh.post(
                "messages-simant", "/v1/messages/count_tokens", Way.MESSAGES.body("simant/plain", "hang_head"));

        assertThat(reply.status()).isEqualTo(504);
        assertThat(reply.error().getString("message")).contains("in time");
        upstream.awaitQuiet();
    }

    @Test
    void reasoning_that_only_its_provider_holds_is_not_sent_to_it() {
        upstream.reset();
        JsonObject named =
                new JsonObject().put("type", "reasoning").put("id", "rs_1").put("summary", new JsonArray());
        JsonObject said = new JsonObject().put("role", "user").put("content", "hello");
        JsonArray input = new JsonArray().add(named).add(said);
        JsonObject body = Way.RESPONSES.body("simresp/plain", "").put("input", input);

        Reply refused = mesh.post("responses-simresp", Way.RESPONSES.path, body);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.error().getString("param")).isEqualTo("input");
        assertThat(upstream.requests()).isZero();
        Reply translated = mesh.post("responses-simant", Way.RESPONSES.path, body.put("model", "simant/plain"));
        assertThat(translated.status()).as(translated.body()).isEqualTo(200);
    }

    private static List<Outcome> ask(List<Case> cases, boolean dead, String fault) throws Exception {
        List<Outcome> outcomes = new ArrayList<>();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Outcome>> asked = new ArrayList<>();
            for (Case one : cases) {
                JsonObject body = one.way()
                        .body((dead ? "dead" : "") + one.provider() + "/plain", dead ? "" : "tokens=20 " + fault);
                asked.add(pool.submit(() -> new Outcome(one, mesh.post(one.agent(), one.way().path, body))));
            }
            for (Future<Outcome> outcome : asked) {
                outcomes.add(outcome.get());
            }
        }
        return outcomes;
    }

    private static long gone(Map<String, Spend> accounts, String agent) {
        Spend account = accounts.get(agent);
        if (account == null) {
            throw new AssertionError("no account of " + agent);
        }
        return account.gone();
    }

    private static Map<String, Spend> settled() {
        Eventually.until(
                "nothing is held", () -> accounts().values().stream().allMatch(account -> account.held() == 0));
        return accounts();
    }

    private static Map<String, Spend> accounts() {
        JsonArray agents = mesh.control("GET", "/control/budgets", null).json().getJsonArray("agents");
        Map<String, Spend> accounts = new HashMap<>();
        agents.forEach(entry -> accounts.put(
                ((JsonObject) entry).getString("agent"), Spend.of(((JsonObject) entry).getJsonObject("daily"))));
        return accounts;
    }
}
