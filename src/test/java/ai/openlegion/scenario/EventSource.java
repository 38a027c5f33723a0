package ai.openlegion.scenario;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A stream of server-sent events of JSON, each with the id that a client would resume from.
final class EventSource implements AutoCloseable {

    private static final Event END = new Event(-1, "", new JsonObject());

    private final HttpResponse<InputStream> response;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    /// One event: its `id:`, its `event:` or "", and its data.
    record Event(long id, String name, JsonObject item) {}

    EventSource(HttpResponse<InputStream> response) {
        this.response = response;
        String _ = Canaries.received(response.headers().map().toString());
        Thread.ofVirtual().start(this::read);
    }

    int status() {
        return response.statusCode();
    }

    String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /// The next event; fails after 20 seconds without one, or when the stream has ended.
    Event next() {
        Event event = take();
        if (event == null || event.equals(END)) {
            throw new AssertionError(event == null ? "no event within 20 s" : "the stream has ended");
        }
        return event;
    }

    List<Event> next(int count) {
        List<Event> next = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            next.add(next());
        }
        return next;
    }

    /// Reads what is left until the other side ends the stream.
    List<Event> toTheEnd() {
        List<Event> rest = new ArrayList<>();
        for (Event event = take(); !END.equals(event); event = take()) {
            if (event == null) {
                throw new AssertionError("the stream does not end");
            }
            rest.add(event);
        }
        return rest;
    }

    private @Nullable Event take() {
        try {
            return events.poll(20, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(Canaries.tee(response.body()), StandardCharsets.UTF_8))) {
            long id = -1;
            String name = "";
            String data = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id:")) {
                    id = Long.parseLong(line.substring(3).strip());
                } else if (line.startsWith("event:")) {
                    name = line.substring(6).strip();
                } else if (line.startsWith("data:")) {
                    data = line.substring(5).strip();
                } else if (line.isEmpty() && !data.isEmpty()) {
                    events.add(new Event(id, name, new JsonObject(data)));
                    data = "";
                    name = "";
                }
            }
        } catch (IOException gone) {
            // Whoever reads sees the end either way.
            events.add(END);
            return;
        }
        events.add(END);
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
}
