package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.RuntimeFault;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.transport.DockerHttpClient.Request.Method;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Tells which containers of a home end, from the engine's stream of events; connects again as long as it is open.
final class Endings {

    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 15_000;
    private static final int EVENT_MAX = 256 << 10;

    private final Vertx vertx;
    private final Engine engine;
    private final Marks marks;
    private final Predicate<String> isOurs;
    private final List<Consumer<String>> takers = new CopyOnWriteArrayList<>();
    private Runnable stop = () -> {};
    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private boolean open;
    private boolean closed;

    /// @param isOurs whether a container with this label of a runtime is one of ours
    Endings(Vertx vertx, Engine engine, Marks marks, Predicate<String> isOurs) {
        this.vertx = vertx;
        this.engine = engine;
        this.marks = marks;
        this.isOurs = isOurs;
    }

    /// Tells this taker too, on any thread.
    synchronized void add(Consumer<String> taker) {
        takers.add(taker);
        if (!open) {
            open = true;
            connect();
        }
    }

    synchronized void close() {
        closed = true;
        stop.run();
    }

    private synchronized void connect() {
        if (closed) {
            return;
        }
        try {
            stop = engine.stream("events", talk -> {
                try {
                    follow(talk);
                } finally {
                    again();
                }
            });
        } catch (RuntimeFault full) {
            again();
        }
    }

    private synchronized void again() {
        if (!closed) {
            var _ = vertx.setTimer(pauseMillis, _ -> connect());
            pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
        }
    }

    private void follow(Talk talk) throws IOException {
        String filters = new JsonObject()
                .put("type", new JsonArray().add("container"))
                .put("event", new JsonArray().add("die"))
                .put("label", new JsonArray().add(Marks.HOME + "=" + marks.home()))
                .encode();
        try (Response answer = talk.open(Method.GET, "/events?filters=" + Talk.encoded(filters), null)) {
            synchronized (this) {
                pauseMillis = FIRST_PAUSE_MILLIS;
            }
            tellMissed(talk);
            InputStream events = answer.getBody();
            StringBuilder line = new StringBuilder();
            byte[] buffer = new byte[8 << 10];
            for (int length = events.read(buffer); length >= 0; length = events.read(buffer)) {
                line.append(new String(buffer, 0, length, StandardCharsets.ISO_8859_1));
                for (int end = line.indexOf("\n"); end >= 0; end = line.indexOf("\n")) {
                    tell(line.substring(0, end));
                    line.delete(0, end + 1);
                }
                if (line.length() > EVENT_MAX) {
                    return;
                }
            }
        }
    }

    /// What ended while nobody listened; the taker may hear of one twice.
    private void tellMissed(Talk talk) {
        for (Container ended : talk.docker()
                .listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(Map.of(Marks.HOME, marks.home()))
                .withStatusFilter(List.of("exited", "dead"))
                .exec()) {
            if (isOurs.test(ended.getLabels().getOrDefault(Marks.RUNTIME, ""))) {
                takers.forEach(taker -> taker.accept(ended.getId()));
            }
        }
    }

    private void tell(String line) {
        try {
            JsonObject actor = Confinement.object(new JsonObject(line), "Actor");
            String id = Confinement.text(actor, "ID");
            String runtime = Confinement.text(Confinement.object(actor, "Attributes"), Marks.RUNTIME);
            if (!id.isEmpty() && isOurs.test(runtime)) {
                takers.forEach(taker -> taker.accept(id));
            }
        } catch (DecodeException notAnEvent) {
            // the engine's next line is on its own
        }
    }
}
