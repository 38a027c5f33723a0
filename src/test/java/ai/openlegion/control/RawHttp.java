package ai.openlegion.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A client that sends exactly the bytes it is given, so that it may send what no ordinary client would.
final class RawHttp implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 30_000;

    private final Socket socket;
    private final InputStream in;
    private boolean inChunks;
    private int chunkLeft;

    RawHttp(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /// A response as it came; header names are lower-cased.
    record Response(int status, Map<String, String> headers, String body) {
        JsonObject json() {
            return new JsonObject(body);
        }

        JsonArray array() {
            return new JsonArray(body);
        }

        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        String detail() {
            return json().getString("detail");
        }
    }

    void send(String request) throws IOException {
        send(request.getBytes(UTF_8));
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /// The next response with a `Content-Length`.
    Response receive() throws IOException {
        Response head = receiveHead();
        byte[] body = in.readNBytes(Integer.parseInt(head.headers().getOrDefault("content-length", "0")));
        return new Response(head.status(), head.headers(), new String(body, UTF_8));
    }

    /// The next response's status and headers; its body stays to be read.
    Response receiveHead() throws IOException {
        int status = Integer.parseInt(line().split(" ")[1]);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new Response(status, headers, "");
    }

    /// The next line, without its line end.
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("closed after: " + line.toString(UTF_8));
            }
            line.write(next);
        }
        return line.toString(UTF_8).stripTrailing();
    }

    /// The next line of a chunked body, without its line end; null after the last chunk.
    @Nullable
    String bodyLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            if (chunkLeft == 0) {
                if (inChunks && !line().isEmpty()) {
                    throw new IOException("a chunk is longer than it said");
                }
                inChunks = true;
                chunkLeft = Integer.parseInt(line(), 16);
                if (chunkLeft == 0) {
                    return null;
                }
            }
            int next = in.read();
            if (next < 0) {
                throw new EOFException("closed inside a chunk");
            }
            chunkLeft--;
            if (next == '\n') {
                return line.toString(UTF_8);
            }
            line.write(next);
        }
    }

    /// Whether the server has closed and nothing is left to read.
    boolean isAtEnd() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
