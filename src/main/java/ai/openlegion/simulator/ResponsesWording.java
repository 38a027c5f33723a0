package ai.openlegion.simulator;

import static java.util.Objects.requireNonNullElse;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// OpenAI's responses, as strict about requests as the real one where a translation could go wrong.
final class ResponsesWording implements Wording {

    private static final Set<String> MEMBERS = Set.of(
            "model",
            "input",
            "instructions",
            "max_output_tokens",
            "max_tool_calls",
            "stream",
            "stream_options",
            "store",
            "include",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "reasoning",
            "text",
            "temperature",
            "top_p",
            "top_logprobs",
            "truncation",
            "metadata",
            "user",
            "safety_identifier",
            "prompt_cache_key",
            "prompt_cache_retention",
            "client_metadata",
            "context_management",
            "service_tier",
            "previous_response_id",
            "conversation",
            "prompt",
            "background");

    /// The real one's least.
    private static final int LEAST_MAXIMUM = 16;

    @Override
    public Api api() {
        return Api.RESPONSES;
    }

    @Override
    public Ask read(HttpServerRequest request, String key, JsonObject body, boolean samples) {
        for (String member : body.fieldNames()) {
            if (!MEMBERS.contains(member)) {
                throw new BadAsk("Unknown parameter: '" + member + "'.", "unknown_parameter");
            }
        }
        String model = body.getString("model", "");
        if (model.isEmpty() || !body.containsKey("input")) {
            throw new BadAsk("Missing required parameter: model or input.", "missing_required_parameter");
        }
        Input input = new Input();
        input.add(body.getString("instructions", ""));
        if (body.getValue("input") instanceof JsonArray items) {
            items.forEach(item -> input.read((JsonObject) item));
            input.finish();
        } else {
            input.user(body.getString("input"));
        }
        JsonArray tools = requireNonNullElse(body.getJsonArray("tools"), new JsonArray());
        input.add(tools.isEmpty() ? "" : tools.encode());
        Script script = Script.of(model, input.lastUserText);
        String sample = samples && script.isHonest() ? Samples.answer(input.lastUserText) : null;
        Object choice = body.getValue("tool_choice");
        boolean parallel = requireNonNullElse(body.getBoolean("parallel_tool_calls"), true);
        return new Ask(
                body,
                key,
                model,
                requireNonNullElse(body.getBoolean("stream"), false),
                true,
                ChatWording.maximum(body, "max_output_tokens", LEAST_MAXIMUM),
                1,
                input.tokens(),
                input.afterTool,
                input.toolResults,
                "none".equals(choice) ? List.of() : tools(tools, parallel),
                "required".equals(choice) ? "" : choice instanceof JsonObject one ? one.getString("name", "") : null,
                "call_sim_",
                true,
                null,
                new PromptCache.Use(Math.min(input.tokens(), script.number("cached", 0)), 0, 0),
                sample == null ? script : Script.WATCHABLE,
                sample);
    }

    @Override
    public Sink events(Ask ask, Answer answer, HttpServerResponse response) {
        return new ResponsesEvents(ask, answer, response);
    }

    @Override
    public JsonObject whole(Ask ask, Answer answer, @Nullable Finish finish, int said, long generated) {
        String status = finish == null ? "in_progress" : finish == Finish.LENGTH ? "incomplete" : "completed";
        return ResponsesFrames.response(ask, status, Part.of(answer, said), generated, null);
    }

    @Override
    public JsonObject error(int status, String message, String type, @Nullable String code, String requestId) {
        return ChatWording.openAiError(message, type, code);
    }

    @Override
    public String requestIdHeader() {
        return "x-request-id";
    }

    @Override
    public void vendorHeaders(HttpServerResponse response) {
        ChatWording.openAiHeaders(response);
    }

    /// Whether the client asked for reasoning that it can read.
    static boolean showsReasoning(Ask ask) {
        JsonObject reasoning = ask.body().getJsonObject("reasoning");
        return reasoning != null && reasoning.getString("summary") != null;
    }

