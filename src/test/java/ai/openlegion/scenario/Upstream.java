package ai.openlegion.scenario;

import ai.openlegion.simulator.Counts;
import ai.openlegion.simulator.SimulatedProvider;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The provider behind a scenario's mesh: simulated, on a real port, and the one whose count is believed.
final class Upstream implements AutoCloseable {

    /// The only key it takes.
    static final String KEY = "sim-key-8c1fbd7741aa90e2";

    private final Vertx vertx;
    private final SimulatedProvider provider;

    private Upstream(Vertx vertx, SimulatedProvider provider) {
        this.vertx = vertx;
        this.provider = provider;
    }

    static Upstream start() throws TimeoutException {
        return start(SimulatedProvider.Options.keyed(KEY));
    }

    /// One that knows the tasks of the sample workflows.
    static Upstream sampling() throws TimeoutException {
        return start(SimulatedProvider.Options.sampling(KEY));
    }

    private static Upstream start(SimulatedProvider.Options options) throws TimeoutException {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setPreferNativeTransport(true));
        return new Upstream(vertx, SimulatedProvider.start(vertx, 0, options).await(30, TimeUnit.SECONDS));
    }

    URI baseUrl() {
        return provider.baseUrl();
    }

    SimulatedProvider provider() {
        return provider;
    }

    /// What it generated for the mesh's key.
    Counts counts() {
        return provider.counts(KEY);
    }

    /// All requests, with whatever key.
    long requests() {
        return provider.total().requests();
    }

    /// Waits until no answer is being generated, and then starts the counts over.
    void reset() {
        awaitQuiet();
        provider.reset();
    }

    void awaitQuiet() {
        Eventually.until("the upstream is quiet", () -> provider.total().streamsOpen() == 0);
    }

    @Override
    public void close() throws TimeoutException {
        vertx.close().await(30, TimeUnit.SECONDS);
    }
}
