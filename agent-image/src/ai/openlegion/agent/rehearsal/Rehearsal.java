package ai.openlegion.agent.rehearsal;

import ai.openlegion.agent.mesh.Mesh;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// A start of the agent against a mesh that is not there, then an orderly end.
public final class Rehearsal {

    private Rehearsal() {}

    /// Ends the process: 0 if all of it went well.
    public static void main(String[] arguments) throws IOException, InterruptedException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] answer = "{\"registered\":true}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        try (var mesh = new Mesh(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()), "rehearsal")) {
            boolean answered = mesh.get("/status", Duration.ofSeconds(30)).isOk();
            System.exit(answered ? 0 : 1);
        }
    }
}
