package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// What came back for a request of a transcript, down to the last byte before the connection closed.
///
/// @param headers names in lower case
record Replayed(int status, Map<String, String> headers, String body) {

    /// Sends a request and reads until the server closes.
    static Replayed of(int port, Transcript.Request request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.bytes());
            socket.getOutputStream().flush();
            return parse(Canaries.received(socket.getInputStream().readAllBytes()));
        }
    }

    private static Replayed parse(byte[] all) {
        String text = new String(all, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        assertThat(end).as("an answer: %s", text).isPositive();
        List<String> lines = text.substring(0, end).lines().toList();
        Map<String, String> headers = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        byte[] body = text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
        boolean chunked = "chunked".equals(headers.get("transfer-encoding"));
        return new Replayed(
                Integer.parseInt(lines.getFirst().substring(9, 12)),
                headers,
                new String(chunked ? joined(body) : body, StandardCharsets.UTF_8));
    }

    private static byte[] joined(byte[] chunks) {
        String text = new String(chunks, StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        int at = 0;
        while (true) {
            int line = text.indexOf("\r\n", at);
            assertThat(line).as("a chunk's size at %d", at).isPositive();
            int size = Integer.parseInt(text.substring(at, line), 16);
            if (size == 0) {
                return joined.toByteArray();
            }
            joined.write(chunks, line + 2, size);
            at = line + 2 + size + 2;
        }
    }

    JsonObject json() {
        return new JsonObject(body);
    }

    /// The data of its server-sent events; fails where one has no data, or an `event:` line that is not the data's
    /// type.
    List<JsonObject> events() {
        List<JsonObject> events = new ArrayList<>();
        for (String frame : body.split("\n\n", -1)) {
            String name = "";
            String data = "";
            for (String line : frame.lines().toList()) {
                if (line.startsWith("event: ")) {
                    name = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data += line.substring(6);
                } else {
                    assertThat(line).as("a line of the stream").startsWith(":");
                }
            }
            if (!data.isEmpty()) {
                JsonObject event = new JsonObject(data);
                assertThat(event.getString("type"))
                        .as("type of %s", data)
                        .isNotEmpty()
                        .isEqualTo(name);
                events.add(event);
            }
        }
        return events;
    }
}
