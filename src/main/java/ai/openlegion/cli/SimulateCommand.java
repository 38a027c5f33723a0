package ai.openlegion.cli;

import ai.openlegion.simulator.SimulatedProvider;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `simulate`: the simulated provider as a process of its own, for tests and benchmarks; runs until it is ended.
@Command(name = "simulate", hidden = true, description = "Runs the simulated provider alone until it is ended.")
final class SimulateCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Option(names = "--port", paramLabel = "N", description = "Its port (default: a free one, which it prints).")
    private int port;

    @Option(names = "--key", paramLabel = "KEY", description = "The only API key it takes (default: any).")
    private @Nullable String key;

    @Option(names = "--event-loops", paramLabel = "N", description = "How many threads serve it (default: 1).")
    private int eventLoops = 1;

    SimulateCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        try {
            SimulatedProvider provider = SimulatedProvider.start(
                            vertx, port, new SimulatedProvider.Options("127.0.0.1", key, eventLoops))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            root.terminal().print(new JsonObject().put("port", provider.port()).encode());
        } catch (CompletionException failed) {
            throw CommandFailure.failed("cannot listen on port " + port + ": " + failed.getCause());
        }
        new CountDownLatch(1).await();
        return 0;
    }
}
