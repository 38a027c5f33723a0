package ai.openlegion.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// Writes server-sent events, one HTTP chunk a frame, in the dress that a script asks for.
final class EventWriter {

    private static final CharSequence EVENT_STREAM = HttpHeaders.createOptimized("text/event-stream; charset=utf-8");

    private final Script script;
    private final HttpServerResponse response;
    private final boolean dressed;
    private final @Nullable Zipper zipper;

    EventWriter(Script script, HttpServerResponse response) {
        this.script = script;
        this.response = response;
        dressed = script.dressed();
        zipper = script.has("gzip") ? new Zipper() : null;
    }

    void open() {
        response.setChunked(true).putHeader(HttpHeaders.CONTENT_TYPE, EVENT_STREAM);
        if (zipper != null) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
        }
    }

    void write(Buffer frame) {
        if (!dressed) {
            response.write(frame);
            return;
        }
        Buffer dress = dress(frame.toString());
        if (zipper != null) {
            dress = zipper.zip(dress.getBytes(), false);
        }
        int step = Math.max(1, script.number("split", Integer.MAX_VALUE));
        for (int from = 0; from < dress.length(); ) {
            int to = (int) Math.min(dress.length(), (long) from + step);
            response.write(dress.getBuffer(from, to));
            from = to;
        }
    }

    void end() {
        if (zipper == null) {
            response.end();
        } else {
            response.end(zipper.zip(new byte[0], true));
        }
    }

    /// Half a frame, and then the connection is gone.
    void drop(Buffer frame) {
        response.write(frame.getBuffer(0, frame.length() / 2)).onComplete(_ -> response.reset());
    }

    boolean full() {
        return response.writeQueueFull();
    }

    private Buffer dress(String frame) {
        String text = frame;
        if (script.has("multiline")) {
            text = text.contains("\"object\":")
                    ? text.replaceFirst("\"object\":", "\ndata: \"object\":")
                    : text.replaceFirst("\\{\"type\":", "{\ndata: \"type\":");
        }
        if (script.has("comments")) {
            String event = text.startsWith("event:") ? "" : "event: chunk\n";
            text = ": still here\n\n" + event + "id: 7\nretry: 1000\n" + text;
        }
        return Buffer.buffer(script.has("crlf") ? text.replace("\n", "\r\n") : text);
    }

    /// The body of an unstreamed answer, zipped.
    static Buffer zipped(Buffer body) {
        return new Zipper().zip(body.getBytes(), true);
    }

    /// Zips piece by piece, so that each can be read as it comes.
    private static final class Zipper {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final GZIPOutputStream zip;

        Zipper() {
            try {
                zip = new GZIPOutputStream(out, true);
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }

        Buffer zip(byte[] bytes, boolean last) {
            try {
                zip.write(bytes);
                zip.flush();
                if (last) {
                    zip.close();
                }
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
            Buffer zipped = Buffer.buffer(out.toByteArray());
            out.reset();
            return zipped;
        }
    }
}
