package ai.openlegion.agent.http;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.loop.RunEvents;
import ai.openlegion.agent.self.Alarm;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// A chat's turn as server-sent events, each out at once. A reader who has gone ends the turn: nobody wants its rest.
final class EventStream implements RunEvents {

    /// Of one event: a reader who stops reading would hold the chat, which others wait for.
    private static final Duration WRITE = Duration.ofSeconds(30);

    private final OutputStream out;
    private final Duration limit;

    EventStream(OutputStream out) {
        this(out, WRITE);
    }

    EventStream(OutputStream out, Duration limit) {
        this.out = out;
        this.limit = limit;
    }

    @Override
    public void toolStarts(String name, Object input) {
        send("tool_start", Map.of("name", name, "input", input));
    }

    @Override
    public void toolEnded(String name, Object output) {
        send("tool_result", Map.of("name", name, "output", output));
    }

    @Override
    public Optional<Consumer<String>> text() {
        return Optional.of(content -> send("text_delta", Map.of("content", content)));
    }

    /// @throws UncheckedIOException if the reader has gone, or does not read
    void send(String type, Map<String, Object> members) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("type", type);
        event.putAll(members);
        String frame = "event: " + type + "\ndata: " + Json.write(event) + "\n\n";
        // an interrupt closes the connection
        var alarm = Alarm.after(limit, "the reader does not read");
        try {
            out.write(frame.getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        } finally {
            var _ = alarm.off();
        }
    }
}
