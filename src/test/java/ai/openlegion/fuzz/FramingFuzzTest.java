package ai.openlegion.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.host.InProcessMesh;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Damaged HTTP against both listeners: without a token nothing succeeds, nothing ever is a fault of ours, no
/// connection hangs, and the listener lives.
@Timeout(3600)
class FramingFuzzTest {

    private static final int DEADLINE_MILLIS = 10_000;
    private static final int QUIET_MILLIS = 10;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");
    private static final String ALLOWED = "GET /healthz";

    private static final List<String> DICTIONARY = List.of(
            "\r\n",
            "\n",
            "\r",
            "\r\n\r\n",
            " ",
            "\t",
            "\u0000",
            ":",
            "Host: localhost\r\n",
            "Content-Length: 0\r\n",
            "Content-Length: 5\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length: 0x5\r\n",
            "Content-Length: abc\r\n",
            "Content-Length:\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding : chunked\r\n",
            "transfer-encoding: x\r\n",
            "Connection: close\r\n",
            "Connection: upgrade, HTTP2-Settings\r\n",
            "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            "Upgrade: websocket\r\n",
            "Expect: 100-continue\r\n",
            "Expect: x\r\n",
            "0\r\n\r\n",
            "5\r\nhello\r\n",
            "ffffffffffffffff\r\n",
            "HTTP/1.1",
            "HTTP/1.0",
            "HTTP/2.0",
            "HTTP/9.9",
            "GET ",
            "POST ",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "/healthz",
            "/mesh/agents",
            "/v1/models",
            "/control/status",
            "/webhook/hook/x",
            "*",
            "http://x/",
            "%00",
            "%zz",
            "?a=b&a=%ff",
            ";",
            "//",
            "/../",
            "#",
            "Authorization: Bearer ol_x\r\n",
            "Cookie: a=b\r\n",
            "Origin: null\r\n",
            "X: " + "y".repeat(20_000) + "\r\n",
            "a".repeat(20_000),
            "\u00e9",
            "{\"model\":1}",
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");

    @TempDir
    static Path root;

    private static InProcessMesh mesh;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(root.resolve("config"));
        Files.writeString(root.resolve("config/mesh.yaml"), """
                mesh: {host: 127.0.0.1, port: 0}
                control: {host: 127.0.0.1, port: 0}
                runtime: {kind: external}
                """);
        Files.writeString(root.resolve("config/agents.yaml"), "agents: {}\n");
        Files.writeString(root.resolve("config/permissions.json"), "{\"permissions\": {}}");
        mesh = InProcessMesh.start(root, InstantSource.system());
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    private static byte[] request(Random random) {
        String path = Fuzz.pick(
                random,
                List.of(
                        "/healthz",
                        "/mesh/agents",
                        "/v1/models",
                        "/v1/chat/completions",
                        "/mesh/api",
                        "/mesh/service/x/y",
                        "/mesh/blackboard/a/b",
                        "/control/status",
                        "/control/runs/x/events",
                        "/webhook/hook/x",
                        "/webhook/trigger/x"));
        String body = random.nextBoolean() ? "" : "{\"model\":\"x\",\"a\":[1,2]}";
        String method = body.isEmpty() ? "GET" : "POST";
        String host = "Host: localhost\r\n";
        String framing = body.isEmpty()
                ? ""
                : random.nextInt(4) == 0
                        ? "Transfer-Encoding: chunked\r\n"
                        : "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n";
        String sent =
                framing.startsWith("T") ? Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n" : body;
        String one = method + " " + path + " HTTP/1.1\r\n" + host + framing + "\r\n" + sent;
        return (random.nextInt(4) == 0 ? one + one : one).getBytes(UTF_8);
    }

    @Test
    void damaged_requests_succeed_nowhere_hang_nowhere_and_break_nothing() {
        int[] answered = {0};
        int cases = Fuzz.run("framing", 500, (fuzz, random) -> {
            byte[] bytes = fuzz.input(Fuzz.mutated(random, request(random), DICTIONARY));
            boolean control = random.nextBoolean();
            int port = control ? mesh.controlPort() : mesh.port();
            String all = exchange(port, bytes, random);
            for (MatchResult status : STATUS.matcher(all).results().toList()) {
                int code = Integer.parseInt(status.group(1));
                answered[0]++;
                // a version of HTTP that there is none of is answered by Vert.x, before any request is read
                assertThat(code == 501 && all.endsWith("501 Not Implemented\r\ncontent-length: 0\r\n\r\n") ? 400 : code)
                        .as(all)
                        .isLessThan(500);
                // what was not to be refused is what needs no token, and the word to go on or to change the protocol
                boolean fine = code >= 400 || code < 200 || new String(bytes, ISO_8859_1).contains("healthz");
                assertThat(fine).as(all).isTrue();
            }
            assertThat(all.replace("{\"status\":\"ok\"}", "")).doesNotContain("xception");
            if (random.nextInt(50) == 0) {
                assertThat(exchange(
                                port,
                                (ALLOWED + " HTTP/1.1\r\nHost: localhost:" + port + "\r\nConnection: close\r\n\r\n")
                                        .getBytes(UTF_8),
                                random))
                        .startsWith("HTTP/1.1 200 ");
            }
        });
        assertThat(cases).isPositive();
        assertThat(answered[0]).isPositive();
    }

    /// Sends in a piece or two; says that no more will come once nothing comes back; and reads to the end, which must
    /// come in time.
    private static String exchange(int port, byte[] bytes, Random random) throws IOException {
        var all = new ByteArrayOutputStream();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            int cut = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
            socket.getOutputStream().write(bytes, 0, cut);
            socket.getOutputStream().flush();
            socket.getOutputStream().write(bytes, cut, bytes.length - cut);
            InputStream in = socket.getInputStream();
            byte[] piece = new byte[4096];
            boolean ended = false;
            while (true) {
                socket.setSoTimeout(ended ? DEADLINE_MILLIS : QUIET_MILLIS);
                try {
                    int read = in.read(piece);
                    if (read < 0) {
                        break;
                    }
                    all.write(piece, 0, read);
                } catch (SocketTimeoutException quiet) {
                    assertThat(ended)
                            .as("it hangs: %s", all.toString(ISO_8859_1))
                            .isFalse();
                    ended = true;
                    socket.shutdownOutput();
                }
            }
        } catch (SocketException reset) {
            return all.toString(ISO_8859_1);
        }
        return all.toString(ISO_8859_1);
    }
}
