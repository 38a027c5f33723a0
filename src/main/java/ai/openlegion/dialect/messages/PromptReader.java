package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Prompt.Format;
import ai.openlegion.dialect.Prompt.Role;
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

/// Reads what an Anthropic request means.
final class PromptReader {

    private static final Set<String> KNOWN = Set.of(
            "model",
            "max_tokens",
            "messages",
            "system",
            "tools",
            "tool_choice",
            "stop_sequences",
            "stream",
            "temperature",
            "top_p",
            "top_k",
            "thinking",
            "output_config",
            "output_format");

    /// Left out where the provider is another vendor's, for they change nothing of what is asked: where to cache, what
    /// to clear from a cache's prefix, whose session it is, how fast and at which tier (the scan has
    /// seen to the price).
    private static final Set<String> HINTS = Set.of(
            "cache_control",
            "context_management",
            "diagnostics",
            "metadata",
            "service_tier",
            "speed",
            "n",
            "agent_id",
            "api_key",
            "api_base",
            "base_url",
            "extra_headers",
            "extra_body",
            "custom_llm_provider");

    private static final Set<String> TOOL = Set.of("type", "name", "description", "input_schema", "strict");

    /// How a tool is loaded, streamed, cached and called, and examples beside its schema.
    private static final Set<String> TOOL_HINTS =
            Set.of("cache_control", "defer_loading", "eager_input_streaming", "input_examples", "allowed_callers");

    private PromptReader() {}

    static Prompt read(Map<String, @Nullable Object> body) throws Untranslatable {
        Reading.only(body, "", KNOWN, HINTS);
        List<Turn> turns = new ArrayList<>();
        if (body.get("system") != null) {
            turns.add(new Turn(Role.SYSTEM, BlockReader.content(body.get("system"), "system")));
        }
        int number = 0;
        for (Object message : Reading.list(body.get("messages"), "messages")) {
            turns.add(turn(message, "messages[" + number++ + "]"));
        }
        Map<?, ?> choice =
                body.get("tool_choice") == null ? Map.of() : Reading.object(body.get("tool_choice"), "tool_choice");
        Reading.only(choice, "tool_choice", Set.of("type", "name", "disable_parallel_tool_use"), Set.of());
        boolean saysParallel = choice.get("disable_parallel_tool_use") != null;
        Map<?, ?> output = body.get("output_config") == null
                ? Map.of()
                : Reading.object(body.get("output_config"), "output_config");
        // the task budget tells the model of a limit that it cannot pass anyway
        Reading.only(output, "output_config", Set.of("effort", "format"), Set.of("task_budget"));
        return new Prompt(
                List.copyOf(turns),
                tools(body.get("tools")),
                choice.isEmpty() ? null : toolChoice(choice),
                saysParallel ? !Reading.flag(choice, "disable_parallel_tool_use", "tool_choice") : null,
                Reading.number(body, "temperature", "temperature"),
                Reading.number(body, "top_p", "top_p"),
                Reading.number(body, "top_k", "top_k"),
                stops(body.get("stop_sequences")),
                thinking(body.get("thinking"), Reading.textOrNull(output, "effort", "output_config")),
                format(output.get("format") != null ? output.get("format") : body.get("output_format")),
                null,
                null);
    }

    private static Turn turn(@Nullable Object message, String path) throws Untranslatable {
        Map<?, ?> said = Reading.object(message, path);
        Reading.only(said, path, Set.of("role", "content"), Set.of());
        Role role = switch (Reading.text(said, "role", path)) {
            case "user" -> Role.USER;
            case "assistant" -> Role.ASSISTANT;
            case "system" -> Role.SYSTEM;
            default -> // open: any text
                throw new Untranslatable(path + ".role", path + ".role must be user, assistant or system");
        };
        return new Turn(role, BlockReader.content(said.get("content"), path + ".content"));
    }

    private static List<Tool> tools(@Nullable Object value) throws Untranslatable {
        List<Tool> tools = new ArrayList<>();
        if (value == null) {
            return tools;
        }
        for (Object each : Reading.list(value, "tools")) {
            String path = "tools[" + tools.size() + "]";
            Map<?, ?> tool = Reading.object(each, path);
            String type = Reading.textOrNull(tool, "type", path);
            if (type != null && !type.equals("custom")) {
                throw new Untranslatable(
                        path + ".type", path + ".type: " + type + " is described to the model by Anthropic alone");
            }
            Reading.only(tool, path, TOOL, TOOL_HINTS);
            boolean strict = Reading.flag(tool, "strict", path);
            tools.add(new Tool(
                    Reading.text(tool, "name", path),
                    Reading.textOrNull(tool, "description", path),
                    Reading.plain(tool.get("input_schema"), path + ".input_schema"),
                    strict ? Boolean.TRUE : null,
                    false,
                    null));
        }
        return tools;
    }

    private static ToolChoice toolChoice(Map<?, ?> choice) throws Untranslatable {
        return switch (Reading.text(choice, "type", "tool_choice")) {
            case "auto" -> new ToolChoice.Auto();
            case "any" -> new ToolChoice.Required();
            case "none" -> new ToolChoice.None();
            case "tool" -> new ToolChoice.Named(Reading.text(choice, "name", "tool_choice"));
            default -> // open: any text
                throw new Untranslatable("tool_choice.type", "tool_choice.type must be auto, any, tool or none");
        };
    }

    private static List<String> stops(@Nullable Object value) throws Untranslatable {
        List<String> stops = new ArrayList<>();
        for (Object stop : value == null ? List.of() : Reading.list(value, "stop_sequences")) {
            if (!(stop instanceof String text)) {
                throw new Untranslatable("stop_sequences", "stop_sequences must hold strings");
            }
            stops.add(text);
        }
        return stops;
    }

    private static @Nullable Thinking thinking(@Nullable Object value, @Nullable String effort) throws Untranslatable {
        if (value == null) {
            return effort == null ? null : new Thinking(effort, null, null);
        }
        Map<?, ?> thinking = Reading.object(value, "thinking");
        Reading.only(thinking, "thinking", Set.of("type", "budget_tokens", "display"), Set.of());
        String summary = "omitted".equals(Reading.textOrNull(thinking, "display", "thinking")) ? null : "auto";
        BigDecimal budget = Reading.number(thinking, "budget_tokens", "thinking.budget_tokens");
        return switch (Reading.text(thinking, "type", "thinking")) {
            case "disabled" -> new Thinking("none", null, null);
            case "adaptive" -> new Thinking(effort, null, summary);
            case "enabled" -> new Thinking(effort, budget == null ? null : budget.longValue(), summary);
            default -> // open: any text
                throw new Untranslatable("thinking.type", "thinking.type must be enabled, adaptive or disabled");
        };
    }

    private static @Nullable Format format(@Nullable Object value) throws Untranslatable {
        if (value == null) {
            return null;
        }
        Map<?, ?> format = Reading.object(value, "output_config.format");
        Reading.only(format, "output_config.format", Set.of("type", "schema"), Set.of());
        if (!"json_schema".equals(format.get("type"))) {
            throw new Untranslatable("output_config.format.type", "output_config.format.type must be json_schema");
        }
        return new Format.JsonSchema(
                "answer", null, Reading.plain(format.get("schema"), "output_config.format.schema"), true);
    }
}
