package ai.openlegion.scenario;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// One HTTP/2 connection with prior knowledge, frame by frame, for what no client library would send.
final class RawHttp2 implements AutoCloseable {

    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;

    private static final int PRIORITY_FLAG = 0x20;
    private static final int PRIORITY_BYTES = 5;

    private final Socket socket;
    private final InputStream in;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int nextStream = 1;

    /// A frame as it came.
    record Frame(int type, int flags, int stream, byte[] payload) {

        /// The status that this head of an answer begins with: 200, 400, 404 or 500, which stand in HPACK's table; else
        /// 0.
        int status() {
            int from = (flags & PRIORITY_FLAG) == 0 ? 0 : PRIORITY_BYTES;
            return switch (type == HEADERS ? payload[from] & 255 : 0) {
                case 0x88 -> 200;
                case 0x8c -> 400;
                case 0x8d -> 404;
                case 0x8e -> 500;
                default -> 0; // open: any other, and what is no head
            };
        }
    }

    /// Says hello with these settings, six bytes each.
    RawHttp2(int port, byte... settings) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(15_000);
        in = socket.getInputStream();
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(SETTINGS, 0, 0, settings);
    }

    /// One more frame, sent with the next [#flush].
    RawHttp2 frame(int type, int flags, int stream, byte... payload) {
        out.write(payload.length >> 16);
        out.write(payload.length >> 8);
        out.write(payload.length);
        out.write(type);
        out.write(flags);
        out.writeBytes(integer(stream));
        out.writeBytes(payload);
        return this;
    }

    /// Sends what was added; false when the other side takes nothing more.
    boolean flush() {
        try {
            out.writeTo(socket.getOutputStream());
            return true;
        } catch (IOException closed) {
            return false;
        } finally {
            out.reset();
        }
    }

    /// The head of a request on the next stream, whose number it returns.
    int request(String method, String path, Map<String, String> headers, boolean ends) {
        int stream = nextStream;
        nextStream += 2;
        frame(HEADERS, END_HEADERS | (ends ? END_STREAM : 0), stream, head(method, path, headers));
        return stream;
    }

    /// A head as HPACK literals that nobody is to remember.
    static byte[] head(String method, String path, Map<String, String> headers) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        literal(block, ":method", method);
        literal(block, ":scheme", "http");
        literal(block, ":authority", "localhost");
        literal(block, ":path", path);
        headers.forEach((name, value) -> literal(block, name, value));
        return block.toByteArray();
    }

    private static void literal(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        text(block, name);
        text(block, value);
    }

    /// A string as HPACK writes it, without Huffman's code.
    static void text(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length < 127) {
            block.write(bytes.length);
        } else {
            block.write(127);
            int left = bytes.length - 127;
            while (left >= 128) {
                block.write((left & 127) | 128);
                left >>= 7;
            }
            block.write(left);
        }
        block.writeBytes(bytes);
    }

    RawHttp2 reset(int stream) {
        return frame(RST_STREAM, 0, stream, integer(8));
    }

    static byte[] integer(int value) {
        return new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value};
    }

    /// The next frame; null at the end of the connection.
    @org.jspecify.annotations.Nullable
    Frame read() throws IOException {
        try {
            byte[] head = in.readNBytes(9);
            if (head.length < 9) {
                return null;
            }
            ByteBuffer fields = ByteBuffer.wrap(head);
            int length = fields.getInt(0) >>> 8;
            int stream = fields.getInt(5) & Integer.MAX_VALUE;
            return new Frame(head[3], head[4] & 255, stream, in.readNBytes(length));
        } catch (SocketException reset) {
            return null;
        }
    }

    /// Reads on until the server closes the connection; false when it is still open after fifteen seconds of silence.
    boolean closes() throws IOException {
        try {
            while (read() != null) {
                // answers and a farewell
            }
            return true;
        } catch (SocketTimeoutException stillOpen) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
