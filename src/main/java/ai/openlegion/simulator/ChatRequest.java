package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the simulated provider reads of a chat completion request.
///
/// @param promptTokens a plausible count, never above the text's UTF-8 bytes and one a message
/// @param maxTokens the client's maximum for each choice; Integer.MAX_VALUE when it gave none
/// @param afterTool whether the last message is a tool's result
/// @param toolResults since the last message of the user
/// @param sample what is answered to a task of a sample workflow; null = it is none
record ChatRequest(
        String key,
        String model,
        boolean stream,
        boolean usageAsked,
        int maxTokens,
        int choices,
        long promptTokens,
        boolean afterTool,
        int toolResults,
        List<JsonObject> tools,
        Script script,
        @Nullable String sample) {

    /// Reads a body. Throws IllegalArgumentException, with text for the client, on one that cannot be answered.
    ///
    /// @param samples whether tasks of the sample workflows are known
    static ChatRequest read(String key, Buffer body, boolean samples) {
        try {
            return read(key, new JsonObject(body), samples);
        } catch (DecodeException | ClassCastException malformed) {
            throw new IllegalArgumentException("the body is not a chat completion request", malformed);
        }
    }

    private static ChatRequest read(String key, JsonObject body, boolean samples) {
        String model = body.getString("model", "");
        JsonArray messages = body.getJsonArray("messages", new JsonArray());
        if (model.isEmpty() || messages.isEmpty()) {
            throw new IllegalArgumentException("model and messages are required");
        }
        long bytes = 0;
        String lastUserText = "";
        String lastRole = "";
        int toolResults = 0;
        for (int i = 0; i < messages.size(); i++) {
            JsonObject message = messages.getJsonObject(i);
            String text = text(message.getValue("content"));
            bytes += text.getBytes(StandardCharsets.UTF_8).length;
            lastRole = message.getString("role", "");
            if ("user".equals(lastRole)) {
                lastUserText = text;
                toolResults = 0;
            } else if ("tool".equals(lastRole)) {
                toolResults++;
            }
        }
        JsonArray tools = body.getJsonArray("tools");
        if (tools != null) {
            bytes += tools.toBuffer().length();
        }
        Script script = Script.of(model, lastUserText);
        String sample = samples && script.isHonest() ? Samples.answer(lastUserText) : null;
        JsonObject streamOptions = body.getJsonObject("stream_options");
        return new ChatRequest(
                key,
                model,
                body.getBoolean("stream", false),
                streamOptions != null && streamOptions.getBoolean("include_usage", false),
                Math.min(maximum(body, "max_tokens"), maximum(body, "max_completion_tokens")),
                Math.max(1, body.getInteger("n", 1)),
                (bytes + 3) / 4 + messages.size(),
                "tool".equals(lastRole),
                toolResults,
                tools == null
                        ? List.of()
                        : tools.stream().map(JsonObject.class::cast).toList(),
                sample == null ? script : Script.WATCHABLE,
                sample);
    }

    private static int maximum(JsonObject body, String field) {
        Integer value = body.getInteger(field);
        if (value == null) {
            return Integer.MAX_VALUE;
        }
        if (value < 1) {
            throw new IllegalArgumentException(field + " must be at least 1");
        }
        return value;
    }

    private static String text(@Nullable Object content) {
        if (content instanceof String text) {
            return text;
        }
        StringBuilder joined = new StringBuilder();
        if (content instanceof JsonArray parts) {
            for (int i = 0; i < parts.size(); i++) {
                joined.append(parts.getJsonObject(i).getString("text", ""));
            }
        }
        return joined.toString();
    }
}
