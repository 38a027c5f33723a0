package ai.openlegion.dialect;

import ai.openlegion.json.Members;
import ai.openlegion.json.PlainJson;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// OpenAI's error object, which Chat Completions, Embeddings and Responses have in common.
public final class OpenAiErrors {

    /// A provider's error text is passed on up to this many characters; longer ones are pages of HTML.
    private static final int MESSAGE_MAX = 4096;

    private OpenAiErrors() {}

    /// `{"error":{"message","type","param","code"}}`, with `openlegion` in it where the fault has details.
    public static byte[] write(Fault fault) {
        return ("{\"error\":" + object(fault) + "}").getBytes(StandardCharsets.UTF_8);
    }

    /// The object inside, as JSON.
    public static String object(Fault fault) {
        return object(fault, type(fault.kind()));
    }

    /// The same under another type than OpenAI's: why the mesh cut a stream.
    public static String object(Fault fault, String type) {
        var text = new StringBuilder(192)
                .append("{\"message\":")
                .append(Members.quoted(fault.message()))
                .append(",\"type\":")
                .append(Members.quoted(type))
                .append(",\"param\":")
                .append(orNull(fault.param()))
                .append(",\"code\":")
                .append(orNull(code(fault)));
        if (fault.details() != null) {
            text.append(",\"openlegion\":").append(fault.details());
        }
        return text.append('}').toString();
    }

    /// OpenAI's word for what kind of error it is.
    public static String type(Fault.Kind kind) {
        return switch (kind) {
            case INVALID, UNAUTHENTICATED, DENIED, NOT_FOUND, TOO_LARGE, CONTEXT_LENGTH -> "invalid_request_error";
            case BILLING -> "insufficient_quota";
            case RATE_LIMITED -> "rate_limit_error";
            case OVERLOADED, TIMEOUT, SERVER -> "server_error";
        };
    }

    /// The finer word: the fault's own, or the one by which clients know such an error; null where there is none. What
    /// clients give up or shorten their prompt at has OpenAI's word, whatever another vendor called it.
    public static @Nullable String code(Fault fault) {
        boolean looked = fault.kind() == Fault.Kind.CONTEXT_LENGTH || fault.kind() == Fault.Kind.BILLING;
        if (fault.code() != null && !looked) {
            return fault.code();
        }
        return switch (fault.kind()) {
            case UNAUTHENTICATED -> "invalid_api_key";
            case DENIED -> "permission_denied";
            case TOO_LARGE -> "request_too_large";
            case CONTEXT_LENGTH -> "context_length_exceeded";
            case BILLING -> "insufficient_quota";
            case RATE_LIMITED -> "rate_limit_exceeded";
            case OVERLOADED -> "server_is_overloaded";
            case TIMEOUT -> "timeout";
            case SERVER -> "server_error";
            case INVALID, NOT_FOUND -> null;
        };
    }

    /// A provider's error document. Google puts it into an array, Mistral and vLLM leave the envelope out, FastAPI
    /// servers say `detail`. What is none of these is told by its status alone.
    public static Fault read(int status, byte[] body) {
        try {
            Object json = PlainJson.read(new String(body, StandardCharsets.UTF_8));
            Object first = json instanceof List<?> list && !list.isEmpty() ? list.getFirst() : json;
            if (first instanceof Map<?, ?> document) {
                return document(status, document);
            }
        } catch (IllegalArgumentException noJson) {
            // then its status tells what can be told
        }
        return of(status, null, null, null, null);
    }

    /// The error that a frame of a stream or an answer with status 200 reports as `error`, an object or a bare text.
    /// Some vendors tell the status that it would have had as its code.
    public static Fault read(Map<?, ?> document) {
        Object code = document.get("error") instanceof Map<?, ?> error ? error.get("code") : null;
        int status =
                code instanceof BigDecimal number && number.precision() - number.scale() == 3 ? number.intValue() : 0;
        return document(status < 400 || status > 599 ? 0 : status, document);
    }

    private static Fault document(int status, Map<?, ?> document) {
        if (document.get("error") instanceof Map<?, ?> error) {
            return read(status, error);
        }
        String text = string(document, "error");
        text = text == null ? string(document, "message") : text;
        text = text == null ? string(document, "detail") : text;
        return of(status, text, string(document, "type"), string(document, "code"), string(document, "param"));
    }

