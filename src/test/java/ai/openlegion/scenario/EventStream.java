package ai.openlegion.scenario;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A streamed answer as a client reads it: one event at a time.
final class EventStream implements AutoCloseable {

    private final HttpResponse<InputStream> response;
    private final InputStream body;
    private final BufferedReader lines;
    private final List<String> events = new ArrayList<>();

    EventStream(HttpResponse<InputStream> response) {
        this.response = response;
        body = Canaries.tee(response.body());
        lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        String _ = Canaries.received(response.headers().map().toString());
    }

    int status() {
        return response.statusCode();
    }

    Reply reply() {
        return new Reply(status(), response.headers(), rest());
    }

    /// The next event's data, its lines joined; null at the end of the stream.
    @Nullable
    String next() {
        try {
            StringBuilder data = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data: ")) {
                    data.append(data.isEmpty() ? "" : "\n").append(line, 6, line.length());
                } else if (line.isEmpty() && !data.isEmpty()) {
                    events.add(data.toString());
                    return data.toString();
                }
            }
            return null;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /// Reads to the end; all the events so far. A broken connection throws UncheckedIOException.
    List<String> all() {
        String event = next();
        while (event != null) {
            event = next();
        }
        return events;
    }

    /// The events read so far.
    List<String> events() {
        return events;
    }

    /// How many content or tool deltas have arrived so far.
    long deltas() {
        return frames().stream().filter(EventStream::generated).count();
    }

    /// The events so far that are JSON.
    List<JsonObject> frames() {
        return events.stream()
                .filter(data -> data.startsWith("{"))
                .map(JsonObject::new)
                .toList();
    }

    /// The text so far.
    String text() {
        StringBuilder text = new StringBuilder();
        for (JsonObject frame : frames()) {
            text.append(delta(frame).getString("content", ""));
        }
        return text.toString();
    }

    @Override
    public void close() {
        try {
            response.body().close();
        } catch (IOException alreadyGone) {
            // Leaving is what was wanted.
            return;
        }
    }

    private String rest() {
        try {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private static boolean generated(JsonObject frame) {
        JsonObject delta = delta(frame);
        return !delta.getString("content", "").isEmpty()
                || delta.containsKey("tool_calls")
                || delta.containsKey("reasoning_content");
    }

    private static JsonObject delta(JsonObject frame) {
        return frame.getJsonArray("choices") == null
                        || frame.getJsonArray("choices").isEmpty()
                ? new JsonObject()
                : frame.getJsonArray("choices").getJsonObject(0).getJsonObject("delta", new JsonObject());
    }
}
