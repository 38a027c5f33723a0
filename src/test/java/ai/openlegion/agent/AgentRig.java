package ai.openlegion.agent;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.loop.Agent;
import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.model.Model;
import ai.openlegion.agent.self.Arrivals;
import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.Time;
import ai.openlegion.agent.tools.Tool;
import ai.openlegion.agent.tools.ToolContext;
import ai.openlegion.agent.tools.Toolbox;
import ai.openlegion.scenario.Eventually;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// An agent on a socket, its mesh on another, and the mesh's way to call it.
final class AgentRig implements AutoCloseable {

    static final String INBOUND = "token-of-the-mesh";

    final FakeMesh mesh;
    final RunningAgent agent;
    final List<Duration> pauses = new CopyOnWriteArrayList<>();
    private final Settings settings;
    private final HttpClient client = HttpClient.newHttpClient();

    AgentRig(Path folder, FakeMesh mesh, Tool... tools) throws Exception {
        this(folder, mesh, Map.of(), tools);
    }

    AgentRig(Path folder, FakeMesh mesh, Map<String, String> more, Tool... tools) throws Exception {
        this.mesh = mesh;
        Map<String, String> environment = new HashMap<>(Map.of(
                "AGENT_ID", "researcher",
                "AGENT_ROLE", "research",
                "MESH_URL", mesh.address().toString(),
                "MESH_AUTH_TOKEN", FakeMesh.TOKEN,
                "MESH_INBOUND_TOKEN", INBOUND,
                "LLM_MODEL", "demo/small",
                "AGENT_PORT", "0",
                "AGENT_BIND", "127.0.0.1",
                "AGENT_DATA", folder.toString()));
        environment.putAll(more);
        settings = Settings.from(environment);
        Toolbox toolbox = Toolbox.open(settings, time);
        agent = RunningAgent.start(settings, time, toolbox, List.of(tools));
    }

    /// A time that does not wait, and says for how long it would have.
    private final Time time = new Time() {
        @Override
        public Instant now() {
            return Instant.parse("2026-11-22T12:00:00Z");
        }

        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void pause(Duration length) throws InterruptedException {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            pauses.add(length);
        }
    };

    /// What a loop works with, without the agent around it.
    Agent loopAgent(Tool... tools) throws IOException {
        var way = new Mesh(settings.mesh(), settings.meshToken());
        var context = new ToolContext(
                settings, way, time, Arrivals.open(settings.data().resolve("inbox")), 0, Map::of);
        return new Agent(new Model(way, time, settings.model()), List.of(tools), context);
    }

    /// A tool with one optional argument, `about`.
    static Tool tool(String name, Body body) {
        return tool(name, Duration.ofSeconds(30), body);
    }

    static Tool tool(String name, Duration limit, Body body) {
        return new Tool() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public String description() {
                return "Does it.";
            }

            @Override
            public Map<String, Object> parameters() {
                return Tool.schema(Map.of("about", Map.of("type", "string")), List.of());
            }

            @Override
            public Duration limit() {
                return limit;
            }

            @Override
            public Object call(ToolContext context, Map<String, Object> arguments)
                    throws IOException, InterruptedException {
                return body.call(context, arguments);
            }
        };
    }

    /// An assignment of half a minute, with more members by name and value.
    static Map<String, Object> task(String id, Object... more) {
        Map<String, Object> task = new LinkedHashMap<>(Map.of(
                "task_id",
                id,
                "workflow_id",
                "wf_1",
                "step_id",
                "s",
                "task_type",
                "find",
                "input_data",
                Map.of("company", "Acme"),
                "context",
                Map.of(),
                "timeout",
                30));
        for (int i = 0; i < more.length; i += 2) {
            task.put(String.valueOf(more[i]), more[i + 1]);
        }
        return task;
    }

    interface Body {
        Object call(ToolContext context, Map<String, Object> arguments) throws IOException, InterruptedException;
    }

    /// A request of the mesh.
    HttpResponse<String> send(String method, String path, Map<String, Object> body) throws Exception {
        return client.send(request(method, path, body, "Bearer " + INBOUND), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> sendAs(String authorization, String method, String path) throws Exception {
        return client.send(request(method, path, Map.of(), authorization), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> sendText(String method, String path, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(uri(path))
                        .header("Authorization", "Bearer " + INBOUND)
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<InputStream> open(String path, Map<String, Object> body) throws Exception {
        return client.send(request("POST", path, body, "Bearer " + INBOUND), HttpResponse.BodyHandlers.ofInputStream());
    }

    Members post(String path, Map<String, Object> body) throws Exception {
        return new Members(Json.object(send("POST", path, body).body()));
    }

    Members get(String path) throws Exception {
        return new Members(Json.object(send("GET", path, Map.of()).body()));
    }

    Members chat(String message) throws Exception {
        return post("/chat", Map.of("message", message));
    }

    /// Starts a task and waits for its result, as it was told to the mesh.
    Members run(Map<String, Object> assignment) throws Exception {
        if (!post("/task", assignment).truth("accepted").orElse(false)) {
            throw new AssertionError("not accepted");
        }
        String id = String.valueOf(assignment.get("task_id"));
        Eventually.until("the result of " + id, () -> result(id).isPresent());
        return result(id).orElseThrow();
    }

    /// The result of a task that the mesh was told.
    Optional<Members> result(String taskId) {
        return mesh.to("/mesh/message").stream()
                .map(call -> call.body().object("payload"))
                .filter(payload -> payload.text("task_id").equals(Optional.of(taskId)))
                .findFirst();
    }

    @Override
    public void close() {
        agent.close();
        client.shutdownNow();
        mesh.close();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + agent.port() + path);
    }

    private HttpRequest request(String method, String path, Map<String, Object> body, String authorization) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(30))
                .method(
                        method,
                        method.equals("GET")
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(Json.write(body)));
        return authorization.isEmpty()
                ? request.build()
                : request.header("Authorization", authorization).build();
    }
}
