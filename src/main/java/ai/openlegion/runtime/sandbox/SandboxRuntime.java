package ai.openlegion.runtime.sandbox;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.Boundary;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.Execution;
import ai.openlegion.runtime.Ground;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.runtime.TextStream;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Agents in Docker Sandboxes.
public final class SandboxRuntime implements AgentRuntime {

    /// By which a sandbox's proxy knows the host.
    static final String HOST = "host.docker.internal";

    /// Its name in `runtime.sandbox`.
    public static final String NAME = "docker-sandbox";

    private static final Duration VERSION = Duration.ofSeconds(5);
    private static final Duration CREATE = Duration.ofMinutes(2);
    private static final int AGENT_PORT = 8_400;

    /// What the agent's image starts; a sandbox made of it starts nothing.
    private static final List<String> IMAGE_PROGRAM = List.of(
            "/opt/agent/runtime/bin/java",
            "@/opt/agent/jvm.options",
            "-XX:AOTCache=/opt/agent/agent.aot",
            "-cp",
            "/opt/agent/agent.jar",
            "ai.openlegion.agent.Main");

    private final Vertx vertx;
    private final SandboxSettings settings;
    private volatile @Nullable Tool tool;
    private volatile int meshPort;

    /// Calls nothing yet.
    public SandboxRuntime(Vertx vertx, SandboxSettings settings) {
        this.vertx = vertx;
        this.settings = settings;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Boundary boundary() {
        return Boundary.HYPERVISOR;
    }

    @Override
    public Future<Void> check() {
        return blocking(() -> {
            var _ = found();
            return null;
        });
    }

    private Tool found() throws RuntimeFault, InterruptedException {
        Tool known = tool;
        if (known != null) {
            return known;
        }
        List<String> tried = new ArrayList<>();
        for (Tool candidate : Tool.values()) {
            try {
                Execution version = Execution.of(candidate.version(), settings.environment(), VERSION);
                if (version.exitCode() != 0) {
                    tried.add(candidate.shown() + ": " + version.complaint());
                } else if (settings.hostFilter() && candidate.confine("x", 1).isEmpty()) {
                    tried.add(candidate.shown() + " answers, but has one network policy for all sandboxes of the"
                            + " machine, so an agent may reach more than the mesh; runtime.host_filter: off accepts"
                            + " that");
                } else {
                    tool = candidate;
                    return candidate;
                }
            } catch (IOException absent) {
                tried.add(candidate.shown() + " is not installed");
            }
        }
        throw new RuntimeFault(
                RuntimeFault.Kind.MISSING,
                String.join("; ", tried) + "; Docker Sandboxes come with Docker Desktop 4.58 or as sbx, on macOS and"
                        + " Windows");
    }

    @Override
    public Future<Ground> prepare(List<String> images, int port, Consumer<String> progress) {
        meshPort = port;
        return blocking(() -> {
            List<String> remarks = new ArrayList<>();
            if (found().confine("x", port).isEmpty()) {
                remarks.add(
                        "the network of agents in sandboxes is bounded by this machine's own policy only (sbx policy"
                                + " ls), because runtime.host_filter is off");
            }
            return new Ground(HOST, null, remarks);
        });
    }

    @Override
    public Future<Instance> start(Launch launch) {
        return blocking(() -> begin(launch));
    }

    private Instance begin(Launch launch) throws RuntimeFault, IOException, InterruptedException {
        Tool with = found();
        boolean hasServer = launch.program().hasServer();
        if (hasServer && with.publish("x", 1, 1).isEmpty()) {
            throw new RuntimeFault(
                    RuntimeFault.Kind.UNSTARTABLE,
                    "agent " + launch.agent() + ": " + with.shown() + " publishes no port, so the mesh cannot call an"
                            + " agent in it; use sbx, or an agent that comes for its inbox itself (server: false)");
        }
        String name = nameOf(launch.agent());
        if (standing(with).containsKey(name)) {
            demand(with.remove(name), settings.deadline());
        }
        Path workspace = Files.createDirectories(
                settings.data().resolve("sandboxes").resolve(launch.agent().value()));
        String image = launch.program().image() == null
                ? settings.image()
                : launch.program().image();
        demand(with.create(name, image, workspace), CREATE);
        boolean isUp = false;
        try {
            List<String> confine = with.confine(name, meshPort);
            if (!confine.isEmpty()) {
                demand(confine, settings.deadline());
            }
            run(with, name, launch, workspace);
            URI address = null;
            if (hasServer) {
                int port = freePort();
                demand(with.publish(name, port, AGENT_PORT), settings.deadline());
                address = URI.create("http://127.0.0.1:" + port);
            }
            String status = status(with, name);
            if (!status.equals("running") && !status.equals("ready")) {
                throw new RuntimeFault(
                        RuntimeFault.Kind.UNSTARTABLE, "sandbox " + name + " is " + status + " after its start");
            }
            isUp = true;
            String token = launch.environment().get("MESH_AUTH_TOKEN");
            return new Instance(
                    name,
                    launch.agent(),
                    launch.start(),
                    address,
                    token == null ? null : TokenDigest.of(token),
                    true,
                    "");
        } finally {
            if (!isUp) {
                var _ = Execution.of(with.remove(name), settings.environment(), settings.deadline());
            }
        }
    }

    /* The tokens are in that file for as long as the call lasts; its lines have no escape for a line's end. */
    private void run(Tool with, String name, Launch launch, Path workspace)
            throws IOException, RuntimeFault, InterruptedException {
        Map<String, String> environment = new HashMap<>(launch.environment());
        environment.put("AGENT_DATA", workspace.toString());
        environment.put("AGENT_PORT", String.valueOf(AGENT_PORT));
        StringBuilder lines = new StringBuilder();
        environment.forEach((key, value) -> lines.append(key)
                .append('=')
                .append(value.replaceAll("[\\r\\n]+", " "))
                .append('\n'));
        Path file = Files.createTempFile(
                settings.data(),
                "agent",
                ".env",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(file, lines);
            List<String> program = launch.program().command().isEmpty()
                    ? IMAGE_PROGRAM
                    : launch.program().command();
            List<String> logged = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >/tmp/agent.log 2>&1", "agent"));
            logged.addAll(program);
            demand(with.run(name, file, logged), Duration.ofMinutes(1));
        } finally {
            Files.delete(file);
        }
    }

    @Override
    public Future<Void> stop(String instance, Duration grace) {
        return blocking(() -> {
            Tool with = found();
            if (standing(with).containsKey(instance)) {
                demand(with.remove(instance), settings.deadline().plus(grace));
            }
            return null;
        });
    }

    /// Those that an earlier mesh of this home left. Nothing tells their tokens, so none is taken over.
    @Override
    public Future<List<Instance>> survivors() {
        return blocking(() -> {
            List<Instance> left = new ArrayList<>();
            if (Files.notExists(settings.data().resolve("sandboxes"))) {
                // none was ever started here, so a machine without the tools need not be asked for them
                return left;
            }
            for (String name : standing(found()).keySet()) {
                if (name.startsWith(prefix())) {
                    AgentId.parse(name.substring(prefix().length()))
                            .ifPresent(agent -> left.add(
                                    new Instance(name, agent, "", null, null, false, "sandboxes are not taken over")));
                }
            }
            return left;
        });
    }

    @Override
    public Future<Condition> look(String instance) {
        return blocking(() -> {
            String status = standing(found()).get(instance);
            return status == null
                    ? Condition.GONE
                    : status.equals("running") || status.equals("ready")
                            ? Condition.RUNNING
                            : new Condition(false, false, "the sandbox is " + status);
        });
    }

    /// Of the workspace, which is a folder of the host.
    @Override
    public Future<Long> diskBytes(String instance) {
        return blocking(() -> {
            try (var files =
                    Files.walk(settings.data().resolve("sandboxes").resolve(instance.substring(prefix().length())))) {
                long bytes = 0;
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    bytes += Files.size(file);
                }
                return bytes;
            }
        });
    }

