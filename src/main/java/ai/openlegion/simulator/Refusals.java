package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/// The answers of a provider that does not generate: its errors, its silence, its nonsense.
final class Refusals {

    private final Wording wording;
    private final HttpServerRequest request;
    private final String requestId;

    Refusals(Wording wording, HttpServerRequest request, String requestId) {
        this.wording = wording;
        this.request = request;
        this.requestId = requestId;
    }

    /// Plays the refusal that the script names; false when it names none.
    boolean play(Ask ask, Tally tally) {
        Script script = ask.script();
        HttpServerResponse response = request.response();
        if (script.has("retry_after") || script.has("refuse429")) {
            response.putHeader("retry-after", Integer.toString(script.number("retry_after", 1)));
        }
        if (script.has("retry_after_ms")) {
            response.putHeader("retry-after-ms", script.text("retry_after_ms"));
        }
        if (script.has("hang")) {
            silence(response, tally);
        } else if (script.has("hang_head")) {
            silenceAfterHead(ask.stream(), tally);
        } else if (script.has("drop")) {
            request.connection().close();
        } else if (script.has("html")) {
            response.setStatusCode(script.number("status", 200))
                    .putHeader("content-type", "text/html")
                    .end("<html><body><h1>Welcome</h1> to the wrong server</body></html>");
        } else if (script.has("garbage")) {
            garbage(response, ask.stream());
        } else if (script.has("refuse401")) {
            wrongKey(ask.key());
        } else if (script.has("refuse403")) {
            error(403, "Country, region, or territory not supported", "request_forbidden", null);
        } else if (script.has("refuse429")) {
            error(429, "Rate limit reached for requests", "requests", "rate_limit_exceeded");
        } else if (script.has("error500")) {
            String pad = "x".repeat(script.number("pad", 0));
            error(500, "The server had an error while processing your request" + pad, "server_error", null);
        } else if (script.has("error_inside")) {
            response.putHeader("content-type", "application/json")
                    .end(wording.error(500, "The server had an error", "server_error", null, requestId)
                            .toBuffer());
        } else if (script.has("status")) {
            error(script.number("status", 500), "Simulated failure", "simulated", null);
        } else {
            return false;
        }
        return true;
    }

    void wrongKey(String key) {
        error(401, "Incorrect API key provided: " + key + ".", "invalid_request_error", "invalid_api_key");
    }

    void badAsk(String message, @Nullable String code) {
        error(400, message, "invalid_request_error", code);
    }

    void error(int status, String message, String type, @Nullable String code) {
        request.response()
                .setStatusCode(status)
                .putHeader("content-type", "application/json")
                .end(wording.error(status, message, type, code, requestId).toBuffer());
    }

    /// Whether what only a provider can read is missing, or was sealed by another.
    static boolean isForeign(@Nullable String sealed) {
        return sealed == null || sealed.isEmpty() || sealed.startsWith("ol1.");
    }

    /// Sends the head of an answer and nothing after it.
    void silenceAfterHead(boolean stream, Tally tally) {
        silence(request.response(), tally);
        var _ = request.response()
                .setChunked(true)
                .putHeader("content-type", stream ? "text/event-stream" : "application/json")
                .writeHead();
    }

    private static void silence(HttpServerResponse response, Tally tally) {
        tally.opened(0);
        response.closeHandler(_ -> tally.closed(true));
    }

    private static void garbage(HttpServerResponse response, boolean stream) {
        Buffer nonsense = Buffer.buffer()
                .appendString(
                        stream
                                ? "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}\n\ndata: \u0001"
                                : "{\"choices\":[")
                .appendBytes(new byte[] {(byte) 0xff, (byte) 0xfe, 0, (byte) 0xc3, '\n', '\n'});
        response.putHeader("content-type", stream ? "text/event-stream" : "application/json")
                .end(nonsense);
    }
}
