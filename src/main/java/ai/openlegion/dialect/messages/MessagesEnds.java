package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Standing;
import ai.openlegion.dialect.Usage;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How streams begin and end, at whatever point they stand.
final class MessagesEnds {

    /// The name of an answer that its provider has not named.
    static final String NAMELESS = "msg_openlegion";

    private MessagesEnds() {}

    static byte[] start(String id, String model, Usage usage) {
        return Json.event(Json.object(
                "type",
                "message_start",
                "message",
                Json.object(
                        "id",
                        id.isEmpty() ? NAMELESS : id,
                        "type",
                        "message",
                        "role",
                        "assistant",
                        "model",
                        model,
                        "content",
                        List.of(),
                        "stop_reason",
                        null,
                        "stop_sequence",
                        null,
                        "usage",
                        Figures.written(usage, false))));
    }

    static byte[] blockStop(int index) {
        return Json.event(Json.object("type", "content_block_stop", "index", index));
    }

    static byte[] end(String reason, @Nullable String stop, Usage usage) {
        return Json.event(Json.object(
                "type",
                "message_delta",
                "delta",
                Json.object("stop_reason", reason, "stop_sequence", stop),
                "usage",
                Figures.written(usage, true)));
    }

    static byte[] stop() {
        return Json.event(Json.object("type", "message_stop"));
    }

    static byte[] cut(Standing standing, String reason, Fault fault) {
        var out = new ByteArrayOutputStream();
        if (!standing.started) {
            out.writeBytes(start(standing.id, standing.model, standing.usage));
        }
        for (int index : standing.open) {
            out.writeBytes(blockStop(index));
        }
        if (standing.finishedChoices == 0) {
            out.writeBytes(end("max_tokens", null, standing.usage));
        }
        out.writeBytes(Json.event(Json.object("type", "error", "error", cutError(reason, fault))));
        out.writeBytes(stop());
        return out.toByteArray();
    }

    private static Map<String, @Nullable Object> cutError(String reason, Fault fault) {
        String type = switch (reason) {
            case "budget_exceeded" -> "billing_error";
            case "agent_revoked" -> "permission_error";
            case "shutdown" -> "overloaded_error";
            default -> MessagesErrors.type(fault.kind()); // open: a reason that is told by its kind alone
        };
        Map<String, @Nullable Object> error = MessagesErrors.error(type, fault);
        Map<String, @Nullable Object> details = Json.object("reason", reason);
        if (error.get("openlegion") instanceof Map<?, ?> given) {
            for (Map.Entry<?, ?> each : given.entrySet()) {
                details.put(String.valueOf(each.getKey()), each.getValue());
            }
        }
        error.put("openlegion", details);
        return error;
    }

    static byte[] failure(Fault fault) {
        return Json.event(
                Json.object("type", "error", "error", MessagesErrors.error(MessagesErrors.type(fault.kind()), fault)));
    }
}
