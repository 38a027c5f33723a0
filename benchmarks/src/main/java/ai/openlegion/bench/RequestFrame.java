package ai.openlegion.bench;

import java.nio.charset.StandardCharsets;

/// One whole HTTP/1.1 request at the start of a buffer: where it ends, whether its body asks for a stream, and which
/// dialect's path it goes to.
///
/// Just enough HTTP for the peers measured here: a `Content-Length`, chunks, or no body.
record RequestFrame(int end, boolean stream, String path) {
    private static final byte[] HEAD_END = ascii("\r\n\r\n");
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
    private static final byte[] LENGTH = ascii("\r\ncontent-length:");
    private static final byte[] CHUNKED = ascii("\r\ntransfer-encoding:");
    private static final byte[] STREAM = ascii("\"stream\":true");
    private static final byte[] TO_MESSAGES = ascii("post " + Peer.MESSAGES);
    private static final byte[] TO_RESPONSES = ascii("post " + Peer.RESPONSES);

    /// The request at the start of the buffer, or null while it is incomplete.
    static RequestFrame find(byte[] bytes, int length) {
        int head = indexOf(bytes, 0, length, HEAD_END);
        if (head < 0) {
            return null;
        }
        int body = head + HEAD_END.length;
        int end = body;
        int announced = indexOf(bytes, 0, head, LENGTH);
        if (announced >= 0) {
            end = body + number(bytes, announced + LENGTH.length);
        } else if (indexOf(bytes, 0, head, CHUNKED) >= 0) {
            int last = indexOf(bytes, body, length, LAST_CHUNK);
            end = last < 0 ? Integer.MAX_VALUE : last + LAST_CHUNK.length;
        }
        return end > length ? null : new RequestFrame(end, indexOf(bytes, body, end, STREAM) >= 0, path(bytes, head));
    }

    private static String path(byte[] bytes, int head) {
        if (indexOf(bytes, 0, Math.min(head, TO_MESSAGES.length), TO_MESSAGES) == 0) {
            return Peer.MESSAGES;
        }
        return indexOf(bytes, 0, Math.min(head, TO_RESPONSES.length), TO_RESPONSES) == 0 ? Peer.RESPONSES : Peer.CHAT;
    }

    /// Where the message with a `Content-Length` at the start of the buffer ends, or 0 while it is incomplete.
    static int end(byte[] bytes, int length) {
        var frame = find(bytes, length);
        return frame == null ? 0 : frame.end();
    }

    private static int number(byte[] bytes, int from) {
        int value = 0;
        for (int i = from; bytes[i] != '\r'; i++) {
            if (bytes[i] != ' ') {
                value = value * 10 + (bytes[i] - '0');
            }
        }
        return value;
    }

    /// Letters compare without case: header names come in any.
    private static int indexOf(byte[] bytes, int from, int to, byte[] wanted) {
        outer:
        for (int i = from; i <= to - wanted.length; i++) {
            for (int j = 0; j < wanted.length; j++) {
                int b = bytes[i + j];
                if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != wanted[j]) {
                    continue outer;
                }
            }
            return i;
        }
        return -1;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
