package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.Fields;
import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Prompt.Format;
import ai.openlegion.dialect.Prompt.Thinking;
import ai.openlegion.dialect.Prompt.Tool;
import ai.openlegion.dialect.Prompt.ToolChoice;
import ai.openlegion.dialect.Prompt.Turn;
import ai.openlegion.dialect.Untranslatable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a chat request means. Every member is translated, known to mean nothing elsewhere, or refused by name.
final class ChatPromptReader {

    /// Members whose meaning is in the prompt.
    private static final Set<String> TRANSLATED = Set.of(
            "messages",
            "tools",
            "functions",
            "tool_choice",
            "function_call",
            "parallel_tool_calls",
            "temperature",
            "top_p",
            "top_k",
            "stop",
            "response_format",
            "reasoning_effort",
            "reasoning",
            "thinking",
            "verbosity",
            "user",
            "safety_identifier");

    /// Members that the call path itself heeds: the model, the maximum, how the answer is sent.
    private static final Set<String> ELSEWHERE = Set.of(
            "model",
            "stream",
            "stream_options",
            "max_tokens",
            "max_completion_tokens",
            "max_output_tokens",
            "agent_id");

    /// Members that do not change the answer: the provider's caching, storage and accounting, and what the gateway
    /// drops from every request. Where the strict scan let them pass, `service_tier` is `default` and `modalities`
    /// are `["text"]`.
    private static final Set<String> HINTS = Set.of(
            "prompt_cache_key",
            "prompt_cache_retention",
            "store",
            "metadata",
            "service_tier",
            "modalities",
            "api_key",
            "api_base",
            "base_url",
            "extra_headers",
            "extra_body",
            "custom_llm_provider");

    /// Members that other dialects have no word for, with the value at which they say nothing.
    private static final Map<String, BigDecimal> NEUTRAL = Map.of(
            "n", BigDecimal.ONE,
            "frequency_penalty", BigDecimal.ZERO,
            "presence_penalty", BigDecimal.ZERO,
            "repetition_penalty", BigDecimal.ONE,
            "top_logprobs", BigDecimal.ZERO,
            "min_p", BigDecimal.ZERO);

    private static final Set<String> EFFORTS = Set.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

    private final Fields body;

    private ChatPromptReader(Fields body) {
        this.body = body;
    }

    static Prompt read(Map<String, @Nullable Object> body) throws Untranslatable {
        return new ChatPromptReader(new Fields(body, "")).prompt();
    }

    private Prompt prompt() throws Untranslatable {
        refuseTheRest();
        List<Turn> turns = new ChatTurnReader().read(body.list("messages"));
        String endUser = body.string("safety_identifier");
        return new Prompt(
                turns,
                tools(),
                choice(),
                body.truth("parallel_tool_calls"),
                body.number("temperature"),
                body.number("top_p"),
                body.number("top_k"),
                stops(),
                thinking(),
                format(),
                body.string("verbosity"),
                endUser == null ? body.string("user") : endUser);
    }

    private void refuseTheRest() throws Untranslatable {
        for (Map.Entry<?, ?> each : body.members().entrySet()) {
            String name = String.valueOf(each.getKey());
            Object value = each.getValue();
            boolean known = TRANSLATED.contains(name) || ELSEWHERE.contains(name) || HINTS.contains(name);
            if (!known && !isNeutral(name, value)) {
                throw body.wrong(name, "has no equivalent in the dialect of this model's provider; leave it out");
            }
        }
    }

    /// `false`, null and an empty object switch nothing on, whatever the member; a number only where it is known to say
    /// nothing: 0 is a seed like any other.
    private static boolean isNeutral(String name, @Nullable Object value) {
        BigDecimal neutral = NEUTRAL.get(name);
        return switch (value) {
            case null -> true;
            case Boolean truth -> !truth;
            case Map<?, ?> map -> map.isEmpty();
            case BigDecimal number -> neutral != null && number.compareTo(neutral) == 0;
            default -> false; // open: any other JSON value
        };
    }

    private List<Tool> tools() throws Untranslatable {
        List<Tool> tools = new ArrayList<>();
        List<?> sent = body.list("tools");
        for (int i = 0; i < sent.size(); i++) {
            var tool = Fields.of(sent.get(i), "tools[" + i + "]");
            tool.only(Set.of("type", "function", "custom", "cache_control"));
            String type = tool.string("type");
            tools.add(
                    switch (type == null ? "function" : type) {
                        case "function" -> function(tool.object("function"));
                        case "custom" -> custom(tool.object("custom"));
                        default -> throw tool.wrong("type", "must be function or custom"); // open: other vendors' tools
                    });
        }
        List<?> old = body.list("functions");
        for (int i = 0; i < old.size(); i++) {
            tools.add(function(Fields.of(old.get(i), "functions[" + i + "]")));
        }
        return List.copyOf(tools);
    }

    private static Tool function(Fields function) throws Untranslatable {
        function.only(Set.of("name", "description", "parameters", "strict", "cache_control"));
        return new Tool(
                function.required("name"),
                function.string("description"),
                function.map("parameters"),
                function.truth("strict"),
                false,
                null);
    }

