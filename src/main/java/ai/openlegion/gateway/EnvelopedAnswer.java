package ai.openlegion.gateway;

import ai.openlegion.json.StrictJson;
import ai.openlegion.vault.LeakScan;
import com.fasterxml.jackson.core.JsonParser;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/// A service's answer in the envelope of `POST /mesh/api`: read whole, then one JSON document.
final class EnvelopedAnswer {

    /// The longest answer that fits the envelope, in bytes; longer ones pass through the other door.
    private static final int MAX_BYTES = 16 * 1024 * 1024;

    /// A larger one, in bytes, is looked at off the event loop.
    private static final int MAX_LOOKED_AT_ON_LOOP = 1024 * 1024;

    /// How much of an error's text is told.
    private static final int MAX_ERROR_CHARS = 4_000;

    /// How much of an error is read for it, in bytes: so many characters of any width, and what is dropped after them.
    private static final int MAX_ERROR_BYTES = 16 * 1024;

    /// So many characters before a cut may be the beginning of a credential too short for the search for leaks, in its
    /// longest form.
    private static final int DOUBTFUL = 1024;

    private final ServiceCall call;
    private final LeakScan scan;
    private final Pieces body = new Pieces();

    EnvelopedAnswer(ServiceCall call) {
        this.call = call;
        scan = call.scan();
    }

    void take(HttpClientResponse response) {
        int status = response.statusCode();
        HeldBytes.Share room = call.loop.answers().share(call.caller.agent());
        call.collects(room);
        response.exceptionHandler(_ -> call.fail(ServiceExchange.brokenOff(), "failed"));
        response.handler(chunk -> {
            call.heard();
            if (body.length() + chunk.length() > MAX_BYTES) {
                call.fail(Refusal.of(Refusal.Kind.PROVIDER_BROKEN, "The service's answer is too long"), "failed");
            } else if (!call.isEnded()) {
                if (room.take(chunk.length())) {
                    body.add(chunk);
                } else {
                    call.fail(Exchange.crowded(), "failed");
                }
            }
        });
        response.endHandler(_ -> {
            call.upstreamEnded();
            if (!call.isEnded()) {
                look(status, body.whole());
            }
        });
    }

    /// What is to be known of an answer before it is told.
    ///
    /// @param error what is told of an answer that is no success; empty where nothing is
    private record Look(boolean leaks, boolean isText, boolean isJson, String error) {}

    /// Looks at all of it; at a large one off the event loop, which others wait for.
    private void look(int status, byte[] bytes) {
        if (bytes.length <= MAX_LOOKED_AT_ON_LOOP) {
            call.guarded(() -> answer(status, bytes, looked(status, bytes)));
            return;
        }
        call.loop
                .vertx()
                .executeBlocking(() -> looked(status, bytes), false)
                .onComplete(
                        look -> call.guarded(() -> {
                            if (!call.isEnded()) {
                                answer(status, bytes, look);
                            }
                        }),
                        _ -> call.fail(ServiceExchange.brokenOff(), "failed"));
    }

    private Look looked(int status, byte[] bytes) {
        if (scan.byteWatch().completes(bytes, 0, bytes.length)) {
            return new Look(true, false, false, "");
        }
        return isSuccess(status)
                ? new Look(false, StrictJson.isUtf8(bytes), isJson(bytes), "")
                : new Look(false, false, false, error(bytes, scan::redact));
    }

    private static boolean isSuccess(int status) {
        return status >= 200 && status < 300;
    }

    private void answer(int status, byte[] bytes, Look look) {
        if (look.leaks()) {
            call.fail(ServiceExchange.leaked(), "blocked");
            return;
        }
        boolean succeeded = isSuccess(status);
        if (succeeded && bytes.length > 0 && !look.isText()) {
            call.fail(
                    Refusal.of(
                            Refusal.Kind.PROVIDER_BROKEN,
                            "The service's answer is neither JSON nor text; ask for it at /mesh/service/"
                                    + call.called().name()),
                    "failed");
            return;
        }
        call.finish();
        call.headers();
        var out = Buffer.buffer(bytes.length + 128);
        if (succeeded) {
            out.appendString("{\"success\":true,\"data\":");
            data(out, bytes, look.isJson());
            out.appendString(",\"error\":null,\"status_code\":" + status + ",\"error_type\":null}");
        } else {
            out.appendString("{\"success\":false,\"data\":null,\"error\":" + Json.encode(told(status, look.error()))
                    + ",\"status_code\":" + status + ",\"error_type\":\"" + errorType(status) + "\"}");
        }
        var _ = call.response.putHeader("content-type", Shapes.JSON).end(out).onComplete(_ -> call.isTold());
    }

    private static void data(Buffer out, byte[] bytes, boolean isJson) {
        if (bytes.length == 0) {
            out.appendString("null");
        } else if (isJson) {
            out.appendBytes(bytes);
        } else {
            out.appendString("{\"text\":" + Json.encode(new String(bytes, StandardCharsets.UTF_8)) + "}");
        }
    }

    private static boolean isJson(byte[] bytes) {
        if (bytes.length > 1 && bytes[1] == 0) {
            return false; // the parser would take it for UTF-16
        }
        try (JsonParser parser = StrictJson.lenient(bytes, 0, bytes.length)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (IOException none) {
            return false;
        }
    }

    private static String told(int status, String error) {
        if (!error.isEmpty()) {
            return error;
        }
        return status >= 300 && status < 400
                ? "The service redirects, which is not followed"
                : "The service answered with status " + status;
    }

    /// The beginning of an error document, as it is told.
    ///
    /// @param redact takes credentials out of a text by hundreds of searches, so it gets no more than is needed
    static String error(byte[] bytes, UnaryOperator<String> redact) {
        int read = Math.min(bytes.length, MAX_ERROR_BYTES);
        String text = redact.apply(new String(bytes, 0, read, StandardCharsets.UTF_8));
        if (read < bytes.length) {
            text = text.substring(0, Math.max(0, text.length() - DOUBTFUL));
        }
        text = text.strip();
        return text.length() <= MAX_ERROR_CHARS && read == bytes.length
                ? text
                : text.substring(0, Math.min(text.length(), MAX_ERROR_CHARS)) + "…";
    }

    private static String errorType(int status) {
        return switch (status) {
            case 404 -> "not_found";
            case 429 -> "rate_limited";
            default -> "service_error"; // open: any other status of a service
        };
    }
}
