package ai.openlegion.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.scenario.Eventually;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SimulatedProviderTest {

    private static Vertx vertx;
    private static SimulatedProvider provider;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        provider = SimulatedProvider.start(vertx, 0, new SimulatedProvider.Options("127.0.0.1", null, 2))
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

    @Test
    void scripted_tool_calls_come_one_in_each_answer_until_all_have_results() throws Exception {
        String script = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("[{\"name\":\"a\",\"arguments\":{\"x\":\"é\"}},{\"name\":\"b\"}]"
                        .getBytes(StandardCharsets.UTF_8));
        JsonObject request = chat("[[sim calls=" + script + " tokens=3]]", false);
        JsonArray messages = request.getJsonArray("messages");
        JsonObject first = message(request);
        assertThat(function(first)).isEqualTo(new JsonObject().put("name", "a").put("arguments", "{\"x\":\"é\"}"));
        messages.add(first).add(new JsonObject().put("role", "tool").put("content", "1"));
        JsonObject second = message(request);
        assertThat(function(second)).isEqualTo(new JsonObject().put("name", "b").put("arguments", "{}"));
        messages.add(second).add(new JsonObject().put("role", "tool").put("content", "2"));
        assertThat(message(request).getString("content")).startsWith("Here answer");
        assertThat(post(chat("[[sim calls=bm8]]", false)).statusCode()).isEqualTo(400);
    }

    @Test
    void with_samples_the_tasks_of_the_sample_workflows_get_fitting_answers_that_are_counted() throws Exception {
        SimulatedProvider sampling = SimulatedProvider.start(vertx, 0, SimulatedProvider.Options.sampling("right"))
                .await(10, TimeUnit.SECONDS);
        String task =
                "Task: research_prospect\nInput: {\"lead_id\":\"7\",\"company\":\"Käse \uD83E\uDD89\"}\n\nWhen done, …";
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create(sampling.baseUrl() + "/chat/completions"))
                        .header("authorization", "Bearer right")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                chat(task, false).encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        JsonObject body = new JsonObject(answer.body());
        JsonObject said = new JsonObject(body.getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message")
                .getString("content"));
        assertThat(said.getJsonObject("result"))
                .isEqualTo(new JsonObject()
                        .put("lead_id", "7")
                        .put("company", "Käse \uD83E\uDD89")
                        .put(
                                "signals",
                                new JsonArray()
                                        .add("hires platform engineers")
                                        .add("opened a second office")
                                        .add("replaced its CRM last year"))
                        .put("fit", 0.86));
        assertThat(said.getJsonObject("promote").fieldNames()).containsExactly("context/prospect_7");
        assertThat(sampling.counts("right").outputTokens())
                .isEqualTo(body.getJsonObject("usage").getLong("completion_tokens"))
                .isGreaterThan(60);
        assertThat(Samples.answer("Task: translate\nInput: {\"item\":\"Welsh\",\"input\":{\"text\":\"Hi\"}}"))
                .isEqualTo("{\"result\":{\"language\":\"Welsh\",\"text\":\"[Welsh] Hi\"}}");
        assertThat(Samples.answer("Task: choose_languages\nInput: {}")).contains("\"languages\":[\"German\",");
        assertThat(Samples.answer("Task: something_else\nInput: {}")).isNull();
        assertThat(Samples.answer("Tell me of Task: translate\nInput: {}")).isNull();
        sampling.close().await(10, TimeUnit.SECONDS);
    }

    private static JsonObject message(JsonObject request) throws Exception {
        return new JsonObject(post(request).body())
                .getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message");
    }

    private static JsonObject function(JsonObject message) {
        return message.getJsonArray("tool_calls").getJsonObject(0).getJsonObject("function");
    }

    @Test
    void an_unstreamed_answer_has_the_length_asked_for_and_is_counted() throws Exception {
        JsonObject answer =
                new JsonObject(post(chat("[[sim tokens=40]]", false)).body());

        assertThat(answer.getJsonObject("usage").getInteger("completion_tokens"))
                .isEqualTo(40);
        assertThat(choice(answer).getString("finish_reason")).isEqualTo("stop");
        assertThat(provider.counts("test-key").outputTokens()).isEqualTo(40);
        assertThat(provider.counts("test-key").requests()).isEqualTo(1);
        assertThat(provider.counts("test-key").inputTokens())
                .isEqualTo((long) answer.getJsonObject("usage").getInteger("prompt_tokens"));
        assertThat(provider.counts("other").outputTokens()).isZero();
    }

    @Test
    void a_stream_says_the_same_as_the_whole_answer() throws Exception {
        JsonObject whole = new JsonObject(post(chat("[[sim tokens=50]]", false)).body());
        String streamed = post(chat("[[sim tokens=50]]", true)).body();

        assertThat(text(streamed))
                .isEqualTo(choice(whole).getJsonObject("message").getString("content"));
        assertThat(streamed).endsWith("data: [DONE]\n\n");
        assertThat(provider.total().outputTokens()).isEqualTo(100);
        assertThat(provider.total().streamsOpen()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"split=3", "crlf", "comments", "multiline", "usage_each", "split=7 crlf comments multiline"})
    void another_dress_on_the_wire_carries_the_same_text(String dress) throws Exception {
        String plain = post(chat("[[sim tokens=50]]", true)).body();
        String dressed = post(chat("[[sim tokens=50 " + dress + "]]", true)).body();

        assertThat(text(dressed)).isEqualTo(text(plain));
    }

    @ParameterizedTest
    @CsvSource({"max_tokens", "max_completion_tokens"})
    void an_honest_model_stops_at_its_maximum(String field) throws Exception {
        String body = post(chat("[[sim tokens=50]]", true).put(field, 12)).body();

        assertThat(body).contains("\"finish_reason\":\"length\"");
        assertThat(provider.total().outputTokens()).isEqualTo(12);
    }

    @Test
    void a_dishonest_model_passes_its_maximum() throws Exception {
        post(chat("[[sim tokens=50 ignore_max]]", true).put("max_tokens", 12));

        assertThat(provider.total().outputTokens()).isEqualTo(50);
    }

    @Test
    void every_choice_is_generated_and_counted() throws Exception {
        JsonObject answer =
                new JsonObject(post(chat("[[sim tokens=5]]", false).put("n", 3)).body());

        assertThat(answer.getJsonArray("choices")).hasSize(3);
        assertThat(provider.total().outputTokens()).isEqualTo(15);
    }

    @Test
    void usage_is_streamed_only_when_asked_for() throws Exception {
        JsonObject asked =
                chat("[[sim tokens=5]]", true).put("stream_options", new JsonObject().put("include_usage", true));

        assertThat(post(asked).body()).contains("\"completion_tokens\":5");
        assertThat(post(chat("[[sim tokens=5]]", true)).body()).doesNotContain("completion_tokens");
    }

    @ParameterizedTest
    @CsvSource({"over,1020", "under,5", "zero,0"})
    void usage_lies_as_told(String lie, int claimed) throws Exception {
        JsonObject answer = new JsonObject(
                post(chat("[[sim tokens=10 lie_usage=" + lie + "]]", false)).body());

        assertThat(answer.getJsonObject("usage").getInteger("completion_tokens"))
                .isEqualTo(claimed);
        assertThat(provider.total().outputTokens()).isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource({"refuse401,401", "refuse403,403", "refuse429,429", "error500,500", "status=529,529"})
    void a_refusal_has_its_status_and_generates_nothing(String mode, int status) throws Exception {
        HttpResponse<String> response = post(chat("[[sim mode=" + mode + "]]", false));

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(new JsonObject(response.body()).getJsonObject("error").getString("message"))
                .isNotEmpty();
        assertThat(provider.total().outputTokens()).isZero();
    }

    @Test
    void the_model_name_can_carry_the_script() throws Exception {
        post(chat("hello", true).put("model", "small:tokens=9:unknown"));

        assertThat(provider.total().outputTokens()).isEqualTo(9);
    }

    @Test
    void a_misspelt_directive_is_refused() throws Exception {
        assertThat(post(chat("[[sim token=9]]", true)).statusCode()).isEqualTo(400);
    }

    @Test
    void tools_are_called_and_their_results_answered() throws Exception {
        JsonObject call = chat("[[sim tool_call]]", true).put("tools", new JsonArray().add(weather()));
        String calling = post(call).body();
        call.getJsonArray("messages").add(new JsonObject().put("role", "tool").put("content", "18"));
        String answering = post(call).body();

        assertThat(calling).contains("\"finish_reason\":\"tool_calls\"");
        assertThat(pieces(calling)).isEqualTo("{\"city\":\"Zürich\"}");
        assertThat(provider.total().outputTokens()).isEqualTo(1 + 5 + Script.TOKENS_BY_DEFAULT);
        assertThat(answering).contains("\"finish_reason\":\"stop\"");
    }

    @Test
    void the_key_it_got_is_echoed_when_told_so() throws Exception {
        assertThat(text(post(chat("[[sim echo_key=split]]", true)).body())).startsWith("Your key: test-key");
        assertThat(provider.last().getJsonObject("headers").getString("authorization"))
                .isEqualTo("Bearer test-key");
    }

    @Test
    void a_stream_can_end_without_its_terminal_frame() throws Exception {
        assertThat(post(chat("[[sim no_terminal]]", true)).body())
                .doesNotContain("[DONE]")
                .doesNotContain("\"finish_reason\":\"stop\"");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_connection_can_drop_inside_a_frame(boolean stream) {
        assertThatThrownBy(() -> post(chat("[[sim tokens=50 drop_after=10]]", stream)))
                .isInstanceOf(IOException.class);
        assertThat(provider.total().outputTokens()).isEqualTo(10);
    }

    @Test
    void an_honest_model_stops_when_its_client_leaves() throws Exception {
        long atDeparture = leaveAfterFirstBytes("[[sim tokens=100000 pace=1]]");

        assertThat(provider.total().outputTokens()).isLessThan(atDeparture + 2_000);
        assertThat(provider.total().disconnects()).isEqualTo(1);
    }

    @Test
    void a_model_that_keeps_going_counts_all_of_it() throws Exception {
        leaveAfterFirstBytes("[[sim tokens=400 pace=1 keeps_going]]");

        assertThat(provider.total().outputTokens()).isEqualTo(400);
    }

    @Test
    void a_slow_reader_slows_the_model() throws Exception {
        try (Socket socket = connect("[[sim tokens=3000000]]")) {
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            long count = Eventually.settled("the count", () -> provider.total().outputTokens());

            assertThat(count).isLessThan(200_000);
        }
        Eventually.until("no stream is open", () -> provider.total().streamsOpen() == 0);
    }

    @Test
    void only_the_required_key_is_served() throws Exception {
        SimulatedProvider keyed = SimulatedProvider.start(vertx, 0, SimulatedProvider.Options.keyed("right"))
                .await(30, TimeUnit.SECONDS);

        assertThat(post(keyed, chat("hi", false), "wrong").statusCode()).isEqualTo(401);
        assertThat(post(keyed, chat("hi", false), "right").statusCode()).isEqualTo(200);
        keyed.close().await(30, TimeUnit.SECONDS);
    }

    @Test
    void the_counter_api_tells_each_key_and_the_total() throws Exception {
        post(provider, chat("[[sim tokens=5]]", false), "alpha");
        post(provider, chat("[[sim tokens=6]]", false), "beta");
        HttpRequest request = HttpRequest.newBuilder(provider.baseUrl().resolve("/_sim/counts"))
                .build();
        JsonObject counts = new JsonObject(
                client.send(request, HttpResponse.BodyHandlers.ofString()).body());

        assertThat(counts.getJsonObject("alpha").getInteger("output_tokens")).isEqualTo(5);
        assertThat(counts.getJsonObject("beta").getInteger("output_tokens")).isEqualTo(6);
        assertThat(counts.getJsonObject("total").getInteger("output_tokens")).isEqualTo(11);
    }

    @Test
    void lengths_are_drawn_from_a_seed() throws Exception {
        post(chat("[[sim lognormal=150:0.8:42]]", true));
        long first = provider.total().outputTokens();
        post(chat("[[sim lognormal=150:0.8:42]]", false));

        assertThat(provider.total().outputTokens()).isEqualTo(2 * first);
    }

    private long leaveAfterFirstBytes(String directive) throws Exception {
        long atDeparture;
        try (Socket socket = connect(directive)) {
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            atDeparture = provider.total().outputTokens();
        }
        Eventually.until("no stream is open", () -> provider.total().streamsOpen() == 0);
        return atDeparture;
    }

    private static Socket connect(String directive) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), provider.port());
        byte[] body = chat(directive, true).toBuffer().getBytes();
        String head = "POST /v1/chat/completions HTTP/1.1\r\nHost: sim\r\nContent-Length: " + body.length + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(body);
        return socket;
    }

    private static String text(String stream) {
        return deltas(stream).stream()
                .map(delta -> delta.getString("content", ""))
                .collect(Collectors.joining());
    }

    private static String pieces(String stream) {
        return deltas(stream).stream()
                .filter(delta -> delta.containsKey("tool_calls"))
                .map(delta -> delta.getJsonArray("tool_calls").getJsonObject(0).getJsonObject("function"))
                .map(function -> function.getString("arguments"))
                .collect(Collectors.joining());
    }

    private static List<JsonObject> deltas(String stream) {
        return stream.replace("\r\n", "\n")
                .replace("\ndata: \"object\"", "\"object\"")
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> new JsonObject(line.substring(6)))
                .filter(frame -> !frame.getJsonArray("choices").isEmpty())
                .map(frame -> choice(frame).getJsonObject("delta"))
                .toList();
    }

    private static JsonObject choice(JsonObject answer) {
        return answer.getJsonArray("choices").getJsonObject(0);
    }

    private static JsonObject weather() {
        return new JsonObject("""
                {"type": "function", "function": {"name": "weather",
                 "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}""");
    }

    private static JsonObject chat(String text, boolean stream) {
        return new JsonObject()
                .put("model", "small")
                .put("stream", stream)
                .put(
                        "messages",
                        new JsonArray().add(new JsonObject().put("role", "user").put("content", text)));
    }

    private static HttpResponse<String> post(JsonObject body) throws Exception {
        return post(provider, body, "test-key");
    }

    private static HttpResponse<String> post(SimulatedProvider to, JsonObject body, String key) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(to.baseUrl() + "/chat/completions"))
                .header("authorization", "Bearer " + key)
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
