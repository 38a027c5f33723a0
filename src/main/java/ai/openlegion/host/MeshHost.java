package ai.openlegion.host;

import ai.openlegion.config.Configuration;
import ai.openlegion.config.Home;
import ai.openlegion.config.Loaded;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Problems;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.store.Database;
import ai.openlegion.store.StoreException;
import ai.openlegion.supervisor.Supervisor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The mesh as a process: from the first look at the home to the last flush.
public final class MeshHost {

    /// For everything but container engines, which have their own seconds.
    private static final int START_SECONDS = 60;

    /// Calls of one that a start may wait for, one after another.
    private static final int ENGINE_CALLS = 4;

    /// The JDK's own key, looked at when TLS is first served: a client of TLS 1.2 that asked for handshake after
    /// handshake on one connection would keep everybody waiting for the work with the private key.
    private static final String RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

    private final StartOptions options;
    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;
    private final CountDownLatch stopAsked = new CountDownLatch(1);

    private MeshHost(StartOptions options, Map<String, String> environment, PrintStream out, PrintStream err) {
        this.options = options;
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    /// Runs a mesh until it is told to stop, and returns the process's exit code: 0 stopped, 1 failed, 2 the
    /// configuration is wrong, 3 the machine lacks what agents are to be run with.
    public static int run(StartOptions options, Map<String, String> environment, PrintStream out, PrintStream err) {
        if (System.getProperty(RENEGOTIATION) == null) {
            var _ = System.setProperty(RENEGOTIATION, "true");
        }
        try {
            return new MeshHost(options, environment, out, err).run();
        } catch (StartException refused) {
            err.println("openlegion: " + refused.getMessage());
            return refused.exitCode();
        } catch (StoreException | IOException | ExecutionException fault) {
            Throwable cause =
                    fault instanceof ExecutionException && fault.getCause() != null ? fault.getCause() : fault;
            if (cause instanceof RuntimeFault lacking) {
                err.println("openlegion: " + lacking.getMessage());
                return 3;
            }
            err.println("openlegion: cannot start: "
                    + (cause instanceof BindException
                            ? "a port is taken; choose others with --port and --control-port, 0 takes a free one"
                            : cause.getMessage()));
            return 1;
        } catch (TimeoutException late) {
            err.println("openlegion: a part did not come up, or did not end, within " + START_SECONDS + " seconds");
            return 1;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private int run() throws StartException, IOException, ExecutionException, TimeoutException, InterruptedException {
        Database.prepare();
        Home home = options.home();
        prepare(home.data());
        try (HomeLock _ = HomeLock.take(home.data())) {
            var ready = new ReadyFile(home.data());
            ready.remove();
            Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
            try {
                return serve(home, ready, vertx);
            } finally {
                ready.remove();
                var _ = vertx.close().toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    private int serve(Home home, ReadyFile ready, Vertx vertx)
            throws StartException, IOException, ExecutionException, TimeoutException, InterruptedException {
        Demo demo = options.demo() ? Demo.start(home, vertx, options.runtime()) : null;
        Overrides overrides = new Overrides(
                options.port(),
                options.controlPort(),
                demo == null ? options.runtime() : demo.runtime(),
                demo == null ? null : demo.override());
        Problems problems = new Problems();
        @Nullable
        Loaded loaded = Configuration.load(home, environment, overrides, problems, Instant.now())
                .orElse(null);
        if (loaded == null) {
            problems.list().forEach(problem -> err.println(problem));
            throw new StartException(
                    2,
                    "the configuration has " + problems.list().size()
                            + " problem(s); mend them and check with: openlegion check --home " + home.root());
        }
        Tokens tokens = Tokens.open(home.data());
        Mesh mesh = new Mesh(
                vertx,
                home,
                environment,
                overrides,
                tokens,
                Machine.runtimes(vertx, home, loaded.settings()),
                loaded,
                InstantSource.system(),
                stopAsked::countDown);
        Signals.on("TERM", stopAsked::countDown);
        Signals.on("INT", stopAsked::countDown);
        Signals.on("HUP", () -> {
            var _ = mesh.reload();
        });
        int engineSeconds = loaded.settings().supervision().engineSeconds();
        await(mesh.start(), START_SECONDS + ENGINE_CALLS * engineSeconds);
        ready.write(loaded.settings().mesh().scheme(), mesh.port(), mesh.controlPort());
        announce(home, loaded, mesh, demo, tokens);
        follow(mesh);
        mesh.startAgents();
        stopAsked.await();
        out.println("openlegion: stopping; open streams get "
                + loaded.settings().limits().drainSeconds() + " seconds");
        ready.remove();
        await(
                mesh.stop(),
                loaded.settings().limits().drainSeconds()
                        + loaded.settings().supervision().shutdownSeconds()
                        + engineSeconds
                        + START_SECONDS);
        out.println("openlegion: stopped");
        return 0;
    }

    private static void await(Future<?> part, int seconds) throws ExecutionException, InterruptedException {
        try {
            var _ = part.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            throw new ExecutionException(
                    new TimeoutException("a part did not come up, or did not end, within " + seconds + " seconds"));
        }
    }

    /// Prints what becomes of agents, a line each.
    private void follow(Mesh mesh) {
        var _ = mesh.bus().subscribe(Supervisor.PROGRESSED, step -> print(step.agent(), step.text()));
        var _ = mesh.bus()
                .subscribe(
                        Supervisor.CHANGED,
                        change -> print(
                                change.agent(), change.to() + (change.why().isEmpty() ? "" : ": " + change.why())));
    }

    /* Some of it was written by an image's build or an agent's engine: nothing in it may steer a terminal. */
    private void print(@Nullable AgentId agent, String text) {
        out.println("openlegion: " + (agent == null ? "" : agent + " ") + text.replaceAll("\\p{Cntrl}", " "));
        out.flush();
    }

    /// Makes the folder of a home's state where there is none, for its owner alone.
    static void prepare(Path data) throws IOException {
        Files.createDirectories(data);
        if (Files.getFileStore(data).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        }
    }

    private void announce(Home home, Loaded loaded, Mesh mesh, @Nullable Demo demo, Tokens tokens) throws IOException {
        mesh.warnings().forEach(warning -> err.println("warning: " + warning));
        tokens.warnings().forEach(warning -> err.println("warning: " + warning));
        out.println("openlegion: ready; agents at "
                + loaded.settings().mesh().scheme() + "://"
                + loaded.settings().mesh().host() + ":" + mesh.port()
                + ", operator at http://" + loaded.settings().control().host() + ":" + mesh.controlPort()
                + ", policy revision " + mesh.revision());
        if (demo != null) {
            demo.explain(out, home, loaded.settings().mesh(), mesh.port(), tokens);
        }
        out.flush();
    }
}
