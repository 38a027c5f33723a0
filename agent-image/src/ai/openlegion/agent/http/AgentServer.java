package ai.openlegion.agent.http;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.json.Members;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The listener of the agent: bounded bodies, JSON errors, and nobody but the holder of the inbound token.
public final class AgentServer implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(AgentServer.class.getName());
    private static final int MOST_BYTES = 1 << 20;
    private static final int BACKLOG = 128;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final byte[] bearer;
    private final Map<String, Route> routes;

    /// What answers one method and path.
    interface Route {
        void answer(HttpExchange exchange) throws IOException, HttpFailure, InterruptedException;
    }

    private AgentServer(HttpServer server, String token, Map<String, Route> routes) {
        this.server = server;
        bearer = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
        this.routes = Map.copyOf(routes);
    }

    /// Listens.
    ///
    /// @param token whoever calls must have
    /// @throws IOException if the address is taken
    public static AgentServer start(InetSocketAddress address, String token, Routes routes) throws IOException {
        var server = new AgentServer(HttpServer.create(address, BACKLOG), token, routes.all());
        server.server.setExecutor(server.threads);
        var _ = server.server.createContext("/", server::handle);
        server.server.start();
        return server;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                route(exchange).answer(exchange);
            } catch (HttpFailure failure) {
                answer(exchange, failure.status(), Map.of("detail", String.valueOf(failure.getMessage())));
            } catch (InterruptedException stopping) {
                answer(exchange, 503, Map.of("detail", "the agent is stopping"));
            } catch (UncheckedIOException gone) {
                LOG.fine("agent.caller_gone");
            } catch (RuntimeException fault) {
                LOG.log(Level.SEVERE, "agent.request_fault", fault);
                answer(exchange, 500, Map.of("detail", "the agent failed"));
            }
        }
    }

    private Route route(HttpExchange exchange) throws HttpFailure {
        String given = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")).orElse("");
        if (!MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), bearer)) {
            throw new HttpFailure(401, "only the mesh may call this agent");
        }
        String path = exchange.getRequestURI().getRawPath();
        Route route = routes.get(exchange.getRequestMethod() + " " + path);
        if (route == null) {
            boolean known = routes.keySet().stream().anyMatch(key -> key.endsWith(" " + path));
            throw known ? new HttpFailure(405, "not with this method") : new HttpFailure(404, "no such route");
        }
        return route;
    }

    /// The members of the body; of an absent one, none.
    static Members body(HttpExchange exchange) throws IOException, HttpFailure {
        byte[] body = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
        if (body.length > MOST_BYTES) {
            throw new HttpFailure(413, "a body has at most " + MOST_BYTES + " bytes");
        }
        if (body.length == 0) {
            return new Members(Map.of());
        }
        try {
            return Members.of(Json.parse(body)).orElseThrow(() -> new HttpFailure(422, "the body is not an object"));
        } catch (JsonException broken) {
            throw new HttpFailure(400, String.valueOf(broken.getMessage()));
        }
    }

    /// Answers with JSON, unless an answer has begun.
    static void answer(HttpExchange exchange, int status, Object value) throws IOException {
        answerText(exchange, status, Json.write(value));
    }

    /// The same with JSON that is written already.
    static void answerText(HttpExchange exchange, int status, String json) throws IOException {
        if (exchange.getResponseCode() >= 0) {
            return;
        }
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
