package ai.openlegion.simulator;

import static java.util.Objects.requireNonNullElse;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// OpenAI's chat completions.
final class ChatWording implements Wording {

    private static final int MODELS_CACHED_MAX = 64;
    static final int IMAGE_TOKENS = 85;

    private final Map<String, ChatFrames> frames = new ConcurrentHashMap<>();

    @Override
    public Api api() {
        return Api.CHAT;
    }

    @Override
    public Ask read(HttpServerRequest request, String key, JsonObject body, boolean samples) {
        String model = body.getString("model", "");
        JsonArray messages = body.getJsonArray("messages", new JsonArray());
        if (model.isEmpty() || messages.isEmpty()) {
            throw new IllegalArgumentException("model and messages are required");
        }
        long bytes = 0;
        long images = 0;
        String lastUserText = "";
        boolean afterTool = false;
        int toolResults = 0;
        for (int i = 0; i < messages.size(); i++) {
            JsonObject message = messages.getJsonObject(i);
            String text = text(message.getValue("content"));
            bytes += text.getBytes(StandardCharsets.UTF_8).length;
            images += images(message.getValue("content"));
            switch (message.getString("role", "")) {
                case "user" -> {
                    lastUserText = text;
                    toolResults = 0;
                    afterTool = false;
                }
                case "tool" -> {
                    toolResults++;
                    afterTool = true;
                }
                case "assistant" -> afterTool = false;
                default -> {} // open: what a system says in between is nobody's turn
            }
        }
        JsonArray tools = body.getJsonArray("tools");
        if (tools != null) {
            bytes += tools.toBuffer().length();
        }
        Script script = Script.of(model, lastUserText);
        String sample = samples && script.isHonest() ? Samples.answer(lastUserText) : null;
        JsonObject streamOptions = body.getJsonObject("stream_options");
        long prompt = (bytes + 3) / 4 + messages.size() + images * IMAGE_TOKENS;
        Object choice = body.getValue("tool_choice");
        return new Ask(
                body,
                key,
                model,
                body.getBoolean("stream", false),
                streamOptions != null && streamOptions.getBoolean("include_usage", false),
                Math.min(maximum(body, "max_tokens", 1), maximum(body, "max_completion_tokens", 1)),
                Math.max(1, body.getInteger("n", 1)),
                prompt,
                afterTool,
                toolResults,
                tools == null || "none".equals(choice)
                        ? List.of()
                        : tools(tools, requireNonNullElse(body.getBoolean("parallel_tool_calls"), true)),
                "required".equals(choice)
                        ? ""
                        : choice instanceof JsonObject one
                                ? one.getJsonObject("function", new JsonObject())
                                        .getString("name", "")
                                : null,
                "call_sim_",
                true,
                stop(body.getValue("stop")),
                new PromptCache.Use(Math.min(prompt, script.number("cached", 0)), 0, 0),
                sample == null ? script : Script.WATCHABLE,
                sample);
    }

    @Override
    public Sink events(Ask ask, Answer answer, HttpServerResponse response) {
        return new ChatEvents(ask, answer, frames(ask.model()), response);
    }

    @Override
    public JsonObject whole(Ask ask, Answer answer, @Nullable Finish finish, int said, long generated) {
        return frames(ask.model()).whole(ask, Part.of(answer, said), finish, generated);
    }

    @Override
    public JsonObject error(int status, String message, String type, @Nullable String code, String requestId) {
        return openAiError(message, type, code);
    }

    static JsonObject openAiError(String message, String type, @Nullable String code) {
        JsonObject error = new JsonObject()
                .put("message", message)
                .put("type", type)
                .putNull("param")
                .put("code", code);
        return new JsonObject().put("error", error);
    }

    @Override
    public String requestIdHeader() {
        return "x-request-id";
    }

    @Override
    public void vendorHeaders(HttpServerResponse response) {
        openAiHeaders(response);
    }

    static void openAiHeaders(HttpServerResponse response) {
        response.putHeader("x-ratelimit-remaining-requests", "41")
                .putHeader("openai-organization", "org-of-the-operator")
                .putHeader("set-cookie", "session=of-the-operator")
                .putHeader("server", "simulator");
    }

    private ChatFrames frames(String model) {
        ChatFrames known = frames.get(model);
        if (known == null) {
            known = new ChatFrames(model);
            if (frames.size() < MODELS_CACHED_MAX) {
                frames.put(model, known);
            }
        }
        return known;
    }

    private static List<Ask.Tool> tools(JsonArray tools, boolean parallel) {
        return tools.stream()
                .map(JsonObject.class::cast)
                .map(tool -> {
                    boolean custom = "custom".equals(tool.getString("type"));
                    JsonObject inner = tool.getJsonObject(custom ? "custom" : "function", new JsonObject());
                    return new Ask.Tool(
                            inner.getString("name", ""), inner.getJsonObject("parameters", new JsonObject()), custom);
                })
                .limit(parallel ? Long.MAX_VALUE : 1)
                .toList();
    }

    /// The client's maximum; Integer.MAX_VALUE when it gave none.
    static int maximum(JsonObject body, String field, int least) {
        Integer value = body.getInteger(field);
        if (value == null) {
            return Integer.MAX_VALUE;
        }
        if (value < least) {
            throw new BadAsk(field + " must be at least " + least, "integer_below_min_value");
        }
        return value;
    }

    private static @Nullable String stop(@Nullable Object stop) {
        return stop instanceof JsonArray list && !list.isEmpty()
                ? list.getString(0)
                : stop instanceof String one ? one : null;
    }

    /// The text of a message's content, whatever its parts are called.
    static String text(@Nullable Object content) {
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

    private static long images(@Nullable Object content) {
        return content instanceof JsonArray parts
                ? parts.stream()
                        .filter(part -> part instanceof JsonObject one && "image_url".equals(one.getString("type")))
                        .count()
                : 0;
    }
}
