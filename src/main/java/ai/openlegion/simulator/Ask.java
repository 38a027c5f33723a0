package ai.openlegion.simulator;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the simulated provider reads of a request to generate, the same for every dialect.
///
/// @param body the request as it came, for what an answer repeats of it
/// @param usageAsked whether a stream ends with its usage, where a dialect leaves that to the client
/// @param maxTokens the client's maximum for each choice; Integer.MAX_VALUE when it gave none
/// @param promptTokens a plausible count, never above the text's UTF-8 bytes and one a message, without images
/// @param afterTool whether the last message is a tool's result
/// @param toolResults since the last message of the user
/// @param tools that may be called
/// @param named the tool that has to be called; empty = any; null = none has to be
/// @param callIds what its ids of tool calls begin with
/// @param thinks whether reasoning was asked for
/// @param stopSequence the first of the client's, null = none
/// @param cached what of the prompt a cache held or got
/// @param sample what is answered to a task of a sample workflow; null = it is none
record Ask(
        JsonObject body,
        String key,
        String model,
        boolean stream,
        boolean usageAsked,
        int maxTokens,
        int choices,
        long promptTokens,
        boolean afterTool,
        int toolResults,
        List<Tool> tools,
        @Nullable String named,
        String callIds,
        boolean thinks,
        @Nullable String stopSequence,
        PromptCache.Use cached,
        Script script,
        @Nullable String sample) {

    /// A tool the client runs.
    ///
    /// @param schema of its arguments
    /// @param custom whether it takes plain text instead of JSON
    record Tool(String name, JsonObject schema, boolean custom) {}
}
