package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// OpenAI's responses: events, those of filler words encoded but for their number, and the response object.
final class ResponsesFrames {

    static final String ENCRYPTED = "gAAAAABzaW11bGF0ZWQgcmVhc29uaW5nIQ==";

    /// Items whose words are encoded in advance.
    private static final int ITEMS = 3;

    private static final long CREATED = 1_790_000_000;
    private static final byte[] TEXT_DELTA = bytes("event: response.output_text.delta\n"
            + "data: {\"type\":\"response.output_text.delta\",\"sequence_number\":");
    private static final byte[][][] WORDS = new byte[ITEMS][Answer.words() + 1][];

    static {
        for (int item = 0; item < ITEMS; item++) {
            for (int i = 0; i <= Answer.words(); i++) {
                WORDS[item][i] = bytes("," + textDelta(item, Answer.word(i)).substring(1) + "\n\n");
            }
        }
    }

    private ResponsesFrames() {}

    /// An event with its number.
    static Buffer event(String type, long sequence, JsonObject members) {
        JsonObject json = new JsonObject()
                .put("type", type)
                .put("sequence_number", sequence)
                .mergeIn(members);
        return Buffer.buffer("event: " + type + "\ndata: " + json.encode() + "\n\n");
    }

    /// Word `i` of an answer's text.
    static Buffer word(int item, int i, long sequence) {
        byte[] tail = item < ITEMS
                ? WORDS[item][i == 0 ? 0 : (i - 1) % Answer.words() + 1]
                : bytes("," + textDelta(item, Answer.word(i)).substring(1) + "\n\n");
        return Buffer.buffer(TEXT_DELTA.length + 8 + tail.length)
                .appendBytes(TEXT_DELTA)
                .appendString(Long.toString(sequence))
                .appendBytes(tail);
    }

    private static String textDelta(int item, String text) {
        return inText(item)
                .put("delta", text)
                .put("logprobs", new JsonArray())
                .put("obfuscation", "gX".repeat((text.length() & 7) + 1))
                .encode();
    }

    /// What every event of an item's only content part names.
    static JsonObject inText(int item) {
        return inItem(item, messageId(item)).put("content_index", 0);
    }

    static JsonObject inItem(int item, String id) {
        return new JsonObject().put("item_id", id).put("output_index", item);
    }

    static String messageId(int item) {
        return "msg_sim_" + item;
    }

    static String reasoningId(int item) {
        return "rs_sim_" + item;
    }

    static String callId(int item) {
        return "fc_sim_" + item;
    }

    /// An output item at an index, as it stands: complete, or empty at its beginning.
    ///
    /// @param status in_progress, completed or incomplete
    static JsonObject item(int at, Part part, String status, Ask ask) {
        return switch (part.kind()) {
            case TEXT -> message(at, status, part.text().isEmpty() ? null : text(part.text()));
            case REFUSAL -> message(at, status, part.text().isEmpty() ? null : refusal(part.text()));
            case REASONING, REDACTED -> {
                boolean shown = part.kind() == Part.Kind.REASONING && ResponsesWording.showsReasoning(ask);
                JsonObject item = new JsonObject()
                        .put("id", reasoningId(at))
                        .put("type", "reasoning")
                        .put(
                                "summary",
                                shown && !part.text().isEmpty()
                                        ? new JsonArray().add(summary(part.text()))
                                        : new JsonArray());
                yield ResponsesWording.sealsReasoning(ask) ? item.put("encrypted_content", ENCRYPTED) : item;
            }
            case CALL ->
                new JsonObject()
                        .put("id", callId(at))
                        .put("type", "function_call")
                        .put("status", status)
                        .put("arguments", part.text())
                        .put("call_id", part.id())
                        .put("name", part.name());
            case CUSTOM_CALL ->
                new JsonObject()
                        .put("id", callId(at))
                        .put("type", "custom_tool_call")
                        .put("status", status)
                        .put("call_id", part.id())
                        .put("input", part.text())
                        .put("name", part.name());
        };
    }

    static JsonObject text(String text) {
        return new JsonObject()
                .put("type", "output_text")
                .put("annotations", new JsonArray())
                .put("logprobs", new JsonArray())
                .put("text", text);
    }

    static JsonObject refusal(String text) {
        return new JsonObject().put("type", "refusal").put("refusal", text);
    }

    static JsonObject summary(String text) {
        return new JsonObject().put("type", "summary_text").put("text", text);
    }

    /// The response object.
    ///
    /// @param status in_progress, completed, incomplete or failed
    /// @param generated the tokens for its usage; null = none
    static JsonObject response(
            Ask ask, String status, List<Part> parts, @Nullable Long generated, @Nullable JsonObject error) {
        JsonArray output = new JsonArray();
        for (int i = 0; i < parts.size(); i++) {
            boolean cut = i == parts.size() - 1 && !status.equals("completed");
            output.add(item(i, parts.get(i), cut ? "incomplete" : "completed", ask));
        }
        JsonObject body = ask.body();
        boolean silent = "none".equals(ask.script().text("lie_usage"));
        return new JsonObject()
                .put("id", "resp_sim")
                .put("object", "response")
                .put("created_at", CREATED)
                .put("status", status)
                .put("background", false)
                .put("error", error)
                .put(
                        "incomplete_details",
                        status.equals("incomplete") ? new JsonObject().put("reason", "max_output_tokens") : null)
                .put("instructions", body.getValue("instructions"))
                .put("max_output_tokens", body.getValue("max_output_tokens"))
                .putNull("max_tool_calls")
                .put("model", ask.model())
                .put("output", output)
                .put("parallel_tool_calls", body.getBoolean("parallel_tool_calls", true))
                .putNull("previous_response_id")
                .put("prompt_cache_key", body.getValue("prompt_cache_key"))
                .put("reasoning", body.getJsonObject("reasoning", new JsonObject()))
                .put("service_tier", "default")
                .put("store", body.getBoolean("store", true))
                .put("temperature", body.getValue("temperature", 1.0))
                .put("text", body.getJsonObject("text", textFormat()))
                .put("tool_choice", body.getValue("tool_choice", "auto"))
                .put("tools", body.getJsonArray("tools", new JsonArray()))
                .put("top_logprobs", 0)
                .put("top_p", body.getValue("top_p", 1.0))
                .put("truncation", "disabled")
                .put("usage", generated == null || silent ? null : toJson(Usage.claimed(ask, generated)))
                .putNull("user")
                .put("metadata", body.getJsonObject("metadata", new JsonObject()));
    }

    private static JsonObject textFormat() {
        return new JsonObject()
                .put("format", new JsonObject().put("type", "text"))
                .put("verbosity", "medium");
    }

    private static JsonObject toJson(Usage usage) {
        return new JsonObject()
                .put("input_tokens", usage.promptTokens())
                .put("input_tokens_details", new JsonObject().put("cached_tokens", usage.cachedTokens()))
                .put("output_tokens", usage.completionTokens())
                .put("output_tokens_details", new JsonObject().put("reasoning_tokens", usage.reasoningTokens()))
                .put("total_tokens", usage.promptTokens() + usage.completionTokens());
    }

    private static JsonObject message(int at, String status, @Nullable JsonObject content) {
        return new JsonObject()
                .put("id", messageId(at))
                .put("type", "message")
                .put("status", status)
                .put("content", content == null ? new JsonArray() : new JsonArray().add(content))
                .put("role", "assistant");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