    /// Whether the client asked for reasoning that it can only hand back.
    static boolean sealsReasoning(Ask ask) {
        JsonArray include = ask.body().getJsonArray("include");
        return include != null && include.contains("reasoning.encrypted_content");
    }

    private static List<Ask.Tool> tools(JsonArray tools, boolean parallel) {
        return tools.stream()
                .map(JsonObject.class::cast)
                .filter(tool -> Set.of("function", "custom").contains(tool.getString("type", "")))
                .map(tool -> new Ask.Tool(
                        tool.getString("name", ""),
                        requireNonNullElse(tool.getJsonObject("parameters"), new JsonObject()),
                        "custom".equals(tool.getString("type"))))
                .limit(parallel ? Long.MAX_VALUE : 1)
                .toList();
    }

    /// What the items of an input come to.
    private static final class Input {

        private final Set<String> callsOpen = new HashSet<>();
        private long bytes;
        private long extra;
        private String lastUserText = "";
        private boolean afterTool;
        private int toolResults;

        long tokens() {
            return (bytes + 3) / 4 + extra;
        }

        void add(@Nullable String text) {
            bytes += text == null ? 0 : MessagesWording.bytes(text);
        }

        void user(String text) {
            add(text);
            extra++;
            lastUserText = text;
            toolResults = 0;
            afterTool = false;
        }

        void read(JsonObject item) {
            switch (item.getString("type", "message")) {
                case "message" -> message(item);
                case "function_call", "custom_tool_call", "local_shell_call" -> {
                    callsOpen.add(item.getString("call_id", ""));
                    add(item.getString("name"));
                    add(item.getString("arguments", item.getString("input")));
                }
                case "function_call_output", "custom_tool_call_output", "local_shell_call_output" -> {
                    String id = item.getString("call_id", item.getString("id", ""));
                    if (!callsOpen.remove(id)) {
                        throw new BadAsk("No tool call found for function call output with call_id " + id + ".", null);
                    }
                    add(ChatWording.text(item.getValue("output")));
                    extra++;
                    toolResults++;
                    afterTool = true;
                }
                case "reasoning" -> reasoning(item);
                default -> // open: types no translation may come to
                    throw new BadAsk("Invalid value: '" + item.getString("type") + "'.", "invalid_value");
            }
        }

        /* What was sealed comes back whole or is refused. */
        private void reasoning(JsonObject item) {
            if (item.getJsonArray("summary") == null) {
                throw new BadAsk("Missing required parameter: 'input[].summary'.", "missing_required_parameter");
            }
            String sealed = item.getString("encrypted_content");
            if (sealed != null && Refusals.isForeign(sealed)) {
                throw new BadAsk("The encrypted content could not be verified.", "invalid_encrypted_content");
            }
        }

        private void message(JsonObject item) {
            String role = item.getString("role", "");
            String text = ChatWording.text(item.getValue("content"));
            if (item.getValue("content") instanceof JsonArray parts) {
                for (int i = 0; i < parts.size(); i++) {
                    part(parts.getJsonObject(i).getString("type", ""), role);
                }
            }
            if (role.equals("user")) {
                user(text);
                return;
            }
            add(text);
            extra++;
        }

        private void part(String type, String role) {
            Set<String> known = role.equals("assistant")
                    ? Set.of("output_text", "refusal")
                    : Set.of("input_text", "input_image", "input_file");
            if (!known.contains(type)) {
                throw new BadAsk("Invalid value: '" + type + "'. Supported values are: " + known, "invalid_value");
            }
            extra += type.equals("input_image") ? ChatWording.IMAGE_TOKENS : 0;
        }

        void finish() {
            if (!callsOpen.isEmpty()) {
                throw new BadAsk(
                        "No tool output found for function call "
                                + callsOpen.iterator().next() + ".",
                        null);
            }
        }
    }
}
