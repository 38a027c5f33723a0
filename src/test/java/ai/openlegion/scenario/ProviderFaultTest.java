package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A provider that refuses, hangs, breaks off or talks nonsense: the client gets a typed error, the ledger nothing
/// false.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class ProviderFaultTest {

    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream)
                .agent("alpha", "100")
                .agent("billed", "100")
                .mesh("limits: {first_token_timeout_seconds: 3, read_idle_seconds: 2}\n"));
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

    @AfterEach
    void nothing_stays_held_and_the_key_stays_inside() {
        assertThat(mesh.settledSpend("alpha").held()).isZero();
        assertThat(mesh.log()).doesNotContain(Upstream.KEY);
    }

    @ParameterizedTest(name = "{0} → {1}")
    @CsvSource({
        "refuse401, 502",
        "refuse403, 502",
        "refuse429, 429",
        "error500,  500",
        "status=503, 503",
        "status=529, 529",
        "status=404, 404",
        "hang,      504",
        "drop,      502",
        "garbage,   502",
        "html,      502",
    })
    void a_providers_failure_has_its_status_on_both_doors_and_an_error_status_costs_nothing(String fault, int status) {
        long before = mesh.spend("alpha").gone();
        for (boolean stream : new boolean[] {false, true}) {
            Reply reply = mesh.chat("alpha", Chat.with(fault).put("stream", stream));
            if (stream && reply.status() == 200) {
                assertThat(reply.body())
                        .as("%s, streamed", fault)
                        .contains("\"error\"")
                        .doesNotContain("[DONE]");
            } else {
                assertThat(reply.status())
                        .as("%s, stream %s: %s", fault, stream, reply.body())
                        .isEqualTo(status);
                assertThat(reply.error().getString("message")).isNotEmpty();
            }
            assertThat(reply.body()).doesNotContain(Upstream.KEY);
            assertThat(reply.header("x-request-id")).isNotEmpty();
        }
        JsonObject inside = mesh.post("alpha", "/mesh/api", meshBody(fault)).json();
        assertThat(inside.getBoolean("success")).isFalse();
        assertThat(inside.getInteger("status_code")).as(inside.encode()).isEqualTo(status);
        assertThat(inside.getString("error_type")).isNotEmpty();
        assertThat(inside.encode()).doesNotContain(Upstream.KEY);
        if (!Set.of("garbage", "html", "hang", "drop").contains(fault)) {
            assertThat(mesh.settledSpend("alpha").gone()).isEqualTo(before);
        }
    }

    @Test
    void our_credential_refused_is_a_502_that_says_so_and_is_final() {
        Reply reply = mesh.chat("alpha", Chat.with("refuse401"));

        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.body()).contains("provider_auth");
        assertThat(reply.header("x-should-retry")).isEqualTo("false");
    }

    @Test
    void a_providers_own_rate_limit_is_passed_on_with_its_retry_after() {
        Reply reply = mesh.chat("alpha", Chat.with("refuse429 retry_after=17"));

        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.header("retry-after")).isEqualTo("17");
    }

    @ParameterizedTest
    @ValueSource(strings = {"no_terminal", "drop_after=5", "drop_after=0", "error_after=5", "hang_after=5"})
    void a_stream_that_breaks_off_ends_with_an_error_and_never_as_a_success(String fault) {
        try (EventStream stream = mesh.stream("alpha", Chat.with("tokens=20 " + fault))) {
            List<String> events = stream.all();

            assertThat(events).as(fault).noneMatch("[DONE]"::equals);
            assertThat(new JsonObject(events.getLast()).getJsonObject("error"))
                    .as("%s: %s", fault, events)
                    .isNotNull();
        }
    }

    @Test
    void the_mesh_stream_ends_with_a_typed_error_when_its_provider_breaks_off() {
        Reply reply = mesh.post("alpha", "/mesh/api/stream", meshBody("tokens=20 drop_after=5"));
        List<String> events =
                reply.body().lines().filter(line -> line.startsWith("data: ")).toList();
        JsonObject last = new JsonObject(events.getLast().substring(6));

        assertThat(last.getString("type")).isEqualTo("error");
        assertThat(last.getString("error_type")).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"lie_usage=under", "lie_usage=zero", "lie_usage=none"})
    void usage_less_than_what_was_seen_is_not_believed(String lie) {
        long before = mesh.spend("alpha").gone();
        try (EventStream stream = mesh.stream("alpha", Chat.of("sim/free-input", "tokens=40 " + lie))) {
            assertThat(stream.all()).last().isEqualTo("[DONE]");
        }
        assertThat(mesh.settledSpend("alpha").gone() - before).isGreaterThanOrEqualTo(40 * 1_000_000L);
    }

    @Test
    void a_provider_that_bills_more_than_the_hold_freezes_the_account_and_the_operator_thaws_it() {
        JsonObject lie = Chat.of("sim/free-input", "tokens=5 lie_usage=over").put("max_tokens", 10);

        assertThat(mesh.chat("billed", lie).status()).isEqualTo(200);
        Eventually.until("the bill is booked", () -> mesh.spend("billed").spent() == 1_010 * 1_000_000L);
        Reply frozen = mesh.chat("billed", Chat.with("tokens=5"));
        assertThat(frozen.status()).isEqualTo(402);

        assertThat(mesh.control("PUT", "/control/budgets/billed", new JsonObject().put("daily_usd", 90))
                        .status())
                .isEqualTo(200);
        assertThat(mesh.chat("billed", Chat.with("tokens=5")).status()).isEqualTo(200);
    }

    private static JsonObject meshBody(String directive) {
        return new JsonObject().put("service", "llm").put("action", "chat").put("params", Chat.with(directive));
    }
}
