package ai.openlegion.dialect;

import java.util.List;

/// A whole answer with one choice.
///
/// @param created seconds since 1970; 0 where the provider says none
/// @param stop the sequence at which it stopped; empty where none did
public record Answer(
        String id, String model, long created, List<Part> parts, StopReason reason, String stop, Usage usage) {

    /// All its text, joined.
    public String text() {
        var text = new StringBuilder();
        for (Part part : parts) {
            if (part instanceof Part.Text(String piece)) {
                text.append(piece);
            }
        }
        return text.toString();
    }

    /// The tool calls in it, in order.
    public List<Part.ToolCall> toolCalls() {
        return parts.stream()
                .filter(Part.ToolCall.class::isInstance)
                .map(Part.ToolCall.class::cast)
                .toList();
    }
}
