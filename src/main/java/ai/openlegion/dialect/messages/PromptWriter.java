package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.Prompt;
import ai.openlegion.dialect.Prompt.Format;
import ai.openlegion.dialect.Prompt.Thinking;
import ai.openlegion.dialect.Prompt.Tool;
import ai.openlegion.dialect.Prompt.ToolChoice;
import ai.openlegion.dialect.Untranslatable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Writes a prompt as an Anthropic request, but for the maximum of its answer.
///
/// Verbosity has no word here and is left out: it is a wish for the style of the answer.
final class PromptWriter {

    private final Prompt prompt;
    private final ClaudeModel model;
    private final Map<String, @Nullable Object> body;
    private final Set<String> freeform = new HashSet<>();

    private PromptWriter(Prompt prompt, String model, boolean stream) {
        this.prompt = prompt;
        this.model = ClaudeModel.named(model);
        this.body = Json.object("model", model);
        if (stream) {
            body.put("stream", true);
        }
    }

    static Map<String, @Nullable Object> write(Prompt prompt, String model, boolean stream) throws Untranslatable {
        var writer = new PromptWriter(prompt, model, stream);
        for (Tool tool : prompt.tools()) {
            if (tool.freeform()) {
                writer.freeform.add(tool.name());
            }
        }
        new ConversationWriter(writer.model, writer.body).write(prompt.turns());
        writer.tools();
        writer.sampling();
        writer.thinking();
        writer.format();
        return writer.body;
    }

    private void tools() {
        List<Map<String, @Nullable Object>> tools = new ArrayList<>();
        for (Tool tool : prompt.tools()) {
            Map<String, @Nullable Object> written =
                    Json.object("name", tool.freeform() ? Freeform.marked(tool.name()) : tool.name());
            if (tool.description() != null) {
                written.put("description", tool.description());
            }
            written.put("input_schema", tool.freeform() ? Freeform.schema(tool) : schema(tool));
            if (Boolean.TRUE.equals(tool.strict())) {
                written.put("strict", true);
            }
            tools.add(written);
        }
        if (!tools.isEmpty()) {
            body.put("tools", tools);
        }
        toolChoice(!tools.isEmpty());
    }

    private static Map<String, @Nullable Object> schema(Tool tool) {
        Map<String, @Nullable Object> schema = Json.object("type", "object");
        if (tool.parameters() == null) {
            schema.put("properties", Json.object());
        } else {
            schema.putAll(tool.parameters());
        }
        return schema;
    }

    /// Without tools nothing can be called, and nothing of it may be said.
    private void toolChoice(boolean hasTools) {
        ToolChoice choice = prompt.toolChoice();
        boolean one = Boolean.FALSE.equals(prompt.parallelTools());
        if (choice == null && one) {
            choice = new ToolChoice.Auto();
        }
        Map<String, @Nullable Object> written = switch (choice) {
            case null -> null;
            case ToolChoice.Auto _ -> hasTools ? Json.object("type", "auto") : null;
            case ToolChoice.None _ -> hasTools ? Json.object("type", "none") : null;
            case ToolChoice.Required _ -> Json.object("type", "any");
            case ToolChoice.Named(String name) ->
                Json.object("type", "tool", "name", freeform.contains(name) ? Freeform.marked(name) : name);
        };
        if (written != null) {
            if (one && !(choice instanceof ToolChoice.None)) {
                written.put("disable_parallel_tool_use", true);
            }
            body.put("tool_choice", written);
        }
    }

    private void sampling() throws Untranslatable {
        BigDecimal temperature = prompt.temperature();
        if (temperature != null && temperature.compareTo(BigDecimal.ONE) > 0) {
            throw new Untranslatable("temperature", "temperature above 1 has no equal at this model's provider");
        }
        put("temperature", temperature);
        put("top_p", prompt.topP());
        put("top_k", prompt.topK());
        if (!prompt.stops().isEmpty()) {
            body.put("stop_sequences", prompt.stops());
        }
        if (prompt.endUser() != null) {
            body.put("metadata", Json.object("user_id", prompt.endUser()));
        }
    }

    private void put(String name, @Nullable Object value) {
        if (value != null) {
            body.put(name, value);
        }
    }

    /// A model before adaptive thinking knows budgets alone, which must be below a maximum that is not known here: an
    /// effort without a budget is left out for it, as a wish that it cannot be told.
    private void thinking() {
        Thinking thinking = prompt.thinking();
        if (thinking == null) {
            return;
        }
        String effort = "minimal".equals(thinking.effort()) ? "low" : thinking.effort();
        if ("none".equals(effort)) {
            body.put("thinking", Json.object("type", "disabled"));
            return;
        }
        if (thinking.budgetTokens() != null) {
            body.put("thinking", Json.object("type", "enabled", "budget_tokens", thinking.budgetTokens()));
        } else if (model.thinksAdaptively()) {
            Map<String, @Nullable Object> adaptive = Json.object("type", "adaptive");
            if (thinking.summary() != null) {
                adaptive.put("display", "summarized");
            }
            body.put("thinking", adaptive);
        }
        if (effort != null && model.thinksAdaptively()) {
            outputConfig().put("effort", effort);
        }
    }

    private void format() throws Untranslatable {
        switch (prompt.format()) {
            case null -> {}
            case Format.JsonObject _ ->
                throw new Untranslatable(
                        "response_format",
                        "response_format json_object has no equal at this model's provider; " + "json_schema has");
            case Format.JsonSchema schema ->
                outputConfig().put("format", Json.object("type", "json_schema", "schema", schema.schema()));
        }
    }

    @SuppressWarnings("unchecked") // it is put there by this method alone
    private Map<String, @Nullable Object> outputConfig() {
        return (Map<String, @Nullable Object>)
                Objects.requireNonNull(body.computeIfAbsent("output_config", _ -> Json.object()));
    }
}
