package ai.openlegion.agent.model;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import java.util.Map;

/// A call that the model asks for.
///
/// @param id by which its result is told apart from the others'
/// @param arguments as the model wrote them, which need not be JSON
public record ToolCall(String id, String name, String arguments) {

    private static final int NAME_CHARS = 64;

    /// As it stands in a message of the assistant, in a form that every provider takes back: one that was refused would
    /// be refused in each later call of the same conversation.
    public Map<String, Object> toJson() {
        String plain = name.substring(0, Math.min(name.length(), NAME_CHARS)).replaceAll("[^A-Za-z0-9_-]", "_");
        return Map.of(
                "id",
                id,
                "type",
                "function",
                "function",
                Map.of("name", plain.isEmpty() ? "unnamed" : plain, "arguments", isObject() ? arguments : "{}"));
    }

    private boolean isObject() {
        try {
            var _ = Json.object(arguments);
            return true;
        } catch (JsonException other) {
            return false;
        }
    }
}
