package ai.openlegion.scenario;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;

/// A whole answer to one request.
record Reply(int status, HttpHeaders headers, String body) {

    static Reply of(HttpResponse<String> response) {
        String _ = Canaries.received(response.headers().map().toString());
        return new Reply(response.statusCode(), response.headers(), Canaries.received(response.body()));
    }

    JsonObject json() {
        return new JsonObject(body);
    }

    JsonArray array() {
        return new JsonArray(body);
    }

    /// The mesh's own error text.
    String detail() {
        return json().getString("detail");
    }

    /// The vendor-shaped error object.
    JsonObject error() {
        return json().getJsonObject("error");
    }

    /// A header's first value, or nothing at all as "".
    String header(String name) {
        return headers.firstValue(name).orElse("");
    }
}
