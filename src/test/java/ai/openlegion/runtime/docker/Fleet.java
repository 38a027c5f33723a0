package ai.openlegion.runtime.docker;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Resources;
import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.Ground;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.scenario.NeedsDocker;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A home with a runtime on the machine's own engine, and what looks at it from outside: the docker command.
final class Fleet implements AutoCloseable {

    static final Duration CALL = Duration.ofSeconds(20);
    static final int MESH_PORT = 18420;
    static final Map<String, String> ENVIRONMENT =
            Map.of("AGENT_ID", "alpha", "MESH_AUTH_TOKEN", "ol_token-of-alpha", "MESH_URL", "http://mesh");

    final Vertx vertx = Vertx.vertx();
    final Path home;
    final DockerSettings settings;
    final DockerRuntime runtime;
    private final List<String> agents = new ArrayList<>();

    Fleet(@Nullable String oci) throws IOException {
        this(oci, true, List.of());
    }

    Fleet(@Nullable String oci, boolean hostFilter, List<String> filterPrefix) throws IOException {
        home = Files.createTempDirectory("openlegion-docker");
        settings = new DockerSettings(home, oci, Set.of(), NeedsDocker.IMAGE, hostFilter, CALL, null, engine());
        runtime = new DockerRuntime(vertx, settings, filterPrefix);
    }

    static @Nullable String engine() {
        return System.getenv("DOCKER_HOST");
    }

    @CanIgnoreReturnValue
    Ground prepare() throws RuntimeFault {
        return await(runtime.prepare(List.of(), MESH_PORT, _ -> {}));
    }

    /// Starts a command as an agent.
    @CanIgnoreReturnValue
    Instance start(String agent, String... command) throws RuntimeFault {
        return start(agent, Resources.DEFAULTS, command);
    }

    @CanIgnoreReturnValue
    Instance start(String agent, Resources resources, String... command) throws RuntimeFault {
        agents.add(agent);
        Agent.Program program = new Agent.Program(null, List.of(command), resources, true);
        return await(runtime.start(new Launch(new AgentId(agent), "start-1", program, ENVIRONMENT)));
    }

    Marks marks() {
        return Marks.of(home);
    }

    /// Runs a line of shell inside a container.
    @CanIgnoreReturnValue
    static String inside(Instance instance, String line) {
        return docker("exec", instance.id(), "sh", "-c", line);
    }

    /// Standard output and error of the docker command, whatever it exits with.
    @CanIgnoreReturnValue
    static String docker(String... arguments) {
        return command(Stream.concat(Stream.of("docker"), Stream.of(arguments)).toArray(String[]::new));
    }

    @CanIgnoreReturnValue
    static String command(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new AssertionError(String.join(" ", command) + " hangs");
            }
            return output.strip();
        } catch (IOException | InterruptedException broken) {
            throw new AssertionError(broken);
        }
    }

    @CanIgnoreReturnValue
    static <T extends @Nullable Object> T await(Future<T> future) throws RuntimeFault {
        try {
            return future.toCompletionStage().toCompletableFuture().get(90, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeFault fault) {
                throw fault;
            }
            throw new AssertionError(failed);
        } catch (InterruptedException | java.util.concurrent.TimeoutException stuck) {
            throw new AssertionError("the runtime keeps no deadline", stuck);
        }
    }

    /// The fault that a future fails with.
    static RuntimeFault fault(Future<?> future) {
        try {
            var _ = await(future);
        } catch (RuntimeFault fault) {
            return fault;
        }
        throw new AssertionError("it did not fail");
    }

    static URI address(Instance instance) {
        URI address = instance.address();
        if (address == null) {
            throw new AssertionError("the container has no address");
        }
        return address;
    }

    @Override
    public void close() throws IOException, RuntimeFault {
        String ours = "label=" + Marks.HOME + "=" + marks().home();
        docker("ps", "-aq", "--filter", ours).lines().forEach(id -> docker("rm", "-f", "-v", id));
        await(runtime.close());
        docker("volume", "ls", "-q", "--filter", ours).lines().forEach(name -> docker("volume", "rm", "-f", name));
        docker("network", "rm", marks().network());
        await(vertx.close());
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
