package ai.openlegion.dialect.responses;

import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.OpenAiErrors;
import ai.openlegion.dialect.Standing;
import ai.openlegion.json.Members;
import java.nio.charset.StandardCharsets;

/// The events by which the mesh keeps a stream alive, and ends it before its provider does.
final class ResponsesEnds {

    private static final byte[] COMMENT = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);

    private ResponsesEnds() {}

    /// An event that says nothing new; Codex counts the time between events, comments do not reset it.
    ///
    /// A response in an event replaces what a client has put together so far. So once there is output, which is not
    /// kept here, OpenAI's own `keepalive` is sent, by which clients change nothing.
    static byte[] keepAlive(Standing standing) {
        if (!standing.started) {
            return COMMENT.clone();
        }
        return standing.hasOutput
                ? Shapes.event("keepalive", ++standing.sequence, "")
                : Shapes.event(
                        "response.in_progress",
                        ++standing.sequence,
                        ",\"response\":" + Shapes.response(standing, "in_progress", "null", "null", "", ""));
    }

    /// A failure that no client tries again: OpenAI's word for want of money, or the mesh's own.
    static byte[] cut(Standing standing, String reason, Fault fault) {
        String code = reason.equals("budget_exceeded") || reason.equals("task_budget_exceeded")
                ? "insufficient_quota"
                : reason;
        return failed(standing, code, fault);
    }

    static byte[] failure(Standing standing, Fault fault) {
        String code = OpenAiErrors.code(fault);
        return failed(standing, code == null ? "server_error" : code, fault);
    }

    private static byte[] failed(Standing standing, String code, Fault fault) {
        String error = "{\"code\":" + Members.quoted(code) + ",\"message\":" + Members.quoted(fault.message())
                + (fault.details() == null ? "" : ",\"openlegion\":" + fault.details()) + "}";
        byte[] first = standing.started ? new byte[0] : created(standing);
        byte[] last = Shapes.event(
                "response.failed",
                ++standing.sequence,
                ",\"response\":"
                        + Shapes.response(standing, "failed", error, "null", "", Shapes.usage(standing.usage)));
        byte[] all = new byte[first.length + last.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(last, 0, all, first.length, last.length);
        return all;
    }

    /// Clients take no event before this one.
    static byte[] created(Standing standing) {
        standing.started = true;
        if (standing.id.isEmpty()) {
            standing.id = "resp_openlegion";
        }
        return Shapes.event(
                "response.created",
                ++standing.sequence,
                ",\"response\":" + Shapes.response(standing, "in_progress", "null", "null", "", ""));
    }
}
