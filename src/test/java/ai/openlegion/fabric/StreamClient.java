package ai.openlegion.fabric;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.openlegion.identity.AgentId;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/// A reader of an inbox stream that takes line after line, or nothing at all.
final class StreamClient implements AutoCloseable {

    private final Socket socket = new Socket();
    private final BufferedReader lines;
    final int status;

    StreamClient(FabricRig rig, AgentId agent, String query, @Nullable String lastEventId) throws IOException {
        socket.setReceiveBufferSize(16 * 1024);
        socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), rig.port()));
        socket.setSoTimeout(30_000);
        String head = "GET /mesh/inbox/stream" + query + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + FabricRig.token(agent) + (lastEventId == null ? "" : "\r\nLast-Event-ID: " + lastEventId)
                + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(UTF_8));
        lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        String first = lines.readLine();
        status = first == null ? 0 : Integer.parseInt(first.split(" ")[1]);
    }

    /// The next line that begins so; null at the end of the stream.
    @Nullable
    String line(String prefix) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(prefix)) {
                return line.substring(prefix.length());
            }
            if (line.equals("0")) {
                return null; // the last chunk
            }
        }
        return null;
    }

    /// The next item, whose number is checked against its event's id; null at the end of the stream.
    @Nullable
    JsonObject item() throws IOException {
        String id = line("id: ");
        if (id == null) {
            return null;
        }
        String data = line("data: ");
        if (data == null) {
            return null;
        }
        JsonObject item = new JsonObject(data);
        if (!id.equals(item.getLong("seq").toString())) {
            throw new AssertionError("id " + id + " of " + item);
        }
        return item;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
