package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Any other HTTP service: it tells what it was asked.
///
/// `/svc/status/N/…` answers with that status, `/svc/redirect/N/…?to=URL` sends elsewhere, every other path under
/// `/svc/` answers 200; the body is always `{method, path, query, headers, body}` as they arrived.
final class Services {

    static final String ROOT = "/svc/";

    private static final Pattern SPECIAL = Pattern.compile("/svc/(status|redirect)/([1-5]\\d\\d)(/.*)?");

    private Services() {}

    static void answer(HttpServerRequest request, Buffer body) {
        HttpServerResponse response = request.response();
        Matcher special = SPECIAL.matcher(String.valueOf(request.path()));
        if (special.matches()) {
            response.setStatusCode(Integer.parseInt(special.group(2)));
            if (special.group(1).equals("redirect")) {
                response.putHeader("location", String.valueOf(request.getParam("to")));
            }
        }
        response.putHeader("content-type", "application/json").putHeader("x-service", "simulated");
        Buffer echo = echo(request, body).toBuffer();
        if (HttpMethod.HEAD.equals(request.method())) {
            response.putHeader("content-length", Integer.toString(echo.length()))
                    .end();
        } else {
            response.end(echo);
        }
    }

    private static JsonObject echo(HttpServerRequest request, Buffer body) {
        JsonObject headers = new JsonObject();
        request.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
        return new JsonObject()
                .put("method", request.method().name())
                .put("path", request.path())
                .put("query", request.query())
                .put("headers", headers)
                .put("body", body.toString());
    }
}
