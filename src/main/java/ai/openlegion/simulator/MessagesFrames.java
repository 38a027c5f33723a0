package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Anthropic's messages: streamed frames, those of filler words encoded once, and whole bodies.
final class MessagesFrames {

    static final Buffer PING = frame("ping", new JsonObject());
    static final Buffer STOP = frame("message_stop", new JsonObject());
    static final String SIGNATURE = "c2lnbmVkIGJ5IHRoZSBzaW11bGF0b3I+/+8=";

    /// Blocks whose words are encoded in advance.
    private static final int BLOCKS = 3;

    private static final Buffer[][] WORDS = new Buffer[BLOCKS][Answer.words() + 1];

    static {
        for (int block = 0; block < BLOCKS; block++) {
            for (int i = 0; i <= Answer.words(); i++) {
                WORDS[block][i] = delta(block, new Delta.Text(Answer.word(i)));
            }
        }
    }

    private MessagesFrames() {}

    static Buffer start(Ask ask) {
        JsonObject message = message(ask.model(), new JsonArray(), null, null)
                .put("usage", toJson(Usage.claimed(ask, 0), ask).put("output_tokens", 1));
        return frame("message_start", new JsonObject().put("message", message));
    }

    static Buffer blockStart(int block, Delta first) {
        JsonObject content = switch (first) {
            case Delta.Text _, Delta.Refusal _ ->
                new JsonObject().put("type", "text").put("text", "");
            case Delta.Reasoning _ ->
                new JsonObject().put("type", "thinking").put("thinking", "").put("signature", "");
            case Delta.Redacted redacted ->
                new JsonObject().put("type", "redacted_thinking").put("data", redacted.data());
            case Delta.ToolStart call -> toolUse(call.id(), call.name(), new JsonObject());
            case Delta.ToolArguments _ -> throw new IllegalStateException("arguments of no call");
        };
        return frame("content_block_start", new JsonObject().put("index", block).put("content_block", content));
    }

    /// Token `i`, which adds to a block.
    static Buffer token(Answer answer, int block, int i) {
        if (block < BLOCKS && answer.isWord(i)) {
            return WORDS[block][i == 0 ? 0 : (i - 1) % Answer.words() + 1];
        }
        return delta(block, answer.delta(i));
    }

    private static Buffer delta(int block, Delta delta) {
        JsonObject json = switch (delta) {
            case Delta.Text text -> new JsonObject().put("type", "text_delta").put("text", text.text());
            case Delta.Refusal refusal ->
                new JsonObject().put("type", "text_delta").put("text", refusal.text());
            case Delta.Reasoning thought ->
                new JsonObject().put("type", "thinking_delta").put("thinking", thought.text());
            case Delta.ToolArguments more -> inputDelta(more.piece());
            case Delta.Redacted _, Delta.ToolStart _ -> throw new IllegalStateException("a block's head is no delta");
        };
        return delta(block, json);
    }

    /// The empty one that goes before a tool's input.
    static Buffer inputStart(int block) {
        return delta(block, inputDelta(""));
    }

    static Buffer signature(int block) {
        return delta(block, new JsonObject().put("type", "signature_delta").put("signature", SIGNATURE));
    }

    static Buffer blockStop(int block) {
        return frame("content_block_stop", new JsonObject().put("index", block));
    }

    static Buffer finish(Ask ask, Finish finish, long generated) {
        JsonObject json = new JsonObject()
                .put(
                        "delta",
                        new JsonObject()
                                .put("stop_reason", reason(finish))
                                .put("stop_sequence", finish == Finish.STOP_SEQUENCE ? ask.stopSequence() : null));
        if (!"none".equals(ask.script().text("lie_usage"))) {
            json.put("usage", toJson(Usage.claimed(ask, generated), ask));
        }
        return frame("message_delta", json);
    }

    static Buffer error(String type, String message) {
        return frame(
                "error",
                new JsonObject().put("error", new JsonObject().put("type", type).put("message", message)));
    }

    /// A whole, unstreamed answer.
    static JsonObject whole(Ask ask, List<Part> parts, @Nullable Finish finish, long generated) {
        JsonArray content = new JsonArray();
        for (Part part : parts) {
            content.add(
                    switch (part.kind()) {
                        case TEXT, REFUSAL ->
                            new JsonObject().put("type", "text").put("text", part.text());
                        case REASONING ->
                            new JsonObject()
                                    .put("type", "thinking")
                                    .put("thinking", MessagesWording.hidesThinking(ask) ? "" : part.text())
                                    .put("signature", SIGNATURE);
                        case REDACTED ->
                            new JsonObject().put("type", "redacted_thinking").put("data", part.text());
                        case CALL, CUSTOM_CALL -> toolUse(part.id(), part.name(), input(part.text()));
                    });
        }
        JsonObject message = message(
                ask.model(),
                content,
                finish == null ? null : reason(finish),
                finish == Finish.STOP_SEQUENCE ? ask.stopSequence() : null);
        return "none".equals(ask.script().text("lie_usage"))
                ? message
                : message.put("usage", toJson(Usage.claimed(ask, generated), ask));
    }

    private static JsonObject message(
            String model, JsonArray content, @Nullable String stopReason, @Nullable String stopSequence) {
        return new JsonObject()
                .put("model", model)
                .put("id", "msg_sim")
                .put("type", "message")
                .put("role", "assistant")
                .put("content", content)
                .put("stop_reason", stopReason)
                .put("stop_sequence", stopSequence);
    }

    /* Here, unlike elsewhere, what a cache held or got is no part of input_tokens. */
    private static JsonObject toJson(Usage usage, Ask ask) {
        boolean zero = usage.promptTokens() == 0;
        PromptCache.Use cached = zero ? PromptCache.Use.NONE : ask.cached();
        JsonObject creation = new JsonObject()
                .put("ephemeral_5m_input_tokens", cached.writtenForMinutes())
                .put("ephemeral_1h_input_tokens", cached.writtenForHour());
        return new JsonObject()
                .put("input_tokens", usage.promptTokens() - cached.read() - cached.written())
                .put("cache_creation_input_tokens", cached.written())
                .put("cache_read_input_tokens", cached.read())
                .put("cache_creation", creation)
                .put("output_tokens", usage.completionTokens())
                .put("service_tier", "standard");
    }

    private static JsonObject toolUse(String id, String name, JsonObject input) {
        return new JsonObject()
                .put("type", "tool_use")
                .put("id", id)
                .put("name", name)
                .put("input", input);
    }

    /* A call that the maximum cut has no input to speak of. */
    private static JsonObject input(String arguments) {
        try {
            return new JsonObject(arguments);
        } catch (DecodeException cut) {
            return new JsonObject();
        }
    }

    private static JsonObject inputDelta(String piece) {
        return new JsonObject().put("type", "input_json_delta").put("partial_json", piece);
    }

    private static String reason(Finish finish) {
        return switch (finish) {
            case STOP -> "end_turn";
            case LENGTH -> "max_tokens";
            case TOOLS -> "tool_use";
            case STOP_SEQUENCE -> "stop_sequence";
            case REFUSAL -> "refusal";
        };
    }

    private static Buffer delta(int block, JsonObject delta) {
        return frame("content_block_delta", new JsonObject().put("index", block).put("delta", delta));
    }

    private static Buffer frame(String type, JsonObject json) {
        JsonObject typed = new JsonObject().put("type", type).mergeIn(json);
        return Buffer.buffer("event: " + type + "\ndata: " + typed.encode() + "\n\n");
    }
}
