package ai.openlegion.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes on their way to the client that one event-loop turn has gathered, so that they leave in one write.
final class StreamOut {

    private byte[] bytes = new byte[2048];
    private int length;

    /// The text of the answer so far, as the inside of a JSON string, where a door collects it.
    private byte[] text = {};

    private int textLength;

    void append(byte[] source, int from, int to) {
        bytes = room(bytes, length, to - from);
        System.arraycopy(source, from, bytes, length, to - from);
        length += to - from;
    }

    void append(byte[] source) {
        append(source, 0, source.length);
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
    byte[] take(int count) {
        byte[] taken = Arrays.copyOf(bytes, count);
        System.arraycopy(bytes, count, bytes, 0, length - count);
        length -= count;
        return taken;
    }

    private static byte[] room(byte[] array, int used, int more) {
        return used + more <= array.length ? array : Arrays.copyOf(array, Math.max(array.length * 2, used + more));
    }
}