    /// `format` is `{"type":"text"}` or `{"type":"grammar","grammar":{"syntax","definition"}}`.
    private static Tool custom(Fields custom) throws Untranslatable {
        custom.only(Set.of("name", "description", "format", "cache_control"));
        Map<String, @Nullable Object> grammar = null;
        if (custom.get("format") != null) {
            Fields format = custom.object("format");
            grammar = switch (format.required("type")) {
                case "text" -> null;
                case "grammar" -> format.object("grammar").whole();
                default -> throw format.wrong("type", "must be text or grammar"); // open: later formats
            };
        }
        return new Tool(custom.required("name"), custom.string("description"), null, null, true, grammar);
    }

    private @Nullable ToolChoice choice() throws Untranslatable {
        Object choice = body.get("tool_choice");
        if (choice == null) {
            return oldChoice();
        }
        if (choice instanceof String word) {
            return switch (word) {
                case "auto" -> new ToolChoice.Auto();
                case "none" -> new ToolChoice.None();
                case "required", "any" -> new ToolChoice.Required();
                default -> // open: any other text
                    throw body.wrong("tool_choice", "must be auto, none, required or an object that names a tool");
            };
        }
        Fields named = body.object("tool_choice");
        return switch (named.required("type")) {
            case "function" -> new ToolChoice.Named(named.object("function").required("name"));
            case "custom" -> new ToolChoice.Named(named.object("custom").required("name"));
            default -> // open: `allowed_tools`, and what comes later
                throw named.wrong(
                        "type", "must be function or custom; send no other tools than the allowed ones instead");
        };
    }

    private @Nullable ToolChoice oldChoice() throws Untranslatable {
        return switch (body.get("function_call")) {
            case null -> null;
            case String word when word.equals("auto") -> new ToolChoice.Auto();
            case String word when word.equals("none") -> new ToolChoice.None();
            case Map<?, ?> named -> new ToolChoice.Named(new Fields(named, "function_call").required("name"));
            default -> // open: any other JSON value
                throw body.wrong("function_call", "must be auto, none or an object with a name");
        };
    }

    private List<String> stops() throws Untranslatable {
        Object stop = body.get("stop");
        if (stop instanceof String one) {
            return List.of(one);
        }
        List<String> stops = new ArrayList<>();
        for (Object each : body.list("stop")) {
            if (!(each instanceof String text)) {
                throw body.wrong("stop", "must be a string or an array of strings");
            }
            stops.add(text);
        }
        return List.copyOf(stops);
    }

    /// `reasoning_effort` is OpenAI's, `thinking:{type,budget_tokens}` that of vendors that follow Anthropic,
    /// `reasoning:{effort,max_tokens}` OpenRouter's.
    private @Nullable Thinking thinking() throws Untranslatable {
        String effort = effort(body, "reasoning_effort");
        BigDecimal budget = null;
        boolean asked = effort != null;
        if (body.get("thinking") != null) {
            Fields thinking = body.object("thinking");
            thinking.only(Set.of("type", "budget_tokens"));
            budget = thinking.number("budget_tokens");
            asked = true;
            switch (thinking.required("type")) {
                case "enabled", "adaptive", "auto" -> {}
                case "disabled" -> effort = "none";
                default -> throw thinking.wrong("type", "must be enabled, adaptive or disabled"); // open: any text
            }
        }
        if (body.get("reasoning") != null) {
            Fields reasoning = body.object("reasoning");
            reasoning.only(Set.of("effort", "max_tokens"));
            effort = effort == null ? effort(reasoning, "effort") : effort;
            budget = budget == null ? reasoning.number("max_tokens") : budget;
            asked = true;
        }
        try {
            return asked ? new Thinking(effort, budget == null ? null : budget.longValueExact(), null) : null;
        } catch (ArithmeticException fraction) {
            throw body.wrong("thinking", "must have a whole number of tokens");
        }
    }

    private static @Nullable String effort(Fields fields, String name) throws Untranslatable {
        String effort = fields.string(name);
        if (effort != null && !EFFORTS.contains(effort)) {
            throw fields.wrong(name, "must be none, minimal, low, medium, high, xhigh or max");
        }
        return effort;
    }

    private @Nullable Format format() throws Untranslatable {
        if (body.get("response_format") == null) {
            return null;
        }
        Fields format = body.object("response_format");
        return switch (format.required("type")) {
            case "text" -> null;
            case "json_object" -> new Format.JsonObject();
            case "json_schema" -> {
                Fields schema = format.object("json_schema");
                schema.only(Set.of("name", "description", "schema", "strict"));
                Map<String, @Nullable Object> inner = schema.map("schema");
                yield new Format.JsonSchema(
                        schema.required("name"),
                        schema.string("description"),
                        inner == null ? Map.of() : inner,
                        schema.truth("strict"));
            }
            default -> throw format.wrong("type", "must be text, json_object or json_schema"); // open: later formats
        };
    }
}
