package ai.openlegion.scenario;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/// One HTTP/2 connection in clear text by prior knowledge, whose requests are written octet by octet, so that they may
/// say what no client library lets them.
final class H2Connection implements AutoCloseable {

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int PRIORITY = 0x20;
    private static final int PRIORITY_BYTES = 5;
    private static final int FRAME_BYTES = 16_384;
    private static final int PATIENCE_MILLIS = 10_000;
    private static final int STREAM_MILLIS = 60;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
    private int stream = -1;
    private boolean open = true;

    H2Connection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(Canaries.tee(socket.getInputStream()));
        out = new DataOutputStream(socket.getOutputStream());
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(SETTINGS, 0, 0, new byte[0]);
    }

    /// Whether another request may be sent.
    boolean isOpen() {
        return open;
    }

    /// An answer: status 0 where the stream or the connection was ended instead; head and body as they came.
    record Answer(int status, String all) {}

    /// Sends a request and reads what comes of it.
    ///
    /// @throws SocketTimeoutException when nothing does
    Answer exchange(Shot shot, String authority) throws IOException {
        stream += 2;
        try {
            byte[] head = head(shot, authority);
            frame(HEADERS, END_HEADERS | (shot.body().length == 0 ? END_STREAM : 0), stream, head);
            for (int at = 0; at < shot.body().length; at += FRAME_BYTES) {
                int to = Math.min(shot.body().length, at + FRAME_BYTES);
                byte[] piece = java.util.Arrays.copyOfRange(shot.body(), at, to);
                frame(DATA, to == shot.body().length ? END_STREAM : 0, stream, piece);
            }
            out.flush();
            return answer();
        } catch (EOFException | SocketException gone) {
            open = false;
            return new Answer(0, "");
        }
    }

    private Answer answer() throws IOException {
        socket.setSoTimeout(PATIENCE_MILLIS);
        int status = 0;
        StringBuilder all = new StringBuilder();
        try {
            while (true) {
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int id = in.readInt() & 0x7fffffff;
                byte[] payload = new byte[length];
                in.readFully(payload);
                switch (type) {
                    case HEADERS -> {
                        int from = (flags & PRIORITY) == 0 ? 0 : PRIORITY_BYTES;
                        var block = Unpooled.wrappedBuffer(payload, from, length - from);
                        for (var header : decoder.decodeHeaders(id, block)) {
                            all.append(header.getKey())
                                    .append(": ")
                                    .append(header.getValue())
                                    .append('\n');
                            if (header.getKey().toString().equals(":status") && id == stream) {
                                status = Integer.parseInt(header.getValue().toString());
                            }
                            if (header.getValue().toString().startsWith("text/event-stream")) {
                                socket.setSoTimeout(STREAM_MILLIS);
                            }
                        }
                    }
                    case DATA -> {
                        all.append(new String(payload, StandardCharsets.ISO_8859_1));
                        if (length > 0) {
                            byte[] credit = {0, (byte) (length >> 16), (byte) (length >> 8), (byte) length};
                            frame(WINDOW_UPDATE, 0, 0, credit);
                            out.flush();
                        }
                    }
                    case SETTINGS, PING -> {
                        if ((flags & ACK) == 0) {
                            frame(type, ACK, 0, type == PING ? payload : new byte[0]);
                            out.flush();
                        }
                    }
                    case GOAWAY -> open = false;
                    default -> {} // open: what else a server may say
                }
                boolean ended = (type == HEADERS || type == DATA) && (flags & END_STREAM) != 0;
                if (id == stream && (ended || type == RESET)) {
                    return new Answer(status, all.toString());
                }
            }
        } catch (SocketTimeoutException silent) {
            open = false;
            if (status == 0) {
                throw silent;
            }
            return new Answer(status, all.toString());
        } catch (Http2Exception undecodable) {
            throw new IOException(undecodable);
        }
    }

    private void frame(int type, int flags, int id, byte[] payload) throws IOException {
        out.writeByte(payload.length >> 16);
        out.writeShort(payload.length);
        out.writeByte(type);
        out.writeByte(flags);
        out.writeInt(id);
        out.write(payload);
    }

    /// HPACK, every header literal, nothing indexed, nothing in Huffman's code.
    private static byte[] head(Shot shot, String authority) throws IOException {
        var block = new ByteArrayOutputStream();
        literal(block, ":method", shot.method());
        literal(block, ":scheme", "http");
        literal(block, ":authority", authority);
        literal(block, ":path", shot.target());
        for (Shot.Header header : shot.headers()) {
            boolean host = header.name().equalsIgnoreCase("host");
            if (!host || !header.value().equals(authority)) {
                literal(block, header.name().toLowerCase(Locale.ROOT), header.value());
            }
        }
        return block.toByteArray();
    }

    private static void literal(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        for (String text : List.of(name, value)) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            if (bytes.length < 127) {
                block.write(bytes.length);
            } else {
                block.write(127);
                int rest = bytes.length - 127;
                for (; rest >= 128; rest >>>= 7) {
                    block.write((rest & 127) | 128);
                }
                block.write(rest);
            }
            block.writeBytes(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
