package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What passes through one call unchanged, what is changed, and what never passes.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class CallPathTest {

    private static final String AS_WRITTEN = """
            { "seed" : 7,  "model":"sim/small", "temperature": 1.0e0, "unheard_of": {"b":[1, 2.50, null], "a":"\\u00e9é"},
              "messages":[{"role":"user","content":[{"type":"text","text":"[[sim tokens=5]] hi"}],"cache_control":{"type":"ephemeral"}}],
              "metadata" : {"user_id":"x"}}""";

    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream).agent("alpha", "100"));
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
    void a_body_goes_through_byte_for_byte_but_for_model_and_maximum() {
        assertThat(mesh.post("alpha", "/v1/chat/completions", AS_WRITTEN).status())
                .isEqualTo(200);
        String sent = upstream.provider().last().getString("body");

        assertThat(new JsonObject(sent).getString("model")).isEqualTo("small");
        assertThat(new JsonObject(sent).getInteger("max_tokens")).isEqualTo(4096);
        assertThat(sent)
                .contains(
                        " \"seed\" : 7,  \"model\":\"small\", \"temperature\": 1.0e0, \"unheard_of\": {\"b\":[1, 2.50, null], "
                                + "\"a\":\"\\u00e9é\"},\n  \"messages\":[{\"role\":\"user\"");
    }

    @Test
    void the_agents_token_stays_here_and_the_key_goes_there() {
        assertThat(mesh.chat("alpha", Chat.with("tokens=5")).status()).isEqualTo(200);
        JsonObject seen = upstream.provider().last();

        assertThat(seen.getJsonObject("headers").getString("authorization")).isEqualTo("Bearer " + Upstream.KEY);
        assertThat(seen.encode()).doesNotContain(mesh.token("alpha"));
    }

    @Test
    void fields_that_would_redirect_the_call_are_dropped_silently() {
        JsonObject body = Chat.with("tokens=5");
        List<String> dropped =
                List.of("api_key", "api_base", "base_url", "extra_headers", "extra_body", "custom_llm_provider");
        dropped.forEach(field -> body.put(field, "http://evil.example"));

        assertThat(mesh.chat("alpha", body).status()).isEqualTo(200);
        assertThat(new JsonObject(upstream.provider().last().getString("body")).fieldNames())
                .doesNotContainAnyElementsOf(dropped);
    }

    @Test
    void an_agents_own_credential_headers_never_reach_the_provider() {
        HttpRequest.Builder request = mesh.request("alpha", "/v1/chat/completions")
                .header("x-api-key", mesh.token("alpha"))
                .header("cookie", "a=b")
                .header("proxy-authorization", "Basic abc")
                .header("openai-beta", "assistants=v2")
                .POST(HttpRequest.BodyPublishers.ofString(Chat.with("tokens=5").encode()));

        assertThat(mesh.send(request).status()).isEqualTo(200);
        JsonObject headers = upstream.provider().last().getJsonObject("headers");
        assertThat(headers.fieldNames()).doesNotContain("x-api-key", "cookie", "proxy-authorization");
    }

    @Test
    void of_the_providers_headers_only_the_harmless_ones_come_back() {
        Reply reply = mesh.chat("alpha", Chat.with("tokens=5 vendor_headers"));

        assertThat(reply.header("x-ratelimit-remaining-requests")).isEqualTo("41");
        assertThat(reply.header("x-request-id")).startsWith("req_sim_");
        assertThat(reply.headers().map()).doesNotContainKeys("set-cookie", "openai-organization", "server");
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo_key", "echo_key=split", "echo_key split=1", "echo_key=split pace=3"})
    void a_key_that_the_provider_echoes_never_reaches_the_agent(String fault) {
        Reply whole = mesh.chat("alpha", Chat.with("tokens=20 " + fault));
        assertThat(whole.body()).doesNotContain(Upstream.KEY);

        try (EventStream stream = mesh.stream("alpha", Chat.with("tokens=20 " + fault))) {
            assertThat(
                            stream.status() == 200
                                    ? stream.all()
                                    : List.of(stream.reply().body()))
                    .isNotEmpty()
                    .noneMatch(event -> event.contains(Upstream.KEY));
            assertThat(stream.text()).doesNotContain(Upstream.KEY.substring(0, 10));
        }
    }

    @Test
    void usage_is_asked_of_the_provider_and_hidden_from_a_client_that_did_not_ask() {
        try (EventStream stream = mesh.stream("alpha", Chat.with("tokens=20"))) {
            assertThat(stream.all()).last().isEqualTo("[DONE]");
            assertThat(stream.frames()).noneMatch(frame -> frame.getValue("usage") != null);
        }
        JsonObject sent = new JsonObject(upstream.provider().last().getString("body"));
        assertThat(sent.getJsonObject("stream_options").getBoolean("include_usage"))
                .isTrue();
    }

    @Test
    void the_mesh_door_answers_in_its_own_shape_with_the_same_books() {
        Spend before = mesh.spend("alpha");
        JsonObject answer =
                mesh.post("alpha", "/mesh/api", meshBody("tokens=20")).json();
        JsonObject data = answer.getJsonObject("data");

        assertThat(answer.getBoolean("success")).isTrue();
        assertThat(data.getInteger("output_tokens")).isEqualTo(20);
        assertThat(data.getInteger("tokens_used"))
                .isEqualTo(data.getInteger("input_tokens") + data.getInteger("output_tokens"));
        assertThat(data.getString("model")).isEqualTo("sim/small");
        assertThat(mesh.settledSpend("alpha").spent() - before.spent()).isEqualTo(Spend.pico(data, "cost_usd"));
    }

    @Test
    void the_mesh_stream_says_each_piece_and_then_the_whole() {
        Reply reply = mesh.post("alpha", "/mesh/api/stream", meshBody("tokens=20"));
        List<JsonObject> events = reply.body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> new JsonObject(line.substring(6)))
                .toList();
        StringBuilder pieces = new StringBuilder();
        for (JsonObject event : events.subList(0, events.size() - 1)) {
            assertThat(event.getString("type")).isEqualTo("text_delta");
            pieces.append(event.getString("content"));
        }
        JsonObject done = events.getLast();

        assertThat(done.getString("type")).isEqualTo("done");
        assertThat(done.getString("content")).isEqualTo(pieces.toString());
        assertThat(done.getInteger("output_tokens")).isEqualTo(20);
        assertThat(Spend.pico(done, "cost_usd")).isPositive();
    }

    @Test
    void a_mesh_stream_of_another_service_is_400() {
        JsonObject body = meshBody("tokens=3").put("service", "brave_search");

        assertThat(mesh.post("alpha", "/mesh/api/stream", body).status()).isEqualTo(400);
    }

    private static JsonObject meshBody(String directive) {
        return new JsonObject().put("service", "llm").put("action", "chat").put("params", Chat.with(directive));
    }
}