    /// Leaves the workspace: it is a folder of the host, and its owner's to remove.
    @Override
    public Future<Void> forget(AgentId agent) {
        return Future.succeededFuture();
    }

    /// The last lines; what comes after is not followed.
    @Override
    public Future<LogStream> logs(String instance, int tail, boolean follow) {
        return blocking(() -> {
            Execution read = demand(
                    found().exec(instance, List.of("tail", "-n", String.valueOf(tail), "/tmp/agent.log")),
                    settings.deadline());
            return new TextStream(vertx, read.output());
        });
    }

    /// Nothing tells; [#look] does.
    @Override
    public void onEnd(Consumer<String> ended) {}

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    private Map<String, String> standing(Tool with) throws RuntimeFault, InterruptedException {
        return read(with, with.list());
    }

    private String status(Tool with, String name) throws RuntimeFault, InterruptedException {
        return read(with, with.inspect(name)).getOrDefault(name, "missing");
    }

    private Map<String, String> read(Tool with, List<String> command) throws RuntimeFault, InterruptedException {
        Execution answer = demand(command, settings.deadline());
        try {
            return Listing.read(answer.output());
        } catch (IOException garbage) {
            throw new RuntimeFault(RuntimeFault.Kind.UNAVAILABLE, with.shown() + ": " + garbage.getMessage());
        }
    }

    @CanIgnoreReturnValue
    private Execution demand(List<String> command, Duration deadline) throws RuntimeFault, InterruptedException {
        try {
            Execution done = Execution.of(command, settings.environment(), deadline);
            if (done.exitCode() != 0) {
                throw new RuntimeFault(
                        RuntimeFault.Kind.UNAVAILABLE,
                        String.join(" ", command.subList(0, Math.min(3, command.size()))) + ": " + done.complaint());
            }
            return done;
        } catch (IOException absent) {
            throw new RuntimeFault(
                    RuntimeFault.Kind.UNAVAILABLE, command.getFirst() + " cannot be run: " + absent.getMessage());
        }
    }

    private String nameOf(AgentId agent) throws IOException {
        return prefix() + agent.value();
    }

    private String prefix() throws IOException {
        return "openlegion-"
                + TokenDigest.of(settings.home().toRealPath().toString()).hex().substring(0, 8) + "-";
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    // Vert.x lets work answer null; what is done here does so only for Void
    @SuppressWarnings("NullAway")
    private <T> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }
}
