package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.OpenAiEffort;
import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Prompt.Format;
import ai.openlegion.dialect.Prompt.Thinking;
import ai.openlegion.dialect.Prompt.Tool;
import ai.openlegion.dialect.Prompt.ToolChoice;
import ai.openlegion.dialect.Untranslatable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A chat request with the meaning of a prompt.
final class ChatPromptWriter {

    /// Chat names an effort, no tokens. These are the usual budgets of clients that count tokens: "think" asks for
    /// 4,000, "think hard" for 10,000, the most for 32,000.
    private static final long LOW_TOKENS = 4_096;

    private static final long MEDIUM_TOKENS = 16_384;

    private static final int USER_CHARS = 64;

    private final Prompt prompt;
    private final Map<String, @Nullable Object> body = new LinkedHashMap<>();

    private ChatPromptWriter(Prompt prompt) {
        this.prompt = prompt;
    }

    static Map<String, @Nullable Object> write(Prompt prompt, String model, boolean stream) throws Untranslatable {
        return new ChatPromptWriter(prompt).body(model, stream);
    }

    private Map<String, @Nullable Object> body(String model, boolean stream) throws Untranslatable {
        if (prompt.topK() != null) {
            throw new Untranslatable("top_k", "top_k has no equivalent in Chat Completions; leave it out");
        }
        body.put("model", model);
        body.put("messages", new ChatTurnWriter().write(prompt.turns()));
        if (!prompt.tools().isEmpty()) {
            List<Object> tools = new ArrayList<>();
            for (Tool each : prompt.tools()) {
                tools.add(tool(each));
            }
            body.put("tools", tools);
            put("parallel_tool_calls", prompt.parallelTools()); // refused by OpenAI where there are no tools
        }
        put("tool_choice", choice());
        put("temperature", prompt.temperature());
        put("top_p", prompt.topP());
        put("stop", prompt.stops().isEmpty() ? null : prompt.stops());
        put("reasoning_effort", OpenAiEffort.of(effort(prompt.thinking()), model));
        put("response_format", format(prompt.format()));
        put("verbosity", prompt.verbosity());
        put("user", user(prompt.endUser())); // the older name of safety_identifier, which all vendors know
        if (stream) {
            body.put("stream", true);
            body.put("stream_options", Map.of("include_usage", true));
        }
        return body;
    }

    private void put(String name, @Nullable Object value) {
        if (value != null) {
            body.put(name, value);
        }
    }

    private static Map<String, @Nullable Object> tool(Tool tool) {
        Map<String, @Nullable Object> inner = new LinkedHashMap<>();
        inner.put("name", tool.name());
        if (tool.description() != null) {
            inner.put("description", tool.description());
        }
        if (tool.freeform()) {
            if (tool.grammar() != null) {
                inner.put("format", typed("grammar", tool.grammar()));
            }
            return typed("custom", inner);
        }
        if (tool.parameters() != null) {
            inner.put("parameters", tool.parameters());
        }
        if (tool.strict() != null) {
            inner.put("strict", tool.strict());
        }
        return typed("function", inner);
    }

    /// `{"type":T,T:{…}}`, the way in which this dialect marks what an object is.
    static Map<String, @Nullable Object> typed(String type, Object inner) {
        Map<String, @Nullable Object> outer = new LinkedHashMap<>();
        outer.put("type", type);
        outer.put(type, inner);
        return outer;
    }

    private @Nullable Object choice() {
        boolean none = prompt.tools().isEmpty();
        return switch (prompt.toolChoice()) {
            case null -> null;
            // of no tools at all, these choose nothing, and OpenAI refuses them
            case ToolChoice.Auto _ -> none ? null : "auto";
            case ToolChoice.None _ -> none ? null : "none";
            case ToolChoice.Required _ -> "required";
            case ToolChoice.Named named ->
                typed(isFreeform(named) ? "custom" : "function", Map.of("name", named.name()));
        };
    }

    private boolean isFreeform(ToolChoice.Named named) {
        return prompt.tools().stream()
                .anyMatch(tool -> tool.freeform() && tool.name().equals(named.name()));
    }

    /// Claude Code's ids of users are documents of their own. OpenAI takes 64 characters, Zhipu 128, DeepSeek letters
    /// and digits: of a longer one its hash stands for it, which tells users apart as well.
    private static @Nullable String user(@Nullable String id) {
        if (id == null || id.length() <= USER_CHARS) {
            return id;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    private static @Nullable String effort(@Nullable Thinking thinking) {
        if (thinking == null) {
            return null;
        }
        String effort = thinking.effort();
        if (effort != null) {
            return effort;
        }
        Long budget = thinking.budgetTokens();
        return budget == null ? null : budget <= LOW_TOKENS ? "low" : budget <= MEDIUM_TOKENS ? "medium" : "high";
    }

    private static @Nullable Object format(@Nullable Format format) {
        return switch (format) {
            case null -> null;
            case Format.JsonObject _ -> Map.of("type", "json_object");
            case Format.JsonSchema schema -> {
                Map<String, @Nullable Object> inner = new LinkedHashMap<>();
                inner.put("name", schema.name().isEmpty() ? "answer" : schema.name()); // OpenAI wants one
                if (schema.description() != null) {
                    inner.put("description", schema.description());
                }
                inner.put("schema", schema.schema());
                if (schema.strict() != null) {
                    inner.put("strict", schema.strict());
                }
                yield typed("json_schema", inner);
            }
        };
    }
}
