package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sessions of command-line clients, written down from their public protocols and replayed on the wire, with a provider
/// of
/// their own dialect behind the mesh and with every other.
@Timeout(60)
@ExtendWith(LogOnFailure.class)
class TranscriptTest {

    private static final Transcript CLAUDE = Transcript.of("claude-code");
    private static final Transcript CODEX = Transcript.of("codex");

    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream).everyDialect().agent("alpha", "100", "\"sim*/small\"", "[\"llm\"]"));
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
    void claude_code_finds_the_gateway_and_its_models() throws Exception {
        assertThat(replay(CLAUDE.request("probe"), "").status()).isBetween(200, 499);
        Replayed models = replay(CLAUDE.request("models"), "");
        assertThat(models.status()).isEqualTo(200);
        assertThat(models.json().getJsonArray("data").stream().map(model -> ((JsonObject) model).getString("id")))
                .contains("simant/small", "sim/small", "simresp/small");
    }

    @ParameterizedTest
    @ValueSource(strings = {"simant/small", "sim/small", "simresp/small"})
    void claude_code_works_through_a_turn_with_a_tool(String model) throws Exception {
        Replayed counted = replay(CLAUDE.request("count"), model);
        assertThat(counted.status()).as(counted.body()).isEqualTo(200);
        assertThat(counted.json().getInteger("input_tokens")).isPositive();

        Replayed first = replay(CLAUDE.request("first"), model);
        JsonObject message = message(first);
        assertThat(message.getString("stop_reason")).isEqualTo("tool_use");
        assertThat(text(message, "text", "text")).isEqualTo("Here answer");
        JsonObject call = blocks(message, "tool_use").getFirst();
        assertThat(call.getString("name")).isEqualTo("Read");
        assertThat(call.getJsonObject("input"))
                .isEqualTo(new JsonObject().put("file_path", "Zürich").put("limit", 7));

        Transcript.Request turn = CLAUDE.request("second")
                .with("assistant", message.getJsonArray("content").encode())
                .with("call", call.getString("id"));
        Replayed second = replay(turn, model);
        JsonObject answer = message(second);
        assertThat(answer.getString("stop_reason")).isEqualTo("end_turn");
        assertThat(text(answer, "text", "text")).startsWith("Here answer");
        assertThat(answer.getJsonObject("usage").getInteger("output_tokens")).isEqualTo(12);

        JsonObject headers = upstream.provider().last().getJsonObject("headers");
        assertThat(headers.encode()).doesNotContain("x-claude-code", mesh.token("alpha"));
        assertThat(headers.containsKey("anthropic-beta")).isEqualTo(model.equals("simant/small"));
    }

    @Test
    void claude_code_reaches_a_provider_of_its_own_dialect_untouched() throws Exception {
        Transcript.Request first = CLAUDE.request("first");
        var _ = replay(first, "simant/small");
        JsonObject seen = upstream.provider().last();
        JsonObject headers = seen.getJsonObject("headers");

        assertThat(seen.getString("body"))
                .isEqualTo(first.with("model", "small").body());
        assertThat(headers.getString("anthropic-version")).isEqualTo("2023-06-01");
        assertThat(headers.getString("anthropic-beta"))
                .isEqualTo(first.headers().stream()
                        .filter(line -> line.startsWith("anthropic-beta: "))
                        .collect(Collectors.joining())
                        .substring("anthropic-beta: ".length()));
        assertThat(headers.fieldNames()).noneMatch(name -> name.startsWith("x-claude-code"));
        assertThat(headers.encode()).doesNotContain(mesh.token("alpha"));
    }

    @Test
    void codex_is_told_at_once_that_there_is_no_websocket_and_finds_its_models() throws Exception {
        Replayed upgrade = replay(CODEX.request("websocket"), "");
        assertThat(upgrade.status()).isEqualTo(426);
        assertThat(upgrade.headers().get("connection")).isEqualToIgnoringCase("close");
        Replayed models = replay(CODEX.request("models"), "");
        assertThat(models.status()).isEqualTo(200);
        assertThat(models.json().getJsonArray("data")).isNotEmpty();
        assertThat(models.json().getJsonArray("models")).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"simresp/small", "sim/small", "simant/small"})
    void codex_works_through_a_turn_with_a_tool(String model) throws Exception {
        JsonObject first = response(replay(CODEX.request("first"), model));
        List<JsonObject> output = first.getJsonArray("output").stream()
                .map(JsonObject.class::cast)
                .toList();
        JsonObject call = output.getLast();
        assertThat(call.getString("type")).isEqualTo("function_call");
        assertThat(call.getString("name")).isEqualTo("exec_command");
        assertThat(new JsonObject(call.getString("arguments")))
                .isEqualTo(new JsonObject().put("cmd", "Zürich").put("yield_time_ms", 7));

        Transcript.Request turn = CODEX.request("second")
                .with("output", output.stream().map(JsonObject::encode).collect(Collectors.joining(",\n    ")))
                .with("call", call.getString("call_id"));
        JsonObject second = response(replay(turn, model));
        JsonObject said = second.getJsonArray("output")
                .getJsonObject(second.getJsonArray("output").size() - 1);
        assertThat(said.getString("type")).isEqualTo("message");
        assertThat(said.getJsonArray("content").getJsonObject(0).getString("text"))
                .startsWith("Here answer");
        assertThat(second.getJsonObject("usage").getInteger("output_tokens")).isEqualTo(12);
        if (model.equals("simresp/small")) {
            // it names no maximum: that is the only thing that is added
            assertThat(upstream.provider().last().getString("body").replace("\"max_output_tokens\":4096,", ""))
                    .isEqualTo(turn.with("model", "small").body());
        }
    }

    private static Replayed replay(Transcript.Request request, String model) throws Exception {
        return Replayed.of(
                mesh.port(), request.with("token", mesh.token("alpha")).with("model", model));
    }

    /* The message that Claude Code puts together, after a look at all it relies on. */
    private static JsonObject message(Replayed replayed) {
        assertThat(replayed.status()).as(replayed.body()).isEqualTo(200);
        assertThat(replayed.headers().get("content-type")).startsWith("text/event-stream");
        assertThat(replayed.headers()).containsKeys("request-id", "x-request-id");
        List<JsonObject> events = replayed.events().stream()
                .filter(event -> !event.getString("type").equals("ping"))
                .toList();
        assertThat(events.getFirst().getString("type")).isEqualTo("message_start");
        assertThat(events.getLast().getString("type")).isEqualTo("message_stop");
        assertThat(events.get(events.size() - 2).getString("type")).isEqualTo("message_delta");
        JsonObject message = events.getFirst().getJsonObject("message").copy();
        assertThat(message.getJsonObject("usage").fieldNames()).contains("input_tokens", "output_tokens");
        JsonArray content = message.getJsonArray("content");
        boolean open = false;
        StringBuilder input = new StringBuilder();
        for (JsonObject event : events.subList(1, events.size() - 2)) {
            switch (event.getString("type")) {
                case "content_block_start" -> {
                    assertThat(open).isFalse();
                    assertThat(event.getInteger("index")).isEqualTo(content.size());
                    content.add(event.getJsonObject("content_block").copy());
                    input.setLength(0);
                    open = true;
                }
                case "content_block_delta" -> {
                    assertThat(open).isTrue();
                    assertThat(event.getInteger("index")).isEqualTo(content.size() - 1);
                    add(content.getJsonObject(content.size() - 1), event.getJsonObject("delta"), input);
                }
                case "content_block_stop" -> {
                    assertThat(open).isTrue();
                    assertThat(event.getInteger("index")).isEqualTo(content.size() - 1);
                    JsonObject block = content.getJsonObject(content.size() - 1);
                    if (block.getString("type").equals("tool_use")) {
                        block.put("input", new JsonObject(input.toString()));
                    }
                    open = false;
                }
                default -> throw new AssertionError("unexpected " + event); // open: whatever the mesh sends
            }
        }
        assertThat(open).isFalse();
        JsonObject last = events.get(events.size() - 2);
        return message.mergeIn(last.getJsonObject("delta"))
                .mergeIn(new JsonObject()
                        .put("usage", message.getJsonObject("usage").mergeIn(last.getJsonObject("usage"))));
    }

    private static void add(JsonObject block, JsonObject delta, StringBuilder input) {
        switch (delta.getString("type")) {
            case "text_delta" -> block.put("text", block.getString("text") + delta.getString("text"));
            case "thinking_delta" -> block.put("thinking", block.getString("thinking") + delta.getString("thinking"));
            case "signature_delta" -> block.put("signature", delta.getString("signature"));
            case "input_json_delta" -> input.append(delta.getString("partial_json"));
            default -> throw new AssertionError("unexpected " + delta); // open: whatever the mesh sends
        }
    }

    private static List<JsonObject> blocks(JsonObject message, String type) {
        return message.getJsonArray("content").stream()
                .map(JsonObject.class::cast)
                .filter(block -> block.getString("type").equals(type))
                .toList();
    }

    private static String text(JsonObject message, String type, String member) {
        return blocks(message, type).stream()
                .map(block -> block.getString(member))
                .collect(Collectors.joining());
    }

    /* The completed response, after a look at all that Codex and the SDKs rely on. */
    private static JsonObject response(Replayed replayed) {
        assertThat(replayed.status()).as(replayed.body()).isEqualTo(200);
        assertThat(replayed.headers().get("content-type")).startsWith("text/event-stream");
        assertThat(replayed.headers()).containsKey("x-request-id");
        List<JsonObject> events = replayed.events();
        List<String> types =
                events.stream().map(event -> event.getString("type")).toList();
        assertThat(types.subList(0, 2)).containsExactly("response.created", "response.in_progress");
        assertThat(types).last().isEqualTo("response.completed");
        List<JsonObject> done = new ArrayList<>();
        int open = -1;
        for (int i = 0; i < events.size(); i++) {
            JsonObject event = events.get(i);
            assertThat(event.getInteger("sequence_number")).as("%s", event).isEqualTo(i);
            switch (types.get(i)) {
                case "response.created", "response.in_progress", "response.completed" ->
                    assertThat(event.getJsonObject("response").getString("id")).isNotEmpty();
                case "response.output_item.added" -> {
                    assertThat(open).isNegative();
                    open = event.getInteger("output_index");
                    assertThat(open).isEqualTo(done.size());
                }
                case "response.output_item.done" -> {
                    assertThat(event.getInteger("output_index")).isEqualTo(open);
                    done.add(event.getJsonObject("item"));
                    open = -1;
                }
                default -> { // open: events inside an item
                    assertThat(event.getInteger("output_index")).as("%s", event).isEqualTo(open);
                    assertThat(event.getString("item_id")).isNotEmpty();
                    if (types.get(i).startsWith("response.output_text.")) {
                        assertThat(event.getJsonArray("logprobs")).isEmpty();
                    }
                }
            }
        }
        assertThat(types).isSubsetOf(KNOWN);
        JsonObject response = events.getLast().getJsonObject("response");
        assertThat(response.getString("status")).isEqualTo("completed");
        assertThat(response.getJsonArray("output")).isEqualTo(new JsonArray(done));
        JsonObject usage = response.getJsonObject("usage");
        assertThat(usage.getJsonObject("input_tokens_details").getInteger("cached_tokens"))
                .isNotNegative();
        assertThat(usage.getJsonObject("output_tokens_details").getInteger("reasoning_tokens"))
                .isNotNegative();
        return response;
    }

    private static final Set<String> KNOWN = Set.of(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.output_item.done",
            "response.content_part.added",
            "response.content_part.done",
            "response.output_text.delta",
            "response.output_text.done",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.reasoning_summary_part.added",
            "response.reasoning_summary_part.done",
            "response.reasoning_summary_text.delta",
            "response.reasoning_summary_text.done",
            "response.completed");
}
