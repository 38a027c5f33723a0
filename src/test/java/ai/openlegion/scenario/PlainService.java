package ai.openlegion.scenario;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/// A service besides the models, on a real port: it tells what it was asked and counts it, and misbehaves on request.
///
/// The last segment of a path says how: `status-503`, `hang`, `leak`, …; everything else is answered with what was
/// sent.
final class PlainService implements AutoCloseable {

    /// The key that only the mesh knows.
    static final String KEY = "svc-key-51f0c7\"e2ab9344d1";

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    private final List<JsonObject> asked = new CopyOnWriteArrayList<>();
    private final List<HttpServerResponse> waiting = new CopyOnWriteArrayList<>();
    private final AtomicLong gone = new AtomicLong();
    private final Map<String, String> locations = new ConcurrentHashMap<>();
    private final AtomicLong written = new AtomicLong();

    private PlainService() throws TimeoutException {
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> answer(request, body)))
                .listen(0, "127.0.0.1")
                .await(30, TimeUnit.SECONDS);
    }

    static PlainService start() throws TimeoutException {
        return new PlainService();
    }

    int port() {
        return server.actualPort();
    }

    /// How many requests arrived.
    int requests() {
        return asked.size();
    }

    /// What arrived last.
    JsonObject last() {
        return asked.getLast();
    }

    /// Requests whose client left before the answer was whole.
    long gone() {
        return gone.get();
    }

    /// Bytes that `endless` could write.
    long written() {
        return written.get();
    }

    /// Where `redirect` sends.
    void redirectsTo(String location) {
        locations.put("redirect", location);
    }

    /// Requests of a model that wait.
    int waiting() {
        return waiting.size();
    }

    /// Ends them as a provider does that has failed.
    void fails() {
        waiting.forEach(response -> response.setStatusCode(500).end());
        waiting.clear();
    }

    void reset() {
        asked.clear();
        gone.set(0);
        written.set(0);
    }

    private void answer(HttpServerRequest request, Buffer body) {
        JsonObject headers = new JsonObject();
        request.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
        JsonObject seen = new JsonObject()
                .put("method", request.method().name())
                .put("uri", request.uri())
                .put("headers", headers)
                .put("body", body.toString());
        asked.add(seen);
        JsonObject told = seen.copy();
        var _ = told.remove("headers"); // the mesh stops whoever echoes its key
        HttpServerResponse response = request.response();
        response.exceptionHandler(_ -> {});
        response.closeHandler(_ -> {
            if (!response.ended()) {
                gone.incrementAndGet();
            }
        });
        String path = String.valueOf(request.path());
        String what = path.substring(path.lastIndexOf('/') + 1);
        if (what.startsWith("status-")) {
            var _ = response.setStatusCode(Integer.parseInt(what.substring(7)))
                    .putHeader("content-type", "application/json")
                    .end("{\"error\":\"as asked\"}");
            return;
        }
        switch (what) {
            case "hang" -> {}
            case "closed" -> {
                var _ = request.connection().close();
            }
            case "half" -> {
                var _ = response.putHeader("content-length", "1000000").write("half");
                var _ = vertx.setTimer(50, _ -> request.connection().close());
            }
            case "redirect" -> {
                var _ = response.setStatusCode(302)
                        .putHeader("location", String.valueOf(locations.get("redirect")))
                        .end();
            }
            case "leak" -> {
                var _ = response.putHeader("content-type", "application/json")
                        .end(new JsonObject().put("key", KEY).encode());
            }
            case "leak-late" -> leakLate(response);
            case "echo" -> {
                var _ = response.putHeader("content-type", "application/json").end(seen.encode());
            }
            case "say" -> say(request, response, body);
            case "redirect-query" -> {
                String query = request.query();
                var _ = response.setStatusCode(302)
                        .putHeader("location", "/base/next?" + query)
                        .putHeader("x-request-id", String.valueOf(request.getParam("key")))
                        .end();
            }
            case "leak-header" -> {
                var _ = response.putHeader("etag", KEY)
                        .putHeader("set-cookie", "a=b")
                        .putHeader("server", "secretd")
                        .end("ok");
            }
            case "gzip" -> {
                var _ = response.putHeader("content-encoding", "gzip").end(Buffer.buffer(new byte[] {31, (byte) 139}));
            }
            case "text" -> {
                var _ = response.putHeader("content-type", "text/plain").end("plain words");
            }
            case "binary" -> {
                var _ = response.putHeader("content-type", "image/png")
                        .end(Buffer.buffer(new byte[] {(byte) 0x89, 0, (byte) 0xff}));
            }
            case "embeddings" -> {
                String model = body.toString().contains("leak")
                        ? ",\"model\":\"" + headers.getString("authorization") + "\""
                        : "";
                var _ = response.putHeader("content-type", "application/json")
                        .end("{\"object\":\"list\",\"data\":[{\"embedding\":[0.5,-1e-3]}]" + model + "}");
            }
            case "count_tokens" -> {
                String key = headers.getString("x-api-key");
                String hidden = body.toString().contains("escaped") ? key.replace("k", "\\u006b") : key;
                var _ = response.setStatusCode(body.toString().contains("counted") ? 200 : 400)
                        .putHeader("content-type", "application/json")
                        .end("{\"input_tokens\":7,\"error\":{\"message\":\"wrong key " + hidden + "\"}}");
            }
            case "completions" -> {
                if (body.toString().contains("waits")) {
                    waiting.add(response);
                    return;
                }
                String key = headers.getString("authorization").substring(7);
                String hidden = body.toString().contains("escaped") ? key.replace("k", "\\u006b") : key;
                var _ = response.setStatusCode(400)
                        .putHeader("content-type", "application/json")
                        .putHeader("x-request-id", key)
                        .putHeader("x-ratelimit-reset", "y".repeat(250) + key)
                        .end("{\"error\":{\"message\":\"wrong key " + hidden + "\",\"code\":\"" + hidden + "\"}}");
            }
            case "events" -> events(response);
            case "endless" -> endless(response);
            case "silent" -> {
                var _ = response.setChunked(true).write("begun");
            }
            default -> { // open: any other path
                response.putHeader("content-type", "application/json").putHeader("x-service", "plain");
                var _ = HttpMethod.HEAD.equals(request.method())
                        ? response.putHeader("content-length", "77").end()
                        : response.end(told.encode());
            }
        }
    }

    /// The body back as it came, in chunks of `step` bytes where the query says so, each in a turn of its own.
    private void say(HttpServerRequest request, HttpServerResponse response, Buffer body) {
        int step = Integer.parseInt(request.getParam("step", "0"));
        response.putHeader("content-type", "text/plain");
        if (step == 0) {
            var _ = response.end(body);
            return;
        }
        response.setChunked(true);
        int[] at = {0};
        var _ = vertx.setPeriodic(1, timer -> {
            int to = Math.min(body.length(), at[0] + step);
            if (response.closed() || at[0] == body.length()) {
                var _ = vertx.cancelTimer(timer);
                var _ = response.closed() ? response.reset() : response.end();
                return;
            }
            var _ = response.write(body.getBuffer(at[0], to));
            at[0] = to;
        });
    }

    private void leakLate(HttpServerResponse response) {
        var _ = response.setChunked(true).write("x".repeat(1000) + KEY.substring(0, 9));
        var _ = vertx.setTimer(50, _ -> response.end(KEY.substring(9)));
    }

    private void events(HttpServerResponse response) {
        var _ = response.putHeader("content-type", "text/event-stream")
                .setChunked(true)
                .write("data: 0\n\n");
        int[] next = {1};
        var _ = vertx.setPeriodic(20, timer -> {
            if (next[0] < 5) {
                var _ = response.write("data: " + next[0]++ + "\n\n");
            } else {
                var _ = vertx.cancelTimer(timer);
                var _ = response.end();
            }
        });
    }

    private void endless(HttpServerResponse response) {
        Buffer piece = Buffer.buffer("y".repeat(64 * 1024));
        response.setChunked(true);
        var _ = vertx.setPeriodic(1, timer -> {
            if (response.closed()) {
                var _ = vertx.cancelTimer(timer);
            } else if (!response.writeQueueFull()) {
                written.addAndGet(piece.length());
                var _ = response.write(piece);
            }
        });
    }

    @Override
    public void close() throws TimeoutException {
        vertx.close().await(30, TimeUnit.SECONDS);
    }
}
