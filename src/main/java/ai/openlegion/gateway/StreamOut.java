package ai.openlegion.gateway;

import ai.openlegion.dialect.Out;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes on their way to the client that one event-loop turn has gathered, so that they leave in one write.
///
/// Between turns it holds no memory: what is taken is handed to the write as it is, not copied.
final class StreamOut implements Out {

    private static final byte[] NONE = {};
    private static final int LEAST_ROOM = 512;

    private byte[] bytes = NONE;
    private int length;

    /// The text of the answer so far, as the inside of a JSON string, where a door collects it.
    private byte[] text = {};

    private int textLength;

    /// Makes room for what a chunk of this size may add.
    void expect(int more) {
        bytes = room(bytes, length, more);
    }

    @Override
    public void append(byte[] source, int from, int to) {
        bytes = room(bytes, length, to - from);
        System.arraycopy(source, from, bytes, length, to - from);
        length += to - from;
    }

    void appendText(byte[] source, int from, int to) {
        text = room(text, textLength, to - from);
        System.arraycopy(source, from, text, textLength, to - from);
        textLength += to - from;
    }

    /// The collected text, still escaped as in a JSON string.
    String text() {
        return new String(text, 0, textLength, StandardCharsets.UTF_8);
    }

    boolean isEmpty() {
        return length == 0;
    }

    int length() {
        return length;
    }

    byte[] bytes() {
        return bytes;
    }

    /// Takes the first `count` bytes; the rest stays for the next write.
    Buffer take(int count) {
        Buffer taken = BufferInternal.buffer(Unpooled.wrappedBuffer(bytes, 0, count));
        bytes = count == length ? NONE : Arrays.copyOfRange(bytes, count, length);
        length -= count;
        return taken;
    }

    /// Forgets all but the first `count` bytes.
    void keep(int count) {
        length = count;
    }

    private static byte[] room(byte[] array, int used, int more) {
        int needed = used + more;
        return needed <= array.length
                ? array
                : Arrays.copyOf(array, Math.max(LEAST_ROOM, Math.max(used == 0 ? 0 : array.length * 2, needed)));
    }
}
