package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/// The answers of a provider that does not generate: its errors, its silence, its nonsense.
final class Refusals {

    private Refusals() {}

    /// Plays the refusal that the script names; false when it names none.
    static boolean play(Script script, HttpServerRequest request, ChatRequest chat, Tally tally) {
        HttpServerResponse response = request.response();
        if (script.has("hang")) {
            tally.opened(0);
            response.closeHandler(_ -> tally.closed(true));
        } else if (script.has("drop")) {
            request.connection().close();
        } else if (script.has("html")) {
            response.setStatusCode(script.number("status", 200))
                    .putHeader("content-type", "text/html")
                    .end("<html><body><h1>Welcome</h1> to the wrong server</body></html>");
        } else if (script.has("garbage")) {
            garbage(response, chat.stream());
        } else if (script.has("refuse401")) {
            wrongKey(response, chat.key());
        } else if (script.has("refuse403")) {
            error(response, 403, "Country, region, or territory not supported", "request_forbidden", null);
        } else if (script.has("refuse429")) {
            response.putHeader("retry-after", Integer.toString(script.number("retry_after", 1)));
            error(response, 429, "Rate limit reached for requests", "requests", "rate_limit_exceeded");
        } else if (script.has("error500")) {
            error(response, 500, "The server had an error while processing your request", "server_error", null);
        } else if (script.has("status")) {
            error(response, script.number("status", 500), "Simulated failure", "simulated", null);
        } else {
            return false;
        }
        return true;
    }

    static void wrongKey(HttpServerResponse response, String key) {
        error(response, 401, "Incorrect API key provided: " + key + ".", "invalid_request_error", "invalid_api_key");
    }

    static void error(HttpServerResponse response, int status, String message, String type, @Nullable String code) {
        JsonObject error = new JsonObject()
                .put("message", message)
                .put("type", type)
                .putNull("param")
                .put("code", code);
        response.setStatusCode(status)
                .putHeader("content-type", "application/json")
                .end(new JsonObject().put("error", error).toBuffer());
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
