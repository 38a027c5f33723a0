package ai.openlegion.agent.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// What one pipe of a command gave so far: the beginning is kept, the rest read and dropped, so that a flood neither
/// fills memory nor makes the command wait.
final class Output {

    private static final int CHUNK = 8 * 1024;

    private final byte[] kept;
    private final InputStream pipe;
    private final Thread reader;
    private int length;
    private boolean overflown;

    Output(InputStream pipe, int most) {
        this.pipe = pipe;
        kept = new byte[most];
        reader = Thread.ofPlatform().daemon().name("output").start(this::drain);
    }

    /// Waits until every writer has closed the pipe, but no longer than that.
    void finish(Duration most) throws InterruptedException {
        if (!reader.join(most)) {
            overflown = true;
        }
    }

    synchronized int length() {
        return length;
    }

    synchronized boolean exceeds(int most) {
        return overflown || length > most;
    }

    /// The first bytes as text. A character that is cut off at the end is left out.
    synchronized String text(int most) {
        int end = Math.min(most, length);
        if (end < length || overflown) {
            int first = end;
            while (first > 0 && end - first < 3 && (kept[first - 1] & 0xC0) == 0x80) {
                first--;
            }
            if (first > 0 && (kept[first - 1] & 0xC0) == 0xC0 && end - first < trailing(kept[first - 1])) {
                end = first - 1;
            }
        }
        return new String(kept, 0, end, StandardCharsets.UTF_8);
    }

    private static int trailing(byte lead) {
        return (lead & 0xE0) == 0xC0 ? 1 : (lead & 0xF0) == 0xE0 ? 2 : 3;
    }

    private void drain() {
        var chunk = new byte[CHUNK];
        try (pipe) {
            for (int count = pipe.read(chunk); count >= 0; count = pipe.read(chunk)) {
                keep(chunk, count);
            }
        } catch (IOException closed) {
            // the process was ended; what came before that counts
        }
    }

    private synchronized void keep(byte[] chunk, int count) {
        int fits = Math.min(count, kept.length - length);
        System.arraycopy(chunk, 0, kept, length, fits);
        length += fits;
        overflown |= fits < count;
    }
}
