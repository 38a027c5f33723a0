package ai.openlegion.agent.model;

import ai.openlegion.agent.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the model answered to one call.
///
/// @param text may be empty
/// @param calls in the order in which they are to be run, empty in a final answer
/// @param tokens that the call took, input and output; 0 if nobody said
/// @param usd what it cost as far as the mesh said, else 0
/// @param cut why it is not all that the model would have said, if so: `length` or `content_filter`
public record Answer(String text, List<ToolCall> calls, long tokens, double usd, Optional<String> cut) {

    public Answer {
        calls = List.copyOf(calls);
    }

    /// As a message of the conversation.
    public Map<String, Object> toMessage() {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", text.isEmpty() && !calls.isEmpty() ? Json.NULL : text);
        if (!calls.isEmpty()) {
            message.put("tool_calls", calls.stream().map(ToolCall::toJson).toList());
        }
        return message;
    }
}
