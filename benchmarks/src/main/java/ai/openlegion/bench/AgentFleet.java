package ai.openlegion.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A mesh whose agents run in containers, as a user configures it; its own home, ended with it.
final class AgentFleet implements AutoCloseable {
    private static final long GIVE_UP_NANOS = TimeUnit.MINUTES.toNanos(5);
    private final Path root;
    private final Path home;
    private final Mesh mesh;
    private final String token;
    private final HttpClient http = HttpClient.newHttpClient();

    private AgentFleet(Path root, Path home, Mesh mesh) throws IOException {
        this.root = root;
        this.home = home;
        this.mesh = mesh;
        this.token = Files.readString(home.resolve("data/control.token")).strip();
    }

    /// One start of one agent.
    ///
    /// @param toRegisteredMillis from the start of its first process to its registration with the mesh
    /// @param toReadyMillis from the operator's order, with the making of the container
    record Start(double toRegisteredMillis, double toReadyMillis) {}

    /// Starts it and waits until every agent is ready.
    static AgentFleet start(Rig rig, String name, int size) throws IOException, InterruptedException {
        Path home = rig.work().resolve(name);
        Path config = Files.createDirectories(home.resolve("config"));
        Files.writeString(config.resolve("mesh.yaml"), """
                runtime: {kind: docker}
                providers:
                  none: {dialect: openai, base_url: "http://127.0.0.1:9/v1", auth: none}
                models:
                  none/none: {input_usd_per_mtok: 0, output_usd_per_mtok: 0}
                """);
        var agents = new StringBuilder("agents:\n");
        var grants = new StringJoiner(",\n", "{\"permissions\": {\n", "}}\n");
        for (int number = 0; number < size; number++) {
            agents.append("  agent%d: {role: idle, model: none/none}\n".formatted(number));
            grants.add("\"agent%d\": {\"allowed_apis\": [\"llm\"]}".formatted(number));
        }
        Files.writeString(config.resolve("agents.yaml"), agents);
        Files.writeString(config.resolve("permissions.json"), grants.toString());
        var fleet = new AgentFleet(rig.root(), home, Mesh.start(rig, home));
        for (int number = 0; number < size; number++) {
            fleet.awaitReady(number, Instant.EPOCH);
        }
        return fleet;
    }

    Mesh mesh() {
        return mesh;
    }

    /// The containers' ids.
    List<String> containers() throws IOException, InterruptedException {
        List<String> ids = new ArrayList<>();
        for (Object agent : agents()) {
            ids.add(((JsonObject) agent).getString("container"));
        }
        return ids;
    }

    /// Stops an agent and starts it again.
    Start restart(int number) throws IOException, InterruptedException {
        order(number, "stop");
        await(() -> agents().getJsonObject(number).getString("state").equals("absent"), "stop agent" + number);
        Instant ordered = Instant.now();
        long begin = System.nanoTime();
        order(number, "start");
        JsonObject agent = awaitReady(number, ordered);
        double ready = (System.nanoTime() - begin) / 1e6;
        Instant registered = Instant.parse(agent.getString("registered_at"));
        return new Start(registered.toEpochMilli() - Containers.startedAtMillis(agent.getString("container")), ready);
    }

    private JsonObject awaitReady(int number, Instant since) throws IOException, InterruptedException {
        JsonObject[] found = new JsonObject[1];
        await(
                () -> {
                    found[0] = agents().getJsonObject(number);
                    String state = found[0].getString("state");
                    if (state.equals("failed")) {
                        throw new IOException("agent" + number + " failed: " + found[0].encode());
                    }
                    return state.equals("ready")
                            && Instant.parse(found[0].getString("registered_at"))
                                    .isAfter(since);
                },
                "start agent" + number);
        return found[0];
    }

    private interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    private static void await(Condition condition, String what) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        while (!condition.holds()) {
            if (System.nanoTime() - begin > GIVE_UP_NANOS) {
                throw new IOException("five minutes were not enough to " + what);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private JsonArray agents() throws IOException, InterruptedException {
        return new JsonArray(call("GET", "/control/agents", 200));
    }

    private void order(int number, String what) throws IOException, InterruptedException {
        String _ = call("POST", "/control/agents/agent" + number + "/" + what, 202);
    }

    private String call(String method, String path, int expected) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mesh.controlPort() + path))
                .header("authorization", "Bearer " + token)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        var response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != expected) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }

    /// Stops the mesh as a user does, which ends its containers.
    @Override
    public void close() throws IOException, InterruptedException {
        http.close();
        int _ = new ProcessBuilder(root.resolve("openlegion").toString(), "stop", "--home", home.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
