package ai.openlegion.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class SimulatedFaultsTest {

    private static Vertx vertx;
    private static SimulatedProvider provider;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        provider = SimulatedProvider.start(vertx, 0, SimulatedProvider.Options.open())
                .await(30, TimeUnit.SECONDS);
    }

    @AfterAll
    static void stop() throws Exception {
        client.close();
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    @BeforeEach
    void reset() {
        provider.reset();
    }

    @ParameterizedTest
    @EnumSource(names = {"CHAT", "MESSAGES", "RESPONSES"})
    void every_dialect_fails_as_told_and_counts_on_its_own(Api api) throws Exception {
        assertThat(body(api, "tokens=9 no_terminal", true)).doesNotContainPattern(terminal(api));
        assertThat(body(api, "tokens=9", true)).containsPattern(terminal(api));
        assertThat(post(api, "html", true).headers().firstValue("content-type")).hasValue("text/html");
        HttpResponse<byte[]> overloaded = post(api, "status=529 retry_after=3 retry_after_ms=2500", true);
        assertThat(overloaded.statusCode()).isEqualTo(529);
        assertThat(overloaded.headers().firstValue("retry-after")).hasValue("3");
        assertThat(overloaded.headers().firstValue("retry-after-ms")).hasValue("2500");
        assertThat(new JsonObject(text(overloaded)).getJsonObject("error").getString("type"))
                .isEqualTo(api == Api.MESSAGES ? "overloaded_error" : "simulated");
        for (boolean stream : new boolean[] {true, false}) {
            assertThatThrownBy(() -> post(api, "tokens=20 drop_after=4", stream))
                    .isInstanceOf(IOException.class);
            HttpResponse<byte[]> zipped = post(api, "tokens=4 gzip", stream);
            assertThat(zipped.headers().firstValue("content-encoding")).hasValue("gzip");
            assertThat(new String(
                            new GZIPInputStream(new ByteArrayInputStream(zipped.body())).readAllBytes(),
                            StandardCharsets.UTF_8))
                    .isEqualTo(body(api, "tokens=4 pace", stream));
        }
        assertThat(body(api, "tokens=9 error_after=2 error_code=busy", true))
                .contains("busy")
                .doesNotContainPattern(terminal(api));
        assertThat(provider.counts("test-key", api).outputTokens()).isEqualTo(9 + 9 + 4 + 4 + 16 + 2);
        assertThat(provider.total().outputTokens()).isEqualTo(44);
    }

    @ParameterizedTest
    @CsvSource({"hang,'',0", "hang_head,HTTP/1.1 200 OK,0", "hang_after=0,data:,0", "hang_after=3,data:,3"})
    void silence_begins_where_it_is_told(String silence, String heard, long tokens) throws Exception {
        for (Api api : List.of(Api.CHAT, Api.MESSAGES, Api.RESPONSES)) {
            byte[] body = ask(api, silence, true).toBuffer().getBytes();
            String head = "POST /v1/" + path(api) + " HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer test-key\r\n"
                    + "anthropic-version: 2023-06-01\r\nContent-Length: " + body.length + "\r\n\r\n";
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), provider.port())) {
                socket.setSoTimeout(250);
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().write(body);
                ByteArrayOutputStream got = new ByteArrayOutputStream();
                assertThatThrownBy(() -> socket.getInputStream().transferTo(got))
                        .isInstanceOf(SocketTimeoutException.class);
                String said = got.toString(StandardCharsets.UTF_8);
                assertThat(said).contains(heard).doesNotContainPattern(terminal(api));
                assertThat(said.isEmpty()).isEqualTo(heard.isEmpty());
                assertThat(said.contains("data: ")).isEqualTo(heard.equals("data:"));
                assertThat(provider.counts("test-key", api).outputTokens()).isEqualTo(tokens);
            }
        }
    }

    @Test
    void what_anthropic_would_not_take_is_refused_in_its_words() throws Exception {
        JsonObject ask = ask(Api.MESSAGES, "tokens=1", false);
        assertThat(refusal("messages", ask.copy().putNull("max_tokens"))).contains("max_tokens: Field required");
        assertThat(refusal("messages", ask.copy().put("n", 2))).contains("n: Extra inputs are not permitted");
        JsonArray orphan = new JsonArray("""
                [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x", "content": "1"}]}]""");
        assertThat(refusal("messages", ask.copy().put("messages", orphan))).contains("unexpected `tool_use_id`");
        HttpResponse<byte[]> unversioned = client.send(
                HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/messages"))
                        .POST(HttpRequest.BodyPublishers.ofString(ask.encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(text(unversioned)).contains("anthropic-version: header is required");
    }

    @Test
    void what_openai_would_not_take_as_a_response_is_refused_in_its_words() throws Exception {
        JsonObject ask = ask(Api.RESPONSES, "tokens=1", false);
        assertThat(refusal("responses", ask.copy().put("stop", "x"))).contains("Unknown parameter: 'stop'");
        assertThat(refusal("responses", ask.copy().put("max_output_tokens", 5))).contains("at least 16");
        JsonArray orphan = new JsonArray("""
                [{"type": "function_call_output", "call_id": "x", "output": "1"}]""");
        assertThat(refusal("responses", ask.copy().put("input", orphan))).contains("No tool call found");
        JsonArray unanswered = new JsonArray("""
                [{"type": "function_call", "call_id": "x", "name": "f", "arguments": "{}"}]""");
        assertThat(refusal("responses", ask.copy().put("input", unanswered))).contains("No tool output found");
    }

    @Test
    void a_prompt_marked_for_the_cache_is_written_once_and_read_then() throws Exception {
        JsonObject ask = new JsonObject("""
                {"model": "small", "max_tokens": 9,
                 "system": [{"type": "text", "text": "1234 1234 1234 1234", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
                 "messages": [{"role": "user", "content": [
                   {"type": "text", "text": "[[sim tokens=2]] 1234", "cache_control": {"type": "ephemeral"}}]}]}""");
        JsonObject first = usage(ask);
        JsonObject second = usage(ask);
        assertThat(first.getJsonObject("cache_creation"))
                .isEqualTo(new JsonObject("{\"ephemeral_5m_input_tokens\": 6, \"ephemeral_1h_input_tokens\": 5}"));
        assertThat(first.getInteger("cache_read_input_tokens")).isZero();
        assertThat(second.getInteger("cache_read_input_tokens")).isEqualTo(11);
        assertThat(second.getInteger("cache_creation_input_tokens")).isZero();
        assertThat(second.getInteger("input_tokens")).isZero();
    }

    @Test
    void tokens_are_counted_without_being_generated() throws Exception {
        JsonObject counted = new JsonObject(text(send("messages/count_tokens", ask(Api.MESSAGES, "tokens=9", false))));
        assertThat(counted.getInteger("input_tokens")).isPositive();
        assertThat(provider.counts("test-key", Api.COUNT_TOKENS).requests()).isEqualTo(1);
        assertThat(provider.total().outputTokens()).isZero();
    }

    @Test
    void the_same_text_has_the_same_embedding_in_either_encoding() throws Exception {
        JsonObject ask = new JsonObject()
                .put("model", "e")
                .put("input", new JsonArray().add("one").add("two"));
        JsonArray plain = new JsonObject(text(send("embeddings", ask))).getJsonArray("data");
        JsonArray packed = new JsonObject(text(send("embeddings", ask.copy().put("encoding_format", "base64"))))
                .getJsonArray("data");
        ByteBuffer bytes = ByteBuffer.wrap(
                        Base64.getDecoder().decode(packed.getJsonObject(1).getString("embedding")))
                .order(ByteOrder.LITTLE_ENDIAN);
        JsonArray second = plain.getJsonObject(1).getJsonArray("embedding");
        assertThat(second).hasSize(Embeddings.DIMENSIONS);
        assertThat(bytes.getFloat(4)).isEqualTo(second.getFloat(1));
        assertThat(second).isNotEqualTo(plain.getJsonObject(0).getJsonArray("embedding"));
        JsonObject tokens = new JsonObject()
                .put("model", "e")
                .put("input", new JsonArray().add(1).add(2).add(3))
                .put("dimensions", 3);
        JsonObject answer = new JsonObject(text(send("embeddings", tokens)));
        assertThat(answer.getJsonObject("usage").getInteger("prompt_tokens")).isEqualTo(3);
        assertThat(answer.getJsonArray("data").getJsonObject(0).getJsonArray("embedding"))
                .hasSize(3);
        assertThat(provider.counts("test-key", Api.EMBEDDINGS).inputTokens()).isEqualTo(2 + 2 + 3);
    }

    @Test
    void a_service_tells_what_it_was_asked_and_is_counted() throws Exception {
        URI root = provider.baseUrl().resolve("/svc/");
        HttpRequest put = HttpRequest.newBuilder(root.resolve("a/b%20c?d=e&d=f"))
                .header("x-api-key", "test-key")
                .PUT(HttpRequest.BodyPublishers.ofString("Käse"))
                .build();
        JsonObject echo = new JsonObject(
                client.send(put, HttpResponse.BodyHandlers.ofString()).body());
        assertThat(echo.getString("method")).isEqualTo("PUT");
        assertThat(echo.getString("path")).isEqualTo("/svc/a/b%20c");
        assertThat(echo.getString("query")).isEqualTo("d=e&d=f");
        assertThat(echo.getString("body")).isEqualTo("Käse");
        assertThat(echo.getJsonObject("headers").getString("x-api-key")).isEqualTo("test-key");
        HttpRequest away = HttpRequest.newBuilder(root.resolve("redirect/307?to=http://elsewhere.example/"))
                .build();
        HttpResponse<String> redirected = client.send(away, HttpResponse.BodyHandlers.ofString());
        assertThat(redirected.statusCode()).isEqualTo(307);
        assertThat(redirected.headers().firstValue("location")).hasValue("http://elsewhere.example/");
        assertThat(provider.counts("test-key", Api.SERVICES).requests()).isEqualTo(1);
        assertThat(provider.seen()).hasSize(2);
    }

    private static Pattern terminal(Api api) {
        return Pattern.compile(
                switch (api) {
                    case CHAT -> "\\[DONE]";
                    case MESSAGES -> "message_stop";
                    default -> "response\\.(completed|incomplete)"; // open: the third of them
                });
    }

    private static JsonObject usage(JsonObject ask) throws Exception {
        return new JsonObject(text(send("messages", ask))).getJsonObject("usage");
    }

    private static String refusal(String path, JsonObject ask) throws Exception {
        HttpResponse<byte[]> response = send(path, ask);
        assertThat(response.statusCode()).isEqualTo(400);
        return new JsonObject(text(response)).getJsonObject("error").getString("message");
    }

    private static String body(Api api, String directive, boolean stream) throws Exception {
        return text(post(api, directive, stream));
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static HttpResponse<byte[]> post(Api api, String directive, boolean stream) throws Exception {
        return client.send(request(api, directive, stream), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> send(String path, JsonObject ask) throws Exception {
        return client.send(request(path, ask), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static HttpRequest request(Api api, String directive, boolean stream) {
        return request(path(api), ask(api, directive, stream));
    }

    private static String path(Api api) {
        return switch (api) {
            case CHAT -> "chat/completions";
            case MESSAGES -> "messages";
            default -> "responses"; // open: the third of them
        };
    }

    private static JsonObject ask(Api api, String directive, boolean stream) {
        String text = "[[sim " + directive + "]]";
        JsonObject ask = new JsonObject().put("model", "small").put("stream", stream);
        if (api == Api.RESPONSES) {
            return ask.put("input", text);
        }
        JsonObject message = new JsonObject().put("role", "user").put("content", text);
        ask.put("messages", new JsonArray().add(message));
        return api == Api.MESSAGES ? ask.put("max_tokens", 100) : ask;
    }

    private static HttpRequest request(String path, JsonObject ask) {
        return HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/" + path))
                .header("x-api-key", "test-key")
                .header("anthropic-version", "2023-06-01")
                .POST(HttpRequest.BodyPublishers.ofString(ask.encode()))
                .build();
    }
}