    /// An error object of a provider, as it stands in a document or a frame of a stream.
    ///
    /// @param status the HTTP status it came with; 0 where it came in a stream
    public static Fault read(int status, Map<?, ?> error) {
        return of(
                status, string(error, "message"), string(error, "type"), string(error, "code"), string(error, "param"));
    }

    private static Fault of(
            int status,
            @Nullable String message,
            @Nullable String type,
            @Nullable String code,
            @Nullable String param) {
        Fault.Kind kind = kind(status, type, code);
        String text = message == null || message.isBlank() ? "The provider answered with an error" : message;
        String kept = text.length() > MESSAGE_MAX ? text.substring(0, MESSAGE_MAX) : text;
        return new Fault(kind, status == 0 ? usualStatus(kind) : status, kept, code, param, null);
    }

    /// What kind of error it is: by its words where they are known, else by its status.
    private static Fault.Kind kind(int status, @Nullable String type, @Nullable String code) {
        Fault.Kind byCode = byWord(code);
        Fault.Kind byType = byCode == null ? byWord(type) : byCode;
        return byType == null ? byStatus(status) : byType;
    }

    private static Fault.@Nullable Kind byWord(@Nullable String word) {
        return switch (word == null ? "" : word) {
            case "context_length_exceeded" -> Fault.Kind.CONTEXT_LENGTH;
            case "insufficient_quota", "billing_hard_limit_reached", "credit_balance_exhausted", "usage_not_included" ->
                Fault.Kind.BILLING;
            case "rate_limit_exceeded", "rate_limit_error", "slow_down", "tokens", "requests" ->
                Fault.Kind.RATE_LIMITED;
            case "invalid_api_key", "authentication_error" -> Fault.Kind.UNAUTHENTICATED;
            case "permission_denied", "permission_error" -> Fault.Kind.DENIED;
            case "model_not_found", "not_found_error" -> Fault.Kind.NOT_FOUND;
            case "server_is_overloaded", "overloaded_error", "service_unavailable_error" -> Fault.Kind.OVERLOADED;
            case "request_too_large" -> Fault.Kind.TOO_LARGE;
            case "timeout" -> Fault.Kind.TIMEOUT;
            case "server_error", "api_error", "internal_error" -> Fault.Kind.SERVER;
            case "invalid_prompt", "invalid_request", "invalid_image" -> Fault.Kind.INVALID;
            default -> null; // open: a vendor's words are many; `invalid_request_error` says less than the status
        };
    }

    private static Fault.Kind byStatus(int status) {
        return switch (status) {
            case 401 -> Fault.Kind.UNAUTHENTICATED;
            case 402 -> Fault.Kind.BILLING;
            case 403 -> Fault.Kind.DENIED;
            case 404 -> Fault.Kind.NOT_FOUND;
            case 408, 504 -> Fault.Kind.TIMEOUT;
            case 413 -> Fault.Kind.TOO_LARGE;
            case 429 -> Fault.Kind.RATE_LIMITED;
            case 503, 529 -> Fault.Kind.OVERLOADED;
            default -> // open: any other status
                status >= 400 && status < 500 ? Fault.Kind.INVALID : Fault.Kind.SERVER;
        };
    }

    private static int usualStatus(Fault.Kind kind) {
        return switch (kind) {
            case INVALID, CONTEXT_LENGTH -> 400;
            case UNAUTHENTICATED -> 401;
            case BILLING -> 402;
            case DENIED -> 403;
            case NOT_FOUND -> 404;
            case TOO_LARGE -> 413;
            case RATE_LIMITED -> 429;
            case OVERLOADED -> 503;
            case TIMEOUT -> 504;
            case SERVER -> 500;
        };
    }

    /// A member that is a string, or a number where a vendor sends its codes as such.
    private static @Nullable String string(Map<?, ?> object, String name) {
        Object value = object.get(name);
        return value instanceof String || value instanceof Number ? value.toString() : null;
    }

    private static String orNull(@Nullable String text) {
        return text == null ? "null" : Members.quoted(text);
    }
}
