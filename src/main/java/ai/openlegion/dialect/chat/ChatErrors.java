package ai.openlegion.dialect.chat;

import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Fault.Kind;
import ai.openlegion.dialect.Standing;
import ai.openlegion.json.Members;
import ai.openlegion.json.PlainJson;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Errors in the words of Chat Completions, and the ends of streams that hold them.
final class ChatErrors {

    /// A provider's text is quoted up to here.
    private static final int MESSAGE_CHARS = 4_000;

    private static final Set<String> CONTEXT = Set.of("context_length_exceeded", "string_above_max_length");
    private static final Set<String> MONEY = Set.of(
            "insufficient_quota",
            "billing_error",
            "billing_not_active",
            "billing_hard_limit_reached",
            "insufficient_balance",
            "payment_required",
            "usage_limit_reached");

    private ChatErrors() {}

    /// A provider's error document. OpenAI, Azure and most others say `{"error":{…}}`; Google puts that into an array,
    /// Mistral and vLLM leave the envelope out, some give a bare text, FastAPI servers a `detail`.
    static Fault read(int status, byte[] body) {
        Object json;
        try {
            json = PlainJson.read(new String(body, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException noJson) {
            json = null;
        }
        if (json instanceof List<?> list && !list.isEmpty()) {
            json = list.getFirst();
        }
        return json instanceof Map<?, ?> document
                ? fault(status, document)
                : new Fault(kind(status, "", ""), status, "The provider answered " + status, null, null, null);
    }

    /// The error that a frame of a stream, or an answer with status 200, reports.
    static Fault inStream(byte[] json, int from, int to) {
        Map<?, ?> document = PlainJson.readObject(new String(json, from, to - from, StandardCharsets.UTF_8));
        Object error = document.get("error");
        Object code = error instanceof Map<?, ?> members ? members.get("code") : null;
        int status =
                code instanceof BigDecimal number && number.precision() - number.scale() == 3 ? number.intValue() : 0;
        return fault(status < 400 || status > 599 ? 0 : status, document);
    }

    /// @param status 0 where none is known: then the words say which it would have been
    private static Fault fault(int status, Map<?, ?> document) {
        Map<?, ?> error = document.get("error") instanceof Map<?, ?> inner ? inner : document;
        String message = text(error.get("message"));
        if (message == null) {
            message = text(document.get("error"));
        }
        if (message == null) {
            message = text(document.get("detail"));
        }
        if (message == null) {
            message = status == 0 ? "The provider reported an error" : "The provider answered " + status;
        }
        if (message.length() > MESSAGE_CHARS) {
            message = message.substring(0, MESSAGE_CHARS) + "…";
        }
        String code = text(error.get("code"));
        String type = text(error.get("type"));
        Kind kind = kind(status, code == null ? "" : code, type == null ? "" : type);
        return new Fault(
                kind,
                status == 0 ? status(kind) : status,
                message,
                code == null ? type : code,
                text(error.get("param")),
                null);
    }

    private static @Nullable String text(@Nullable Object value) {
        return value instanceof String text && !text.isEmpty() ? text : null;
    }

    private static Kind kind(int status, String code, String type) {
        if (CONTEXT.contains(code)) {
            return Kind.CONTEXT_LENGTH;
        }
        if (MONEY.contains(code) || MONEY.contains(type)) {
            return Kind.BILLING;
        }
        return switch (status) {
            case 0 -> word(type.isEmpty() ? code : type, code);
            case 401 -> Kind.UNAUTHENTICATED;
            case 402 -> Kind.BILLING;
            case 403 -> Kind.DENIED;
            case 404 -> Kind.NOT_FOUND;
            case 408, 504 -> Kind.TIMEOUT;
            case 413 -> Kind.TOO_LARGE;
            case 429 -> Kind.RATE_LIMITED;
            case 503, 529 -> Kind.OVERLOADED;
            default -> status < 500 ? Kind.INVALID : Kind.SERVER; // open: any other status
        };
    }

    private static Kind word(String type, String code) {
        if (code.startsWith("rate_limit")) {
            return Kind.RATE_LIMITED;
        }
        return switch (type) {
            case "invalid_request_error", "BadRequestError" ->
                code.equals("model_not_found") ? Kind.NOT_FOUND : Kind.INVALID;
            case "authentication_error", "invalid_api_key" -> Kind.UNAUTHENTICATED;
            case "permission_error", "permission_denied" -> Kind.DENIED;
            case "not_found_error", "model_not_found", "NotFoundError" -> Kind.NOT_FOUND;
            case "rate_limit_error", "rate_limit_exceeded", "tokens", "requests" -> Kind.RATE_LIMITED;
            case "overloaded_error", "overloaded", "service_unavailable", "engine_overloaded" -> Kind.OVERLOADED;
            case "timeout", "timeout_error" -> Kind.TIMEOUT;
            default -> Kind.SERVER; // open: every vendor has words of its own
        };
    }

    private static int status(Kind kind) {
        return switch (kind) {
            case INVALID, CONTEXT_LENGTH -> 400;
            case UNAUTHENTICATED -> 401;
            case BILLING -> 402;
            case DENIED -> 403;
            case NOT_FOUND -> 404;
            case TOO_LARGE -> 413;
            case RATE_LIMITED -> 429;
            case SERVER -> 502;
            case OVERLOADED -> 503;
            case TIMEOUT -> 504;
        };
    }

    /// `{"error":{"message","type","param","code"}}` and, where the mesh adds something, `openlegion`.
    static byte[] document(Fault fault) {
        return ("{\"error\":" + error(fault, type(fault.kind())) + "}").getBytes(StandardCharsets.UTF_8);
    }

    /// An error frame and no `[DONE]`: SDKs raise an error at it, and nothing looks like a whole answer.
    static byte[] failure(Fault fault) {
        return ("data: {\"error\":" + error(fault, type(fault.kind())) + "}\n\n").getBytes(StandardCharsets.UTF_8);
    }

    /// A `length` end for each choice still open, the error, `[DONE]`.
    static byte[] cut(Standing standing, int choices, String reason, Fault fault) {
        var text = new StringBuilder(256);
        for (int choice = 0; choice < choices; choice++) {
            if (choice >= Long.SIZE || (standing.finishedChoices & (1L << choice)) == 0) {
                text.append("data: {\"id\":")
                        .append(Members.quoted(standing.id))
                        .append(",\"object\":\"chat.completion.chunk\",\"created\":")
                        .append(standing.created)
                        .append(",\"model\":")
                        .append(Members.quoted(standing.model))
                        .append(",\"choices\":[{\"index\":")
                        .append(choice)
                        .append(",\"delta\":{},\"finish_reason\":\"length\"}]}\n\n");
            }
        }
        text.append("data: {\"error\":").append(error(fault, reason)).append("}\n\ndata: [DONE]\n\n");
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String error(Fault fault, String type) {
        String code = code(fault);
        return "{\"message\":" + Members.quoted(fault.message())
                + ",\"type\":" + Members.quoted(type)
                + ",\"param\":" + (fault.param() == null ? "null" : Members.quoted(fault.param()))
                + ",\"code\":" + (code == null ? "null" : Members.quoted(code))
                + (fault.details() == null ? "" : ",\"openlegion\":" + fault.details())
                + "}";
    }

    private static String type(Kind kind) {
        return switch (kind) {
            case INVALID, UNAUTHENTICATED, DENIED, NOT_FOUND, TOO_LARGE, CONTEXT_LENGTH -> "invalid_request_error";
            case BILLING -> "insufficient_quota";
            case RATE_LIMITED -> "rate_limit_error";
            case OVERLOADED, TIMEOUT, SERVER -> "server_error";
        };
    }

    /// The words that clients of this dialect look for, whatever the provider called it.
    private static @Nullable String code(Fault fault) {
        return switch (fault.kind()) {
            case CONTEXT_LENGTH -> "context_length_exceeded";
            case BILLING -> "insufficient_quota";
            case INVALID, UNAUTHENTICATED, DENIED, NOT_FOUND, TOO_LARGE, RATE_LIMITED, OVERLOADED, TIMEOUT, SERVER ->
                fault.code();
        };
    }
}
