package ai.openlegion.dialect;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a request asks of a model.
///
/// @param turns the conversation so far, in order; instructions of the caller are turns too
/// @param tools what the model may call
/// @param toolChoice whether and what it has to call; null where the request says nothing
/// @param parallelTools whether it may call several at once; null where the request says nothing
/// @param stops sequences at which it stops
/// @param thinking how much it should think; null where the request says nothing
/// @param format what the answer has to look like; null for free text
/// @param verbosity `low`, `medium` or `high`; null where the request says nothing
/// @param endUser an id of the end user, for the provider's abuse detection
public record Prompt(
        List<Turn> turns,
        List<Tool> tools,
        @Nullable ToolChoice toolChoice,
        @Nullable Boolean parallelTools,
        @Nullable BigDecimal temperature,
        @Nullable BigDecimal topP,
        @Nullable BigDecimal topK,
        List<String> stops,
        @Nullable Thinking thinking,
        @Nullable Format format,
        @Nullable String verbosity,
        @Nullable String endUser) {

    /// Who says a turn.
    public enum Role {
        /// The caller's instructions.
        SYSTEM,
        /// The caller's instructions, as newer OpenAI models name them.
        DEVELOPER,
        /// The user; results of tools are told in such turns too.
        USER,
        /// The model.
        ASSISTANT
    }

    /// What one side said at once.
    public record Turn(Role role, List<Part> parts) {}

    /// A tool that the caller runs.
    ///
    /// @param parameters its JSON schema; null where the request gives none
    /// @param freeform whether its input is text of any kind, not JSON
    /// @param grammar what a freeform tool's input has to look like, as OpenAI has it
    public record Tool(
            String name,
            @Nullable String description,
            @Nullable Map<String, @Nullable Object> parameters,
            @Nullable Boolean strict,
            boolean freeform,
            @Nullable Map<String, @Nullable Object> grammar) {}

    /// Whether and what a model has to call.
    public sealed interface ToolChoice {
        /// As it sees fit.
        record Auto() implements ToolChoice {}

        /// Nothing.
        record None() implements ToolChoice {}

        /// Something.
        record Required() implements ToolChoice {}

        /// This tool.
        record Named(String name) implements ToolChoice {}
    }

    /// How much a model should think.
    ///
    /// @param effort `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`; null where none is named
    /// @param budgetTokens tokens of thinking; null where none are named
    /// @param summary whether the caller wants to read of it: `auto`, `concise`, `detailed`, or null
    public record Thinking(
            @Nullable String effort,
            @Nullable Long budgetTokens,
            @Nullable String summary) {}

    /// What an answer has to look like.
    public sealed interface Format {
        /// Some JSON object.
        record JsonObject() implements Format {}

        /// JSON that fits a schema.
        record JsonSchema(
                String name,
                @Nullable String description,
                Map<String, @Nullable Object> schema,
                @Nullable Boolean strict)
                implements Format {}
    }
}
