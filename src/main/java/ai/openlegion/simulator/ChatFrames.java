package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One model's chat completions: streamed frames, those of filler words encoded once, and whole bodies.
final class ChatFrames {

    static final Buffer DONE = Buffer.buffer("data: [DONE]\n\n");

    private static final int CREATED = 1_790_000_000;

    private final String model;
    private final Buffer role;
    private final Buffer firstWord;
    private final Buffer[] words = new Buffer[Answer.words()];

    ChatFrames(String model) {
        this.model = model;
        role = encode(0, new JsonObject().put("role", "assistant").put("content", ""), null);
        firstWord = encode(0, delta(new Delta.Text(Answer.word(0))), null);
        for (int i = 0; i < words.length; i++) {
            words[i] = encode(0, delta(new Delta.Text(Answer.word(i + words.length))), null);
        }
    }

    Buffer role(int choice) {
        return choice == 0
                ? role
                : encode(choice, new JsonObject().put("role", "assistant").put("content", ""), null);
    }

    /// Token `i` of a choice.
    Buffer token(Answer answer, int choice, int i) {
        if (choice == 0 && answer.isWord(i)) {
            return i == 0 ? firstWord : words[i % words.length];
        }
        return encode(choice, delta(answer.delta(i)), null);
    }

    Buffer finish(int choice, Finish finish) {
        return encode(choice, new JsonObject(), reason(finish));
    }

    Buffer usage(Usage usage) {
        return frame(chunk(new JsonArray()).put("usage", toJson(usage)));
    }

    /// Token `i` with the usage so far beside it, as some providers send it.
    Buffer tokenWithUsage(Answer answer, int choice, int i, Usage usage) {
        return frame(chunk(choices(choice, delta(answer.delta(i)), null)).put("usage", toJson(usage)));
    }

    static Buffer error(String message, String type, @Nullable String code) {
        return frame(new JsonObject()
                .put(
                        "error",
                        new JsonObject()
                                .put("message", message)
                                .put("type", type)
                                .put("code", code)));
    }

    /// A whole, unstreamed answer.
    JsonObject whole(Ask ask, List<Part> parts, @Nullable Finish finish, long generated) {
        JsonArray choices = new JsonArray();
        for (int choice = 0; choice < ask.choices(); choice++) {
            choices.add(new JsonObject()
                    .put("index", choice)
                    .put("message", message(parts))
                    .putNull("logprobs")
                    .put("finish_reason", finish == null ? null : reason(finish)));
        }
        JsonObject completion = new JsonObject()
                .put("id", "chatcmpl-sim")
                .put("object", "chat.completion")
                .put("created", CREATED)
                .put("model", model)
                .put("choices", choices);
        return "none".equals(ask.script().text("lie_usage"))
                ? completion
                : completion.put("usage", toJson(Usage.claimed(ask, generated)));
    }

    private static JsonObject message(List<Part> parts) {
        StringBuilder content = new StringBuilder();
        StringBuilder refusal = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        JsonArray calls = new JsonArray();
        for (Part part : parts) {
            switch (part.kind()) {
                case TEXT -> content.append(part.text());
                case REFUSAL -> refusal.append(part.text());
                case REASONING -> reasoning.append(part.text());
                case REDACTED -> {}
                case CALL -> calls.add(call(part.id(), part.name(), part.text(), false));
                case CUSTOM_CALL -> calls.add(call(part.id(), part.name(), part.text(), true));
            }
        }
        JsonObject message = new JsonObject().put("role", "assistant");
        if (!reasoning.isEmpty()) {
            message.put("reasoning_content", reasoning.toString());
        }
        boolean silent = content.isEmpty() && (!calls.isEmpty() || !refusal.isEmpty());
        message.put("content", silent ? null : content.toString());
        if (!refusal.isEmpty()) {
            message.put("refusal", refusal.toString());
        }
        return calls.isEmpty() ? message : message.put("tool_calls", calls);
    }

    private static JsonObject delta(Delta delta) {
        return switch (delta) {
            case Delta.Text text -> new JsonObject().put("content", text.text());
            case Delta.Refusal refusal -> new JsonObject().put("refusal", refusal.text());
            case Delta.Reasoning thought -> new JsonObject().put("reasoning_content", thought.text());
            case Delta.Redacted _ -> new JsonObject();
            case Delta.ToolStart start ->
                called(new JsonObject()
                        .put("index", start.call())
                        .mergeIn(call(start.id(), start.name(), "", start.custom())));
            case Delta.ToolArguments more ->
                called(new JsonObject()
                        .put("index", more.call())
                        .put(
                                more.custom() ? "custom" : "function",
                                new JsonObject().put(more.custom() ? "input" : "arguments", more.piece())));
        };
    }

    private static JsonObject called(JsonObject call) {
        return new JsonObject().put("tool_calls", new JsonArray().add(call));
    }

    private static JsonObject call(String id, String name, String arguments, boolean custom) {
        JsonObject named = new JsonObject().put("name", name).put(custom ? "input" : "arguments", arguments);
        return new JsonObject()
                .put("id", id)
                .put("type", custom ? "custom" : "function")
                .put(custom ? "custom" : "function", named);
    }

    private static String reason(Finish finish) {
        return switch (finish) {
            case STOP, STOP_SEQUENCE, REFUSAL -> "stop";
            case LENGTH -> "length";
            case TOOLS -> "tool_calls";
        };
    }

    private static JsonObject toJson(Usage usage) {
        return new JsonObject()
                .put("prompt_tokens", usage.promptTokens())
                .put("completion_tokens", usage.completionTokens())
                .put("total_tokens", usage.promptTokens() + usage.completionTokens())
                .put("prompt_tokens_details", new JsonObject().put("cached_tokens", usage.cachedTokens()))
                .put("completion_tokens_details", new JsonObject().put("reasoning_tokens", usage.reasoningTokens()));
    }

    private Buffer encode(int choice, JsonObject delta, @Nullable String finishReason) {
        return frame(chunk(choices(choice, delta, finishReason)));
    }

    private JsonObject chunk(JsonArray choices) {
        return new JsonObject()
                .put("id", "chatcmpl-sim")
                .put("object", "chat.completion.chunk")
                .put("created", CREATED)
                .put("model", model)
                .put("choices", choices);
    }

    private static JsonArray choices(int choice, JsonObject delta, @Nullable String finishReason) {
        return new JsonArray()
                .add(new JsonObject().put("index", choice).put("delta", delta).put("finish_reason", finishReason));
    }

    private static Buffer frame(JsonObject json) {
        return Buffer.buffer("data: " + json.encode() + "\n\n");
    }
}
