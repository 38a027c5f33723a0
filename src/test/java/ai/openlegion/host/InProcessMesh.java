package ai.openlegion.host;

import ai.openlegion.config.Configuration;
import ai.openlegion.config.Home;
import ai.openlegion.config.Loaded;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Problem;
import ai.openlegion.config.Problems;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import ai.openlegion.scenario.Canaries;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A whole mesh inside the test's own process, for scenarios that move its clock; free ports, real sockets and
/// store.
public final class InProcessMesh implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 60;

    private final Path root;
    private final Vertx vertx;
    private final Mesh mesh;
    private final Tokens tokens;
    private final CountDownLatch stopAsked;
    private boolean stopped;

    private InProcessMesh(Path root, Vertx vertx, Mesh mesh, Tokens tokens, CountDownLatch stopAsked) {
        this.root = root;
        this.vertx = vertx;
        this.mesh = mesh;
        this.tokens = tokens;
        this.stopAsked = stopAsked;
    }

    /// Starts a mesh on a home whose files are written, with this clock; nothing of the environment is read.
    public static InProcessMesh start(Path root, InstantSource clock) {
        Home home = new Home(root);
        Overrides overrides = new Overrides(0, 0, RuntimeKind.EXTERNAL, null);
        Problems problems = new Problems();
        Loaded loaded = Configuration.load(home, Map.of(), overrides, problems)
                .orElseThrow(() -> new AssertionError("the configuration has problems: "
                        + problems.list().stream().map(Problem::toString).toList()));
        Vertx vertx = Vertx.vertx();
        try {
            Tokens tokens = Tokens.open(home.data());
            CountDownLatch stopAsked = new CountDownLatch(1);
            Mesh mesh = new Mesh(
                    vertx,
                    home,
                    Map.of(),
                    overrides,
                    tokens,
                    Machine.runtimes(vertx, home, loaded.settings()),
                    loaded,
                    clock,
                    stopAsked::countDown);
            await(mesh.start());
            mesh.startAgents();
            return new InProcessMesh(root, vertx, mesh, tokens, stopAsked);
        } catch (IOException | RuntimeException | AssertionError failed) {
            await(vertx.close());
            throw new AssertionError("the mesh did not start", failed);
        }
    }

    /// The port of the agents' listener.
    public int port() {
        return mesh.port();
    }

    /// The port of the operator's listener.
    public int controlPort() {
        return mesh.controlPort();
    }

    /// The revision of the fleet that decides now.
    public long revision() {
        return mesh.revision();
    }

    /// An agent's bearer token.
    public String token(String agent) {
        try {
            return tokens.external(new AgentId(agent));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /// The operator's bearer token.
    public String operatorToken() {
        try {
            return tokens.operator();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /// Reads the home's files again, as SIGHUP does; answers with the problems that kept the old ones, or with
    /// none.
    public List<String> reload() {
        return await(mesh.reload()).problems().stream()
                .map(problem -> problem.file() + ":" + problem.line() + ": " + problem.key() + ": " + problem.message())
                .toList();
    }

    /// Whether the operator asked the mesh to stop; the test then calls [#stop].
    public boolean stopAsked() {
        return stopAsked.getCount() == 0;
    }

    /// Drains and stops, as SIGTERM does; the home stays, and may be started on again.
    public void stop() {
        if (!stopped) {
            stopped = true;
            try {
                await(mesh.stop());
            } finally {
                await(vertx.close());
            }
            Canaries.sweep(root, Map.of());
        }
    }

    @Override
    public void close() {
        stop();
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            throw new AssertionError("not within " + PATIENCE_SECONDS + " seconds", late);
        }
    }
}
