package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The last requests as they arrived. Safe for any thread.
final class Seen {

    private static final int REQUESTS_MAX = 512;
    private static final long BYTES_MAX = 16 << 20;

    private final Deque<Sight> sights = new ArrayDeque<>();
    private long bytes;

    synchronized void add(HttpServerRequest request, Buffer body) {
        sights.addLast(new Sight(request, body));
        bytes += body.length();
        while (sights.size() > REQUESTS_MAX || (bytes > BYTES_MAX && sights.size() > 1)) {
            bytes -= sights.removeFirst().body.length();
        }
    }

    /// The last one; empty before one.
    synchronized JsonObject last() {
        @Nullable Sight last = sights.peekLast();
        return last == null ? new JsonObject() : last.toJson();
    }

    /// Those still known, the oldest first.
    synchronized List<JsonObject> all() {
        return sights.stream().map(Sight::toJson).toList();
    }

    synchronized void clear() {
        sights.clear();
        bytes = 0;
    }

    private record Sight(HttpServerRequest request, Buffer body) {
        JsonObject toJson() {
            JsonObject headers = new JsonObject();
            request.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
            return new JsonObject()
                    .put("method", request.method().name())
                    .put("path", request.uri())
                    .put("headers", headers)
                    .put("body", body.toString());
        }
    }
}
