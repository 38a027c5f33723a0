package ai.openlegion.scenario;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A running mesh: the real process, started as the launcher would, on free ports and a home of its own.
final class Mesh implements AutoCloseable {

    private static final Set<Mesh> RUNNING = ConcurrentHashMap.newKeySet();
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(mesh -> mesh.process.destroyForcibly())));
    }

    private final MeshHome home;
    private final Process process;
    private final Path log;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private JsonObject ready = new JsonObject();

    private Mesh(MeshHome home, Process process, Path log) {
        this.home = home;
        this.process = process;
        this.log = log;
        RUNNING.add(this);
    }

    /// Writes the home's files, starts a mesh on it and waits until it says that it is ready.
    static Mesh start(MeshHome home, String... javaOptions) throws IOException {
        Mesh mesh = launch(home.write(), javaOptions);
        try {
            mesh.awaitReady();
            return mesh;
        } catch (AssertionError failed) {
            mesh.process.destroyForcibly();
            throw new AssertionError("the mesh did not get ready; it said:\n" + mesh.log(), failed);
        }
    }

    /// Starts a mesh whose agents' listener has this port; agents know a mesh by it.
    static Mesh startAt(MeshHome home, int port) throws IOException {
        Mesh mesh = launchAt(home.write(), port);
        mesh.awaitReady();
        return mesh;
    }

    /// Starts a mesh that may well refuse to start.
    static Mesh launch(MeshHome home, String... javaOptions) throws IOException {
        return launchAt(home, 0, javaOptions);
    }

    private static Mesh launchAt(MeshHome home, int port, String... javaOptions) throws IOException {
        Path log = Files.createTempFile(home.root(), "mesh-", ".log");
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", // half the work of a start, and few scenarios last long enough for more
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(javaOptions));
        command.addAll(List.of(
                "ai.openlegion.Main",
                "start",
                "--home",
                home.root().toString(),
                "--port",
                Integer.toString(port),
                "--control-port",
                "0"));
        command.addAll(home.flags());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .directory(home.root().toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("OPENLEGION_"));
        builder.environment().putAll(home.environment());
        return new Mesh(home, builder.start(), log);
    }

    private void awaitReady() {
        Path file = home.root().resolve("data/ready.json");
        Eventually.until("the mesh is ready", PATIENCE, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("the process ended with " + process.exitValue());
            }
            return Files.exists(file) && readiness(file).getLong("pid", 0L) == process.pid();
        });
        ready = readiness(file);
    }

    private static JsonObject readiness(Path file) {
        try {
            return new JsonObject(Files.readString(file));
        } catch (IOException goneAgain) {
            return new JsonObject();
        }
    }

    MeshHome home() {
        return home;
    }

    int port() {
        return ready.getInteger("port");
    }

    int controlPort() {
        return ready.getInteger("control_port");
    }

    long pid() {
        return process.pid();
    }

    boolean alive() {
        return process.isAlive();
    }

    /// All the mesh has written to its terminal.
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException unreadable) {
            return "(log unreadable: " + unreadable.getMessage() + ")";
        }
    }

    /// What the meshes running now have said; for a failed test.
    static String logs() {
        StringBuilder all = new StringBuilder();
        RUNNING.forEach(
                mesh -> all.append("--- mesh ").append(mesh.pid()).append('\n').append(mesh.log()));
        return all.toString();
    }

    String token(String agent) {
        try {
            return Tokens.open(home.root().resolve("data"))
                    .external(AgentId.parse(agent).orElseThrow());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /// The token by which an agent knows this mesh.
    String inboundToken(String agent) {
        try {
            return Tokens.open(home.root().resolve("data"))
                    .inbound(AgentId.parse(agent).orElseThrow());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    String operatorToken() {
        try {
            return Tokens.open(home.root().resolve("data")).operator();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /// A request to the agent listener in the name of an agent; without a body when that is null.
    HttpRequest.Builder request(String agent, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(60))
                .header("content-type", "application/json")
                .header("authorization", "Bearer " + token(agent));
    }

    Reply post(String agent, String path, JsonObject body) {
        if (path.equals("/mesh/vault/store")) {
            Canaries.agentStores(home.root(), body.getString("value"));
        }
        return post(agent, path, body.encode());
    }

    Reply post(String agent, String path, String body) {
        return send(request(agent, path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    Reply get(String agent, String path) {
        return send(request(agent, path).GET());
    }

    /// A chat completion as an SDK would ask for it.
    Reply chat(String agent, JsonObject body) {
        return post(agent, "/v1/chat/completions", body);
    }

    /// A streamed chat completion, to be read or left.
    EventStream stream(String agent, JsonObject body) {
        return stream(agent, "/v1/chat/completions", body.copy().put("stream", true));
    }

    /// An answer to be read event by event.
    EventStream stream(String agent, String path, JsonObject body) {
        HttpRequest request = request(agent, path)
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
        try {
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            return new EventStream(response);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    Reply send(HttpRequest.Builder request) {
        try {
            return Reply.of(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /// A request to the control listener with the operator's token.
    Reply control(String method, String path, @Nullable JsonObject body) {
        if (path.startsWith("/control/vault/")) {
            Canaries.noteKeys(home.root());
            if (body != null && method.equals("PUT")) {
                Canaries.operatorStores(home.root(), body.getString("value"));
            }
        }
        HttpRequest.BodyPublisher publisher =
                body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body.encode());
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + controlPort() + path))
                .timeout(Duration.ofSeconds(30))
                .header("content-type", "application/json")
                .header("authorization", "Bearer " + operatorToken())
                .method(method, publisher));
    }

    /// What happens in the mesh, as the operator sees it; `query` as it stands behind the question mark.
    EventSource events(String query) {
        return watch("/control/events?" + query);
    }

    /// An event stream of the control listener.
    EventSource watch(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + controlPort() + path))
                .header("authorization", "Bearer " + operatorToken())
                .build();
        try {
            return new EventSource(client.send(request, HttpResponse.BodyHandlers.ofInputStream()));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /// Reads the configuration again and fails where that is refused.
    void reload() {
        Reply reply = control("POST", "/control/reload", null);
        if (reply.status() != 200) {
            throw new AssertionError("the reload was answered " + reply.status() + " " + reply.body());
        }
    }

    /// An agent's daily account.
    Spend spend(String agent) {
        JsonArray agents = control("GET", "/control/budgets", null).json().getJsonArray("agents");
        for (int i = 0; i < agents.size(); i++) {
            if (agents.getJsonObject(i).getString("agent").equals(agent)) {
                return Spend.of(agents.getJsonObject(i).getJsonObject("daily"));
            }
        }
        throw new AssertionError("no account of " + agent + " in " + agents);
    }

    /// An agent's daily account once nothing of it is held.
    Spend settledSpend(String agent) {
        Eventually.until("nothing is held by " + agent, () -> spend(agent).held() == 0);
        return spend(agent);
    }

    /// Resident memory in MiB.
    long residentMiB() {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException noProc) {
            throw new UncheckedIOException(noProc);
        }
    }

    /// SIGTERM.
    void terminate() {
        sweepChildren();
        process.destroy();
    }

    /// SIGKILL, and waits for the process to be gone.
    void kill() {
        try {
            sweepChildren();
        } finally {
            process.destroyForcibly();
            awaitExit();
        }
        Canaries.sweep(home.root(), home.environment());
    }

    private void sweepChildren() {
        Canaries.sweepChildren(pid(), home.root(), home.environment());
    }

    /// The exit code.
    int awaitExit() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the mesh does not end; it said:\n" + log());
            }
            RUNNING.remove(this);
            return process.exitValue();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /// Ends the process, looks whether all that its audit tells of is documented, and removes its home.
    @Override
    public void close() throws IOException {
        client.shutdownNow();
        try {
            if (process.isAlive()) {
                kill();
            }
            AuditedActions.check(home.root());
        } finally {
            RUNNING.remove(this);
            home.delete();
        }
    }
}
