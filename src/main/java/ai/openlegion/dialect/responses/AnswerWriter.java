package ai.openlegion.dialect.responses;

import ai.openlegion.catalogue.Dialect;
import ai.openlegion.dialect.Answer;
import ai.openlegion.dialect.Part;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.StopReason;
import ai.openlegion.json.Members;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Writes a whole answer as a response object.
final class AnswerWriter {

    private AnswerWriter() {}

    static byte[] write(Answer answer) {
        var standing = new Standing();
        standing.id = responseId(answer.id());
        standing.model = answer.model();
        standing.created = answer.created();
        var output = new StringBuilder();
        for (int index = 0; index < answer.parts().size(); index++) {
            String item = item(answer.parts().get(index), standing.id, index);
            output.append(output.isEmpty() || item.isEmpty() ? "" : ",").append(item);
        }
        return Shapes.response(
                        standing,
                        status(answer.reason()),
                        "null",
                        incomplete(answer.reason()),
                        output.toString(),
                        Shapes.usage(answer.usage()))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String item(Part part, String responseId, int index) {
        return switch (part) {
            case Part.Text text ->
                Shapes.message(itemId("msg_", responseId, index), "completed", Shapes.outputText(inside(text.text())));
            case Part.Refusal refusal ->
                Shapes.message(itemId("msg_", responseId, index), "completed", Shapes.refusal(inside(refusal.text())));
            case Part.ToolCall call ->
                call.freeform()
                        ? Shapes.customToolCall(
                                itemId("ctc_", responseId, index),
                                "completed",
                                call.id(),
                                call.name(),
                                inside(call.arguments()))
                        : Shapes.functionCall(
                                itemId("fc_", responseId, index),
                                "completed",
                                call.id(),
                                call.name(),
                                call.arguments().isEmpty() ? "{}" : inside(call.arguments()));
            case Part.Reasoning reasoning ->
                Shapes.reasoning(
                        itemId("rs_", responseId, index),
                        "completed",
                        inside(reasoning.text()),
                        sealed(reasoning.sealed()));
            case Part.Image _, Part.ToolResult _ -> ""; // no model says these
        };
    }

    /// The opaque text as it goes to a client: another dialect's with its mark.
    static String sealed(Part.@Nullable Seal seal) {
        if (seal == null) {
            return "null";
        }
        return Members.quoted(seal.dialect() == Dialect.RESPONSES ? seal.data() : seal.wrapped());
    }

    static String status(StopReason reason) {
        return incomplete(reason).equals("null") ? "completed" : "incomplete";
    }

    /// Why an answer is not whole, as an object; `null` where it is.
    static String incomplete(StopReason reason) {
        return switch (reason) {
            case LENGTH -> "{\"reason\":\"max_output_tokens\"}";
            case REFUSAL -> "{\"reason\":\"content_filter\"}";
            case END, STOP_SEQUENCE, TOOL_CALLS, PAUSED -> "null";
        };
    }

    /// An id as clients of this dialect expect it, made from the provider's.
    static String responseId(String id) {
        return id.startsWith("resp_") ? id : "resp_" + plain(id);
    }

    static String itemId(String prefix, String responseId, int index) {
        return prefix + plain(responseId.substring("resp_".length())) + "_" + index;
    }

    private static String plain(String id) {
        String plain = id.replaceAll("[^A-Za-z0-9_-]", "");
        return plain.isEmpty() ? "openlegion" : plain;
    }

    /// The inside of a JSON string.
    static String inside(String text) {
        String quoted = Members.quoted(text);
        return quoted.substring(1, quoted.length() - 1);
    }
}
