package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The official OpenAI client from npm, unmodified, with the agent listener as its base URL.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class OfficialSdkTest {

    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream)
                .agent("alpha", "100")
                .agent("penniless", "0")
                .agent("narrow", "100", "\"sim/small\"", "[\"llm\"]")
                .agent("mute", "100", "\"sim/*\"", "[]"));
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
    void the_sdk_holds_a_plain_conversation() throws Exception {
        JsonObject result = sdk("alpha", "plain", "tokens=20");

        JsonObject answer = result.getJsonObject("answer");
        assertThat(answer.getJsonArray("choices")
                        .getJsonObject(0)
                        .getJsonObject("message")
                        .getString("content"))
                .startsWith("Here answer flows");
        assertThat(answer.getJsonObject("usage").getInteger("completion_tokens"))
                .isEqualTo(20);
        assertThat(result.getJsonObject("headers").getString("x-request-id")).startsWith("req_sim_");
        assertThat(result.getJsonObject("headers").getString("x-openlegion-budget-remaining-usd"))
                .isNotEmpty();
        assertThat(result.getJsonObject("headers").getString("x-openlegion-cost-usd"))
                .isNotEmpty();
    }

    @Test
    void the_sdk_streams_every_token_and_sees_no_usage_it_did_not_ask_for() throws Exception {
        JsonObject result = sdk("alpha", "streaming", "tokens=200");

        assertThat(result.getString("finish")).isEqualTo("stop");
        assertThat(result.getString("content"))
                .startsWith("Here answer flows")
                .endsWith("answer flows word by word over a");
        assertThat(result.getValue("usage")).isNull();
        assertThat(upstream.counts().outputTokens()).isEqualTo(200);
    }

    @Test
    void the_sdk_gets_usage_where_it_asks() throws Exception {
        JsonObject more = new JsonObject().put("stream_options", new JsonObject().put("include_usage", true));
        JsonObject result = sdk("alpha", "streaming", "sim/small", "tokens=30 pace=1", more);

        assertThat(result.getJsonObject("usage").getInteger("completion_tokens"))
                .isEqualTo(30);
    }

    @ParameterizedTest
    @ValueSource(strings = {"split=1", "crlf", "comments", "multiline", "split=5 crlf comments multiline"})
    void the_sdk_understands_a_stream_however_it_was_cut_into_pieces(String dress) throws Exception {
        JsonObject plain = sdk("alpha", "accumulated", "tokens=100");
        JsonObject dressed = sdk("alpha", "accumulated", "tokens=100 " + dress);

        assertThat(dressed.getJsonObject("answer").getJsonArray("choices"))
                .isEqualTo(plain.getJsonObject("answer").getJsonArray("choices"));
    }

    @Test
    void the_sdk_calls_tools_and_gets_their_results_answered() throws Exception {
        JsonObject result = sdk("alpha", "tools", "tool_call=2");

        assertThat(result.getString("finish")).isEqualTo("tool_calls");
        assertThat(function(result, 0).getString("name")).isEqualTo("weather");
        assertThat(new JsonObject(function(result, 0).getString("arguments")))
                .isEqualTo(new JsonObject().put("city", "Zürich"));
        assertThat(new JsonObject(function(result, 1).getString("arguments")))
                .isEqualTo(new JsonObject().put("offset", 7));
        assertThat(result.getString("content")).startsWith("Here answer");
    }

    @Test
    void the_sdk_puts_streamed_tool_calls_together() throws Exception {
        JsonObject result = sdk("alpha", "streamedTools", "tool_call=2");

        assertThat(result.getString("finish")).isEqualTo("tool_calls");
        assertThat(new JsonObject(function(result, 0).getString("arguments")))
                .isEqualTo(new JsonObject().put("city", "Zürich"));
        assertThat(function(result, 1).getString("name")).isEqualTo("clock");
    }

    @Test
    void the_sdk_lists_what_its_agent_may_use() throws Exception {
        JsonArray all = Node.sdk(mesh, "alpha", "models", new JsonObject()).getJsonArray("models");
        JsonArray few = Node.sdk(mesh, "narrow", "models", new JsonObject()).getJsonArray("models");

        assertThat(all.stream()).map(Object::toString).contains("sim/small", "sim/free-input", "stopping/small");
        assertThat(few.stream()).map(Object::toString).containsExactly("sim/small");
    }

    @ParameterizedTest(name = "{2}: {3}")
    @CsvSource({
        "alpha,  nowhere/model,  NotFoundError,         404, model_not_found",
        "alpha,  unpriced/model, BadRequestError,       400, unknown_price",
        "narrow, sim/free-input, PermissionDeniedError, 403, ''",
        "mute,   sim/small,      PermissionDeniedError, 403, ''",
        "penniless, sim/small,   APIError,              402, insufficient_quota",
    })
    void each_refusal_is_the_sdks_own_error_class_and_is_not_retried(
            String agent, String model, String errorClass, int status, String code) throws Exception {
        for (String way : new String[] {"plain", "streaming"}) {
            JsonObject result = sdk(agent, way, model, "tokens=20", new JsonObject());

            assertThat(result.getString("failed")).as("%s", result).isEqualTo(errorClass);
            assertThat(result.getInteger("status")).isEqualTo(status);
            if (!code.isEmpty()) {
                assertThat(result.getString("code")).isEqualTo(code);
            }
            assertThat(result.getString("requestId")).isNotEmpty();
            assertThat(result.getInteger("requests")).as("%s", result).isEqualTo(1);
        }
        assertThat(upstream.requests()).isZero();
        assertThat(mesh.spend(agent).held()).isZero();
    }

    @Test
    void a_wrong_token_is_an_authentication_error_and_is_not_retried() throws Exception {
        JsonObject options = new JsonObject().put("model", "sim/small").put("say", "hello");
        JsonObject result = Node.sdk(mesh.port(), "ol_" + "A".repeat(43), "plain", options);

        assertThat(result.getString("failed")).isEqualTo("AuthenticationError");
        assertThat(result.getInteger("requests")).isEqualTo(1);
    }

    @Test
    void a_bad_maximum_is_a_bad_request_and_is_not_retried() throws Exception {
        JsonObject result = sdk("alpha", "plain", "sim/small", "tokens=20", new JsonObject().put("max_tokens", -1));

        assertThat(result.getString("failed")).isEqualTo("BadRequestError");
        assertThat(result.getInteger("requests")).isEqualTo(1);
        assertThat(upstream.requests()).isZero();
    }

    @Test
    void our_own_credential_failing_is_final_for_the_sdk_and_never_shows_the_key() throws Exception {
        JsonObject result = sdk("alpha", "plain", "refuse401");

        assertThat(result.getInteger("status")).isEqualTo(502);
        assertThat(result.getInteger("requests")).isEqualTo(1);
        assertThat(result.encode()).doesNotContain(Upstream.KEY);
    }

    @Test
    void an_error_inside_a_stream_is_raised_by_the_sdk() throws Exception {
        JsonObject result = sdk("alpha", "streaming", "tokens=20 error_after=5");

        assertThat(result.getString("failed")).isEqualTo("APIError");
        assertThat(result.getInteger("requests")).isEqualTo(1);
    }

    @Test
    void a_stream_without_its_end_is_an_error_to_the_sdk_never_a_success() throws Exception {
        JsonObject result = sdk("alpha", "streaming", "tokens=20 no_terminal");

        assertThat(result.getString("failed")).as("%s", result).isEqualTo("APIError");
    }

    private static JsonObject function(JsonObject result, int call) {
        return result.getJsonArray("calls").getJsonObject(call).getJsonObject("function");
    }

    private static JsonObject sdk(String agent, String name, String directive) throws Exception {
        return sdk(agent, name, "sim/small", directive, new JsonObject());
    }

    private static JsonObject sdk(String agent, String name, String model, String directive, JsonObject more)
            throws Exception {
        JsonObject options = new JsonObject()
                .put("model", model)
                .put("say", "[[sim " + directive + "]] hello")
                .put("more", more);
        return Node.sdk(mesh, agent, name, options);
    }
}
