package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.Fault;
import ai.openlegion.dialect.Fault.Kind;
import ai.openlegion.json.PlainJson;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Errors in Anthropic's words.
final class MessagesErrors {

    /// By these words clients tell a prompt that does not fit, to shorten it.
    private static final String TOO_LONG = "prompt is too long";

    private MessagesErrors() {}

    static Fault read(int status, byte[] body) {
        Map<?, ?> document;
        try {
            document = PlainJson.readObject(new String(body, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException noJson) {
            document = Map.of();
        }
        Map<?, ?> error = document.get("error") instanceof Map<?, ?> object ? object : Map.of();
        String type = error.get("type") instanceof String text ? text : "";
        String message = error.get("message") instanceof String text ? text : "";
        return fault(kind(type, message, ofStatus(status)), status, type, message);
    }

    /// An error that came after the status was sent.
    static Fault inStream(String type, String message) {
        Kind kind = kind(type, message, Kind.SERVER);
        return fault(kind, status(kind), type, message);
    }

    private static Fault fault(Kind kind, int status, String type, String message) {
        String told = message.isEmpty() ? "The provider answered with status " + status : message;
        return new Fault(kind, status, told, type.isEmpty() ? null : type, null, null);
    }

    private static Kind kind(String type, String message, Kind otherwise) {
        return switch (type) {
            case "invalid_request_error" -> {
                String lower = message.toLowerCase(Locale.ROOT);
                boolean tooLong = lower.contains(TOO_LONG) || lower.contains("exceed context limit");
                yield tooLong ? Kind.CONTEXT_LENGTH : otherwise == Kind.SERVER ? Kind.INVALID : otherwise;
            }
            case "authentication_error" -> Kind.UNAUTHENTICATED;
            case "permission_error" -> Kind.DENIED;
            case "not_found_error" -> Kind.NOT_FOUND;
            case "request_too_large" -> Kind.TOO_LARGE;
            case "rate_limit_error" -> Kind.RATE_LIMITED;
            case "overloaded_error" -> Kind.OVERLOADED;
            case "billing_error" -> Kind.BILLING;
            case "timeout_error" -> Kind.TIMEOUT;
            case "api_error" -> Kind.SERVER;
            default -> otherwise; // open: types that are not known yet
        };
    }

    private static Kind ofStatus(int status) {
        return switch (status) {
            case 401 -> Kind.UNAUTHENTICATED;
            case 402 -> Kind.BILLING;
            case 403 -> Kind.DENIED;
            case 404 -> Kind.NOT_FOUND;
            case 408, 504 -> Kind.TIMEOUT;
            case 413 -> Kind.TOO_LARGE;
            case 429 -> Kind.RATE_LIMITED;
            case 503, 529 -> Kind.OVERLOADED;
            default -> status >= 500 ? Kind.SERVER : Kind.INVALID; // open: any status
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
            case OVERLOADED -> 529;
            case TIMEOUT -> 504;
            case SERVER -> 500;
        };
    }

    static String type(Kind kind) {
        return switch (kind) {
            case INVALID, CONTEXT_LENGTH -> "invalid_request_error";
            case UNAUTHENTICATED -> "authentication_error";
            case DENIED -> "permission_error";
            case NOT_FOUND -> "not_found_error";
            case TOO_LARGE -> "request_too_large";
            case BILLING -> "billing_error";
            case RATE_LIMITED -> "rate_limit_error";
            case OVERLOADED -> "overloaded_error";
            case TIMEOUT -> "timeout_error";
            case SERVER -> "api_error";
        };
    }

    static byte[] write(Fault fault, String requestId) {
        return Json.bytes(
                Json.object("type", "error", "error", error(type(fault.kind()), fault), "request_id", requestId));
    }

    /// The error object. It has no member for what is at fault, so the message names it.
    static Map<String, @Nullable Object> error(String type, Fault fault) {
        String message = fault.message();
        if (fault.kind() == Kind.CONTEXT_LENGTH
                && !message.toLowerCase(Locale.ROOT).contains(TOO_LONG)) {
            message = TOO_LONG + ": " + message;
        } else if (fault.param() != null && !message.contains(fault.param())) {
            message = fault.param() + ": " + message;
        }
        Map<String, @Nullable Object> error = Json.object("type", type, "message", message);
        if (fault.details() != null) {
            error.put("openlegion", PlainJson.read(fault.details()));
        }
        return error;
    }
}
