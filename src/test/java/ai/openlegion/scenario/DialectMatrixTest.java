package ai.openlegion.scenario;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.simulator.Api;
import ai.openlegion.simulator.Counts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Official clients, unmodified, with the mesh as their base URL and an agent's token as their key: whichever dialect
/// they
/// speak, and whichever the provider of the model speaks.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class DialectMatrixTest {

    private static final Map<String, Api> MODELS =
            Map.of("sim/small", Api.CHAT, "simant/small", Api.MESSAGES, "simresp/small", Api.RESPONSES);

    /// Prompts of the streams that break, of each client six and three: their usage never comes.
    private static final long PROMPTS_UNTOLD = (6 + 3) * 11;

    private static Upstream upstream;
    private static Mesh mesh;
    private static List<MatrixCase> cases;
    private static Map<Api, Counts> counts;

    @BeforeAll
    static void run() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream)
                .everyDialect()
                .agent("alpha", "100", "\"*\"", "[\"llm\"]")
                .agent("claude", "100", "\"*\"", "[\"llm\"]"));
        cases = MatrixCase.of(Node.script(
                mesh.port(),
                mesh.token("alpha"),
                "matrix.mjs",
                String.join(",", MatrixCase.CLIENTS),
                String.join(",", MODELS.keySet())));
        upstream.awaitQuiet();
        counts = new EnumMap<>(Api.class);
        MODELS.values().forEach(api -> counts.put(api, upstream.provider().counts(Upstream.KEY, api)));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    static List<MatrixCase> cases() {
        return cases;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void every_client_gets_on_with_every_provider(MatrixCase one) {
        one.check();
    }

    @Test
    void every_combination_was_tried_and_every_token_of_it_counted() {
        assertThat(cases).hasSize(3 * (3 * 14 + 3 * 10));
        MODELS.forEach((model, api) -> {
            Counts told = requireNonNull(counts.get(api));
            assertThat(told.outputTokens()).as(model).isEqualTo(MatrixCase.TOKENS);
            assertThat(told.inputTokens()).as(model).isEqualTo(inputTold(model) + PROMPTS_UNTOLD);
        });
    }

    @Test
    void nothing_that_was_generated_is_left_unbooked() {
        long pico = 0;
        for (Counts told : counts.values()) {
            pico += told.inputTokens() * 1_000_000 + told.outputTokens() * 2_000_000;
        }
        assertThat(mesh.settledSpend("alpha").gone()).isGreaterThanOrEqualTo(pico);
    }

    @Test
    void images_and_system_prompts_arrive_in_the_providers_words() {
        String pixel =
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        List<JsonObject> chat = bodies("/v1/chat/completions");
        List<JsonObject> messages = bodies("/v1/messages");
        List<JsonObject> responses = bodies("/v1/responses");
        String url = "data:image/png;base64," + pixel;
        assertThat(having(chat, "tokens=11]] image"))
                .hasSize(6)
                .allSatisfy(body -> assertThat(content(body, "messages")
                                .getJsonObject(1)
                                .getJsonObject("image_url")
                                .getString("url"))
                        .isEqualTo(url));
        assertThat(having(messages, "tokens=11]] image"))
                .hasSize(6)
                .allSatisfy(body -> assertThat(content(body, "messages")
                                .getJsonObject(1)
                                .getJsonObject("source")
                                .getString("data"))
                        .isEqualTo(pixel));
        assertThat(having(responses, "tokens=11]] image"))
                .hasSize(6)
                .allSatisfy(body -> assertThat(
                                content(body, "input").getJsonObject(1).getString("image_url"))
                        .isEqualTo(url));
        String system = "You are brief; é, 東京, 🦉.";
        assertThat(having(chat, "cached=5]] plain")).hasSize(6).allSatisfy(body -> {
            assertThat(body.getJsonArray("messages").getJsonObject(0).getString("role"))
                    .isIn("system", "developer");
            assertThat(body.getJsonArray("messages").getJsonObject(0).encode()).contains(system);
        });
        assertThat(having(messages, "cached=5]] plain"))
                .hasSize(6)
                .allSatisfy(
                        body -> assertThat(body.getValue("system").toString()).contains(system));
        assertThat(having(responses, "cached=5]] plain"))
                .hasSize(6)
                .allSatisfy(body -> assertThat(body.encode()).contains(system));
    }

    @Test
    void a_long_conversation_with_a_cache_and_signed_thoughts_arrives_byte_for_byte() throws Exception {
        int before = bodiesAsSent().size();
        JsonObject printed = Node.script(mesh.port(), mesh.token("claude"), "conversation.mjs", "simant/small", "50");
        JsonArray sent = printed.getJsonArray("sent");
        List<String> seen = bodiesAsSent().subList(before, before + 50);

        assertThat(sent).hasSize(50);
        for (int turn = 0; turn < 50; turn++) {
            assertThat(seen.get(turn))
                    .as("turn %d", turn)
                    .isEqualTo(sent.getString(turn).replace("\"model\":\"simant/small\"", "\"model\":\"small\""));
        }
        assertThat(seen.getLast()).contains("\"signature\":\"", "\"redacted_thinking\"", "\"cache_control\"");
        assertThat(printed.getLong("cacheRead")).isGreaterThan(printed.getLong("input"));
    }

    private static List<String> bodiesAsSent() {
        return upstream.provider().seen().stream()
                .filter(seen -> seen.getString("path").startsWith("/v1/messages"))
                .map(seen -> seen.getString("body"))
                .filter(body -> body.contains("conversation"))
                .toList();
    }

    private static long inputTold(String model) {
        return cases.stream()
                .filter(one -> one.model().equals(model))
                .mapToLong(one -> input(one) + input(one.result().getJsonObject("first", new JsonObject())))
                .sum();
    }

    /* What LangChain was not told, Anthropic's own client was, of the same prompt. */
    private static long input(MatrixCase one) {
        long input = input(one.result());
        boolean untold = one.client().equals("langchainAnthropic")
                && Set.of("streaming", "tool").contains(one.name())
                && input == 0;
        return !untold
                ? input
                : cases.stream()
                        .filter(other -> other.client().equals("anthropic")
                                && other.model().equals(one.model())
                                && other.name().equals(one.name()))
                        .mapToLong(other -> input(other.result()))
                        .sum();
    }

    private static long input(JsonObject result) {
        return result.getJsonObject("usage", new JsonObject().put("input", 0)).getLong("input");
    }

    private static List<JsonObject> bodies(String path) {
        return upstream.provider().seen().stream()
                .filter(seen -> seen.getString("path").startsWith(path))
                .map(seen -> new JsonObject(seen.getString("body")))
                .toList();
    }

    private static List<JsonObject> having(List<JsonObject> bodies, String text) {
        return bodies.stream().filter(body -> body.encode().contains(text)).toList();
    }

    private static JsonArray content(JsonObject body, String messages) {
        JsonArray all = body.getJsonArray(messages);
        return all.getJsonObject(all.size() - 1).getJsonArray("content");
    }
}
