package ai.openlegion.simulator;

import static java.util.Objects.requireNonNullElse;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Anthropic's messages, as strict about requests as the real one where a translation could go wrong.
final class MessagesWording implements Wording {

    private static final Set<String> MEMBERS = Set.of(
            "model",
            "messages",
            "max_tokens",
            "system",
            "stream",
            "temperature",
            "top_p",
            "top_k",
            "stop_sequences",
            "tools",
            "tool_choice",
            "thinking",
            "metadata",
            "service_tier",
            "container",
            "context_management",
            "mcp_servers",
            "output_config",
            "output_format",
            "cache_control",
            "inference_geo",
            "speed");

    private final PromptCache cache;

    MessagesWording(PromptCache cache) {
        this.cache = cache;
    }

    @Override
    public Api api() {
        return Api.MESSAGES;
    }

    @Override
    public Ask read(HttpServerRequest request, String key, JsonObject body, boolean samples) {
        MessagesPrompt prompt = prompt(request, body);
        Integer max = body.getInteger("max_tokens");
        if (max == null) {
            throw new BadAsk("max_tokens: Field required", null);
        }
        if (max < 1) {
            throw new BadAsk("max_tokens: Input should be greater than or equal to 1", null);
        }
        JsonObject thinking = body.getJsonObject("thinking", new JsonObject());
        if ("enabled".equals(thinking.getString("type"))) {
            int budget = requireNonNullElse(thinking.getInteger("budget_tokens"), 0);
            if (budget < 1024) {
                throw new BadAsk("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024", null);
            }
            if (budget >= max) {
                throw new BadAsk("`max_tokens` must be greater than `thinking.budget_tokens`.", null);
            }
        }
        String model = body.getString("model", "");
        Script script = Script.of(model, prompt.lastUserText());
        String sample = samples && script.isHonest() ? Samples.answer(prompt.lastUserText()) : null;
        JsonObject choice = body.getJsonObject("tool_choice", new JsonObject());
        JsonArray stops = body.getJsonArray("stop_sequences", new JsonArray());
        boolean single = requireNonNullElse(choice.getBoolean("disable_parallel_tool_use"), false);
        return new Ask(
                body,
                key,
                model,
                requireNonNullElse(body.getBoolean("stream"), false),
                true,
                max,
                1,
                prompt.tokens(),
                prompt.afterTool(),
                prompt.toolResults(),
                "none".equals(choice.getString("type")) ? List.of() : tools(body, single),
                switch (choice.getString("type", "")) {
                    case "any" -> "";
                    case "tool" -> choice.getString("name", "");
                    default -> null; // open: auto, none and nothing
                },
                "toolu_sim_",
                Set.of("enabled", "adaptive").contains(thinking.getString("type", "")),
                stops.isEmpty() ? null : stops.getString(0),
                script.has("cached")
                        ? new PromptCache.Use(Math.min(prompt.tokens(), script.number("cached", 0)), 0, 0)
                        : cache.use(key + model, prompt.places()),
                sample == null ? script : Script.WATCHABLE,
                sample);
    }

    /// The answer to a request that only counts.
    JsonObject count(HttpServerRequest request, JsonObject body) {
        return new JsonObject().put("input_tokens", prompt(request, body).tokens());
    }

    private static MessagesPrompt prompt(HttpServerRequest request, JsonObject body) {
        if (request.getHeader("anthropic-version") == null) {
            throw new BadAsk("anthropic-version: header is required", null);
        }
        for (String member : body.fieldNames()) {
            if (!MEMBERS.contains(member)) {
                throw new BadAsk(member + ": Extra inputs are not permitted", null);
            }
        }
        if (body.getString("model", "").isEmpty()) {
            throw new BadAsk("model: Field required", null);
        }
        if (body.getJsonArray("messages", new JsonArray()).isEmpty()) {
            throw new BadAsk("messages: at least one message is required", null);
        }
        return new MessagesPrompt(body);
    }

    @Override
    public Sink events(Ask ask, Answer answer, HttpServerResponse response) {
        return new MessagesEvents(ask, answer, response);
    }

    @Override
    public JsonObject whole(Ask ask, Answer answer, @Nullable Finish finish, int said, long generated) {
        return MessagesFrames.whole(ask, Part.of(answer, said), finish, generated);
    }

    @Override
    public JsonObject error(int status, String message, String type, @Nullable String code, String requestId) {
        String kind = switch (status) {
            case 400, 422 -> "invalid_request_error";
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 529 -> "overloaded_error";
            default -> "api_error"; // open: every other status
        };
        return new JsonObject()
                .put("type", "error")
                .put("error", new JsonObject().put("type", kind).put("message", message))
                .put("request_id", requestId);
    }

    @Override
    public String requestIdHeader() {
        return "request-id";
    }

    @Override
    public void vendorHeaders(HttpServerResponse response) {
        response.putHeader("anthropic-ratelimit-requests-remaining", "41")
                .putHeader("anthropic-ratelimit-unified-status", "allowed")
                .putHeader("anthropic-organization-id", "org-of-the-operator")
                .putHeader("set-cookie", "session=of-the-operator")
                .putHeader("server", "simulator");
    }

    /// Whether thinking was asked for without its words.
    static boolean hidesThinking(Ask ask) {
        return "omitted"
                .equals(ask.body().getJsonObject("thinking", new JsonObject()).getString("display"));
    }

    private static List<Ask.Tool> tools(JsonObject body, boolean single) {
        return body.getJsonArray("tools", new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .filter(tool -> tool.containsKey("input_schema"))
                .map(tool -> new Ask.Tool(tool.getString("name", ""), tool.getJsonObject("input_schema"), false))
                .limit(single ? 1 : Long.MAX_VALUE)
                .toList();
    }

    static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
