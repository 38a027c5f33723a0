package ai.openlegion.agent.model;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.json.Members;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// The events of a streamed answer, up to the one that says that it is whole.
final class EventReader {

    private static final long MOST_BYTES = 32L << 20;
    private static final int MOST_LINE_BYTES = 1 << 20;
    private static final int BUFFER = 8 * 1024;
    private static final String DATA = "data:";
    private static final String END = "[DONE]";

    private final InputStream stream;
    private final byte[] buffer = new byte[BUFFER];
    private int filled;
    private int next;
    private long left = MOST_BYTES;

    EventReader(InputStream stream) {
        this.stream = stream;
    }

    /// Takes one event.
    interface Sink {
        void take(Members event) throws ModelFailure;
    }

    /// Reads until the end was said.
    ///
    /// @throws IOException if the stream ends before, holds more than 32 MiB, an event of more than one,
    /// or anything but events
    void read(Sink sink) throws IOException, ModelFailure {
        while (true) {
            String line = line();
            if (!line.startsWith(DATA)) {
                continue;
            }
            String data = line.substring(DATA.length()).strip();
            if (data.equals(END)) {
                return;
            }
            try {
                sink.take(new Members(Json.object(data)));
            } catch (JsonException broken) {
                throw new IOException("an event of the stream is not JSON", broken);
            }
        }
    }

    private String line() throws IOException {
        var line = new ByteArrayOutputStream();
        while (true) {
            if (next == filled) {
                fill();
            }
            byte read = buffer[next++];
            if (read == '\n') {
                return line.toString(StandardCharsets.UTF_8);
            }
            line.write(read);
            if (line.size() > MOST_LINE_BYTES) {
                throw new IOException("an event of the stream is too long");
            }
        }
    }

    private void fill() throws IOException {
        next = 0;
        filled = stream.read(buffer);
        left -= filled;
        if (filled < 0) {
            filled = 0;
            throw new IOException("the stream ended early");
        }
        if (left < 0) {
            throw new IOException("the stream is too long");
        }
    }
}
