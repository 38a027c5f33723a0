package ai.openlegion.runtime.process;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.TokenDigest;
import ai.openlegion.runtime.AgentRuntime;
import ai.openlegion.runtime.Boundary;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.Ground;
import ai.openlegion.runtime.Instance;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeChoice;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.runtime.TextStream;
import ai.openlegion.runtime.process.Quarters.Place;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Agents as child processes of the mesh. They end with it, whichever way it ends, so none ever survives a
/// restart.
public final class ProcessRuntime implements AgentRuntime {

    /// In the environment of each agent: by which it is found where it has the mesh's user.
    static final String MARK = "OPENLEGION_START";

    private static final Duration CONFINED_IN = Duration.ofSeconds(10);
    private static final int LOOK_MILLIS = 2;

    private final Vertx vertx;
    private final ProcessSettings settings;
    private final Confinement confinement;
    private final Map<String, Child> children = new ConcurrentHashMap<>();
    private final FileWork files;
    private volatile Consumer<String> onEnd = _ -> {};

    /* The kernel tells a child of its parent's end when the thread that made it ends: so it is always the same one. */
    private final ExecutorService spawner = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("openlegion-agents").factory());

    /// Starts nothing yet.
    public ProcessRuntime(Vertx vertx, ProcessSettings settings) {
        this.vertx = vertx;
        this.settings = settings;
        confinement = new Confinement(settings.ownUsers());
        files = new FileWork(vertx);
    }

    @Override
    public String name() {
        return RuntimeChoice.PROCESS;
    }

    @Override
    public Boundary boundary() {
        return Boundary.NONE;
    }

    @Override
    public Future<Void> check() {
        return blocking(() -> {
            confinement.check();
            return null;
        });
    }

    @Override
    public Future<Ground> prepare(List<String> images, int meshPort, Consumer<String> progress) {
        List<String> remarks = new ArrayList<>();
        remarks.add("runtime process is no security boundary: agents share the host's kernel, network and DNS, and read"
                + " every file that is open to all; processors are not limited, memory only for each process");
        if (!settings.ownUsers()) {
            remarks.add("the mesh is not root, so agents with runtime process run as its own user: they can read its"
                    + " data, its credentials and each other's files, and what they start with an empty environment and"
                    + " a session of its own outlives them");
        }
        return Future.succeededFuture(new Ground(settings.meshHost(), null, remarks));
    }

    @Override
    public Future<Instance> start(Launch launch) {
        return blocking(() -> begin(launch));
    }

    private Instance begin(Launch launch) throws RuntimeFault, IOException, InterruptedException {
        Place place = new Quarters(settings).of(launch.agent());
        String mark = mark() + launch.start();
        int port = freePort();
        Map<String, String> environment = new HashMap<>(launch.environment());
        environment.put("PATH", Confinement.PATH);
        environment.put("HOME", place.work().toString());
        environment.put("LANG", "C.UTF-8");
        environment.put("AGENT_DATA", place.work().toString());
        environment.put("AGENT_BIND", "127.0.0.1");
        environment.put("AGENT_PORT", String.valueOf(port));
        environment.put(MARK, mark);
        List<String> program = launch.program().command();
        if (program.isEmpty()) {
            Path jar = place.folder().resolve("agent.jar");
            AgentJar.write(jar);
            program = AgentJar.command(jar);
        }
        OutputFile output = new OutputFile(logs(), launch.agent().value());
        Process guardian =
                spawn(confinement.guardian(place, MARK + "=" + mark), Map.of("PATH", Confinement.PATH), place, false);
        Child child = null;
        Process process = null;
        try {
            List<String> command = confinement.confined(place, launch.program().resources(), program);
            process = spawn(command, environment, place, true);
            process.getOutputStream().close();
            InputStream said = process.getInputStream();
            child = new Child(
                    process.pid() + "-" + launch.start(),
                    launch.agent(),
                    place,
                    port,
                    output,
                    process,
                    guardian,
                    Thread.ofPlatform()
                            .daemon()
                            .name("output-of-" + launch.agent())
                            .start(() -> output.drain(said)),
                    new CompletableFuture<>());
        } catch (IOException unstartable) {
            throw unstartable(launch, String.valueOf(unstartable.getMessage()));
        } finally {
            if (child == null) {
                undo(process, guardian);
            }
        }
        Child started = child;
        children.put(started.id(), started);
        var _ = process.onExit().thenRun(() -> sweep(started));
        boolean isConfined = false;
        try {
            Instance instance = confined(launch, started, port);
            isConfined = true;
            return instance;
        } finally {
            if (!isConfined) {
                started.kill();
                children.remove(started.id());
            }
        }
    }

    /* Without its guardian, or its listener, there is no agent. */
    private static void undo(@Nullable Process process, Process guardian) {
        if (process != null) {
            process.destroyForcibly();
        }
        try {
            guardian.getOutputStream().close();
        } catch (IOException ended) {
            guardian.destroyForcibly();
        }
    }

    /* When the program has ended, what it left running is not the agent any more. */
    private void sweep(Child child) {
        blocking(() -> {
                    child.sweep();
                    return null;
                })
                .onComplete(_ -> {
                    child.ended().complete(null);
                    onEnd.accept(child.id());
                });
    }

    /* The tools become the program one after another; what it is then is compared with what was asked. */
    private Instance confined(Launch launch, Child child, int port)
            throws RuntimeFault, IOException, InterruptedException {
        long deadline = System.nanoTime() + CONFINED_IN.toNanos();
        String flaw = "";
        while (!child.program().waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            if (System.nanoTime() > deadline) {
                flaw = "it is still being confined after " + CONFINED_IN.toSeconds() + " s";
                break;
            }
            try {
                ProcessState state = ProcessState.of(child.program().pid());
                if (!confinement.isTool(state.program())) {
                    flaw = state.flaw(child.place().user());
                    break;
                }
            } catch (IOException ended) {
                // between the look at the process and the reading of its files; the next look says so
                flaw = "";
            }
        }
        if (!flaw.isEmpty()) {
            discard(child);
            throw new RuntimeFault(
                    RuntimeFault.Kind.UNCONFINED, "agent " + launch.agent() + " was ended at its start: " + flaw);
        }
        int code = child.program().isAlive() ? 0 : child.program().exitValue();
        if (code == 126 || code == 127) {
            discard(child);
            throw unstartable(launch, "there is no such program, or its user may not run it");
        }
        String token = launch.environment().get("MESH_AUTH_TOKEN");
        return new Instance(
                child.id(),
                launch.agent(),
                launch.start(),
                launch.program().hasServer() ? URI.create("http://127.0.0.1:" + port) : null,
                token == null ? null : TokenDigest.of(token),
                true,
                "");
    }

    private void discard(Child child) throws InterruptedException {
        child.sweep();
        children.remove(child.id());
    }

    private static RuntimeFault unstartable(Launch launch, String reason) {
        List<String> command = launch.program().command();
        return new RuntimeFault(
                RuntimeFault.Kind.UNSTARTABLE,
                "agent " + launch.agent() + ": "
                        + (command.isEmpty() ? "the agent that comes along" : command.getFirst())
                        + " cannot be started: " + reason);
    }

    private Process spawn(List<String> command, Map<String, String> environment, Place place, boolean isAgent)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(isAgent ? place.work().toFile() : Path.of("/").toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        if (!isAgent) {
            builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        }
        try {
            return spawner.submit(builder::start).get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(failed.getCause());
        }
    }

    @Override
    public Future<Void> stop(String instance, Duration grace) {
        Child child = children.get(instance);
        if (child == null) {
            return Future.succeededFuture();
        }
        return Future.fromCompletionStage(child.end(grace), vertx.getOrCreateContext())
                .onComplete(_ -> children.remove(instance));
    }

    /// Ends what an earlier mesh of this home left, where even its guardian was killed; nothing of it is taken
    /// over.
    @Override
    public Future<List<Instance>> survivors() {
        return blocking(() -> {
            Quarters quarters = new Quarters(settings);
            for (Place place : quarters.ofThisHome()) {
                if (children.values().stream().noneMatch(child -> child.place().equals(place))) {
                    Process guardian = spawn(
                            confinement.guardian(place, MARK + "=" + mark()),
                            Map.of("PATH", Confinement.PATH),
                            place,
                            false);
                    guardian.getOutputStream().close();
                    if (!guardian.waitFor(CONFINED_IN.toMillis(), TimeUnit.MILLISECONDS)) {
                        guardian.destroyForcibly();
                    }
                }
                if (quarters.isForgotten(place)) {
                    // what could not be removed when its agent was forgotten
                    var _ = files.remove(() -> quarters.remove(place));
                }
            }
            OutputFile.removeAllBut(logs(), quarters.agents());
            return List.of();
        });
    }

    @Override
    public Future<Condition> look(String instance) {
        Child child = children.get(instance);
        return Future.succeededFuture(child == null ? Condition.GONE : child.condition());
    }

    @Override
    public Future<Long> diskBytes(String instance) {
        Child child = children.get(instance);
        return child == null
                ? Future.succeededFuture(0L)
                : files.measure(child.place().work());
    }

    /// With users of their own another agent may take the port that this one was told, before it does.
    @Override
    public Future<Boolean> ownsAddress(String instance) {
        Child child = children.get(instance);
        return child == null || child.place().user() < 0
                ? Future.succeededFuture(true)
                : blocking(() -> Listeners.isOwn(child.port(), child.place().user()));
    }

    @Override
    public Future<Void> forget(AgentId agent) {
        return files.remove(() -> {
            Quarters quarters = new Quarters(settings);
            Place place = quarters.existing(agent);
            OutputFile.remove(logs(), agent.value());
            if (place != null) {
                quarters.remove(place);
            }
        });
    }

    @Override
    public Future<LogStream> logs(String instance, int tail, boolean follow) {
        Child child = children.get(instance);
        if (child == null) {
            return Future.failedFuture(
                    new RuntimeFault(RuntimeFault.Kind.UNAVAILABLE, "there is no such process any more"));
        }
        TextStream stream = new TextStream(vertx);
        return blocking(() -> {
            child.output().stream(stream, tail, follow);
            return stream;
        });
    }

    @Override
    public void onEnd(Consumer<String> ended) {
        onEnd = ended;
    }

    /// Ends every agent that still runs: without the mesh there is none.
    @Override
    public Future<Void> close() {
        List<Future<Void>> ends = new ArrayList<>();
        children.keySet().forEach(id -> ends.add(stop(id, Duration.ZERO)));
        return Future.all(ends)
                .onComplete(_ -> spawner.shutdown())
                .eventually(files::close)
                .mapEmpty();
    }

    /* Of this home and no other, whoever's start it is. */
    private String mark() throws IOException {
        return TokenDigest.of(settings.home().toRealPath().toString()).hex().substring(0, 16) + ".";
    }

    private Path logs() {
        return settings.data().resolve("logs");
    }

    /* Somebody else may take it before the agent does: see ownsAddress. */
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
