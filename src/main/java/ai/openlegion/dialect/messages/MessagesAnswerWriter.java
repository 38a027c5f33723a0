package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.Answer;
import ai.openlegion.dialect.Part;
import ai.openlegion.json.PlainJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes a whole answer as a message.
final class MessagesAnswerWriter {

    private MessagesAnswerWriter() {}

    static byte[] write(Answer answer) {
        String id = answer.id().isEmpty() ? MessagesEnds.NAMELESS : answer.id();
        List<Map<String, @Nullable Object>> content = new ArrayList<>();
        boolean called = false;
        boolean refused = false;
        for (Part part : answer.parts()) {
            called |= part instanceof Part.ToolCall;
            refused |= part instanceof Part.Refusal;
            Map<String, @Nullable Object> block = block(part, id, content.size());
            if (block != null) {
                content.add(block);
            }
        }
        return Json.bytes(Json.object(
                "id",
                id,
                "type",
                "message",
                "role",
                "assistant",
                "model",
                answer.model(),
                "content",
                content,
                "stop_reason",
                StopWords.write(StopWords.of(answer.reason(), called, refused)),
                "stop_sequence",
                answer.stop().isEmpty() ? null : answer.stop(),
                "usage",
                Figures.written(answer.usage(), false)));
    }

    private static @Nullable Map<String, @Nullable Object> block(Part part, String message, int place) {
        return switch (part) {
            case Part.Text(String text) -> Json.object("type", "text", "text", text);
            case Part.Refusal(String text) -> Json.object("type", "text", "text", text);
            case Part.ToolCall call ->
                Json.object(
                        "type",
                        "tool_use",
                        "id",
                        call.id().isEmpty() ? "toolu_" + message + "_" + place : call.id(),
                        "name",
                        call.name(),
                        "input",
                        input(call));
            case Part.Reasoning(String text, Part.Seal seal) -> thinking(text, seal);
            case Part.Image _, Part.ToolResult _ -> null; // no model answers with them
        };
    }

    static Map<String, @Nullable Object> thinking(String text, Part.@Nullable Seal seal) {
        if (seal != null && !seal.readable() && text.isEmpty()) {
            return Json.object("type", "redacted_thinking", "data", MessagesStreamWriter.word(seal));
        }
        return Json.object(
                "type", "thinking", "thinking", text, "signature", seal == null ? "" : MessagesStreamWriter.word(seal));
    }

    /// The arguments as an object. What a model wrote that is none is told as it stands: it is the caller's to refuse.
    private static Map<String, @Nullable Object> input(Part.ToolCall call) {
        if (call.freeform()) {
            return Json.object("input", call.arguments());
        }
        if (call.arguments().isBlank()) {
            return Json.object();
        }
        try {
            return PlainJson.readObject(call.arguments());
        } catch (IllegalArgumentException noObject) {
            return Json.object("_arguments", call.arguments());
        }
    }
}
