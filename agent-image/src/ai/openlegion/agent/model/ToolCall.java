package ai.openlegion.agent.model;

import java.util.Map;

/// A call that the model asks for.
///
/// @param id by which its result is told apart from the others'
/// @param arguments as the model wrote them, which need not be JSON
public record ToolCall(String id, String name, String arguments) {

    /// As it stands in a message of the assistant.
    public Map<String, Object> toJson() {
        return Map.of("id", id, "type", "function", "function", Map.of("name", name, "arguments", arguments));
    }
}
