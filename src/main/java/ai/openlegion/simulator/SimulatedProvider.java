package ai.openlegion.simulator;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// A running simulated LLM provider on a real port.
public final class SimulatedProvider {

    private final HttpServer server;
    private final Options options;

    private SimulatedProvider(HttpServer server, Options options) {
        this.server = server;
        this.options = options;
    }

    /// Starts one; port 0 takes a free port. Fails with the bind error.
    public static Future<SimulatedProvider> start(Vertx vertx, int port, Options options) {
        return vertx.createHttpServer()
                .requestHandler(request -> request.response().setStatusCode(404).end())
                .listen(port, options.host())
                .map(server -> new SimulatedProvider(server, options));
    }

    /// The port it listens on.
    public int port() {
        return server.actualPort();
    }

    /// What to configure as a provider's `base_url`.
    public URI baseUrl() {
        return URI.create("http://" + options.host() + ":" + port() + "/v1");
    }

    /// Everything counted since the start or the last reset.
    public Counts total() {
        return new Counts(0, 0, 0, 0, 0);
    }

    /// What was counted for one API key.
    public Counts counts(String key) {
        return new Counts(0, 0, 0, 0, 0);
    }

    /// Sets every count but the open streams to zero.
    public void reset() {}

    /// Closes the port and every connection.
    public Future<Void> close() {
        return server.close();
    }

    /// How a simulated provider is started.
    ///
    /// @param host the address to bind
    /// @param requiredKey the only API key it takes; null takes any, and none
    /// @param eventLoops how many event loops share its port, at least 1
    public record Options(String host, @Nullable String requiredKey, int eventLoops) {

        /// On loopback, one event loop, any key.
        public static Options open() {
            return new Options("127.0.0.1", null, 1);
        }

        /// On loopback, one event loop, one key.
        public static Options keyed(String key) {
            return new Options("127.0.0.1", key, 1);
        }
    }
}
