package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/// The streamed frames of one model, those of filler words encoded once.
final class Frames {

    static final Buffer DONE = Buffer.buffer("data: [DONE]\n\n");

    private static final int CREATED = 1_790_000_000;

    private final String model;
    private final Buffer role;
    private final Buffer firstWord;
    private final Buffer[] words = new Buffer[Answer.words()];

    Frames(String model) {
        this.model = model;
        role = encode(0, new JsonObject().put("role", "assistant").put("content", ""), null);
        firstWord = encode(0, new Delta.Text(Answer.word(0)).toJson(), null);
        for (int i = 0; i < words.length; i++) {
            words[i] = encode(0, new Delta.Text(Answer.word(i + words.length)).toJson(), null);
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
        return encode(choice, answer.delta(i).toJson(), null);
    }

    Buffer finish(int choice, String reason) {
        return encode(choice, new JsonObject(), reason);
    }

    Buffer usage(Usage usage) {
        return frame(chunk(new JsonArray()).put("usage", usage.toJson()));
    }

    /// Token `i` with the usage so far beside it, as some providers send it.
    Buffer tokenWithUsage(Answer answer, int choice, int i, Usage usage) {
        return frame(chunk(choices(choice, answer.delta(i).toJson(), null)).put("usage", usage.toJson()));
    }

    static Buffer error(String message) {
        return frame(new JsonObject()
                .put(
                        "error",
                        new JsonObject()
                                .put("message", message)
                                .put("type", "server_error")
                                .putNull("code")));
    }

    /// A whole, unstreamed answer.
    JsonObject whole(JsonArray choices, @Nullable Usage usage) {
        JsonObject completion = new JsonObject()
                .put("id", "chatcmpl-sim")
                .put("object", "chat.completion")
                .put("created", CREATED)
                .put("model", model)
                .put("choices", choices);
        return usage == null ? completion : completion.put("usage", usage.toJson());
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
