package ai.openlegion.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The command `logs`, against a listener that sends what an agent may have written.
@Timeout(60)
final class LogsCommandTest {

    private static final String WRITTEN = "one \u00fc\r\n\n\u001b[2Jtwo\n" + "x".repeat(65_536 + 3) + "\nno end";

    @TempDir
    private Path home;

    private HttpServer mesh;

    @BeforeEach
    void start() throws IOException {
        mesh = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        mesh.createContext("/control/agents/talker/logs", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] bytes = WRITTEN.getBytes(UTF_8);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(bytes, 0, 5); // in the midst of a letter
                body.flush();
                body.write(bytes, 5, bytes.length - 5);
            }
        });
        mesh.start();
        Path data = Files.createDirectories(home.resolve("data"));
        int port = mesh.getAddress().getPort();
        Files.writeString(
                data.resolve("ready.json"),
                new JsonObject()
                        .put("port", port)
                        .put("control_port", port)
                        .put("pid", ProcessHandle.current().pid())
                        .encode());
        Files.writeString(data.resolve("control.token"), "t".repeat(43));
    }

    @AfterEach
    void stop() {
        mesh.stop(0);
    }

    @Test
    void as_json_each_line_is_a_line_and_an_endless_one_comes_in_parts() {
        List<String> lines = logs("--json").lines().toList();

        assertThat(lines).hasSize(6).noneMatch(line -> line.contains("\u001b"));
        assertThat(lines.stream().map(JsonObject::new).map(line -> line.getString("line")))
                .containsExactly("one \u00fc\r", "", "\u001b[2Jtwo", null, "xxx", "no end");
        assertThat(new JsonObject(lines.get(3)).getString("part")).hasSize(65_536);
        assertThat(logs()).isEqualTo(WRITTEN);
    }

    private String logs(String... more) {
        var all = new ArrayList<>(List.of("logs", "talker", "--home", home.toString()));
        all.addAll(List.of(more));
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int code = Cli.run(
                all.toArray(String[]::new), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
        assertThat(code).as(err.toString(UTF_8)).isZero();
        return out.toString(UTF_8);
    }
}
