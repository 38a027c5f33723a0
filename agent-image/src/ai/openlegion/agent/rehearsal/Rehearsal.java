package ai.openlegion.agent.rehearsal;

import ai.openlegion.agent.RunningAgent;
import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.Time;
import ai.openlegion.agent.self.UnusableSetting;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A day of the agent in a second: it starts, registers, does a task with tools and has a chat. Mesh and model are
/// played by a server that says the same every time.
public final class Rehearsal {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String INBOUND = "inbound";

    /// How a tool's error begins, as it stands in a request to the model.
    private static final String ERROR = "\"{\\\"error\\\":";

    /// What the model asks for, one call after the other.
    private static final List<String> CALLS = List.of(
            "run_command {\"command\":\"echo hello\"}",
            "write_file {\"path\":\"rehearsal/note.txt\",\"content\":\"hello\"}",
            "read_file {\"path\":\"rehearsal/note.txt\"}",
            "list_files {\"recursive\":true}",
            "memory_save {\"content\":\"the rehearsal went well\"}",
            "memory_search {\"query\":\"rehearsal\"}",
            "write_blackboard {\"key\":\"rehearsal\",\"value\":{\"done\":true}}",
            "no_such_tool {}");

    private final CountDownLatch reported = new CountDownLatch(1);
    private volatile boolean complete;
    private volatile int errors;
    private final AtomicInteger asked = new AtomicInteger();

    private Rehearsal() {}

    /// Ends the process: 0 if all of it went well.
    ///
    /// @param arguments the folder to play in
    public static void main(String[] arguments) throws IOException, InterruptedException, UnusableSetting {
        System.exit(new Rehearsal().play(arguments[0]) ? 0 : 1);
    }

    private boolean play(String folder) throws IOException, InterruptedException, UnusableSetting {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::serve);
        server.start();
        var settings = Settings.from(Map.of(
                "AGENT_ID", "rehearsal",
                "AGENT_ROLE", "actor",
                "MESH_URL", "http://127.0.0.1:" + server.getAddress().getPort(),
                "MESH_AUTH_TOKEN", "token",
                "MESH_INBOUND_TOKEN", INBOUND,
                "LLM_MODEL", "model",
                "AGENT_BIND", "127.0.0.1",
                "AGENT_PORT", "0",
                "AGENT_DATA", folder));
        try (var agent = RunningAgent.start(settings, Time.of(InstantSource.system()));
                var caller = new Mesh(URI.create("http://127.0.0.1:" + agent.port()), INBOUND)) {
            Thread registered = Thread.ofPlatform().daemon().start(() -> {
                try {
                    agent.keepRegistered();
                } catch (InterruptedException over) {
                    // the rehearsal is
                }
            });
            boolean well = caller.get("/status", PATIENCE).isOk()
                    && caller.post("/task", Map.of("task_id", "task_1", "task_type", "rehearse"), PATIENCE)
                            .isOk()
                    && reported.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    && complete
                    && errors == 1
                    && caller.get("/result?task_id=task_1", PATIENCE).isOk()
                    && caller.post("/chat", Map.of("message", "hello"), PATIENCE).isOk()
                    && caller.get("/capabilities", PATIENCE).isOk()
                    && caller.get("/history", PATIENCE).isOk();
            try (InputStream events = caller.stream("/chat/stream", Map.of("message", "hello"), PATIENCE)
                    .body()) {
                well &= new String(events.readAllBytes(), StandardCharsets.UTF_8).contains("well done");
            }
            registered.interrupt();
            return well;
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String path = exchange.getRequestURI().getPath();
        if (!path.equals("/v1/chat/completions")) {
            answer(exchange, "application/json", "{\"registered\":true}");
            if (path.equals("/mesh/message")) {
                complete = body.contains("\"status\":\"complete\"");
                reported.countDown();
            }
        } else if (body.contains("\"stream\":true")) {
            answer(exchange, "text/event-stream", "data: " + choice("delta", said()) + "\n\ndata: [DONE]\n\n");
        } else {
            int turn = asked.getAndIncrement();
            if (turn == CALLS.size()) {
                // only the tool that there is not may have failed
                errors = (body.length() - body.replace(ERROR, "").length()) / ERROR.length();
            }
            answer(exchange, "application/json", choice("message", turn < CALLS.size() ? call(turn) : said()));
        }
    }

    private static Map<String, Object> said() {
        return Map.of("role", "assistant", "content", "well done");
    }

    private static Map<String, Object> call(int turn) {
        String[] call = CALLS.get(turn).split(" ", 2);
        return Map.of(
                "role",
                "assistant",
                "tool_calls",
                List.of(Map.of(
                        "index",
                        0,
                        "id",
                        "call_" + turn,
                        "type",
                        "function",
                        "function",
                        Map.of("name", call[0], "arguments", call[1]))));
    }

    private static String choice(String part, Map<String, Object> message) {
        return Json.write(Map.of(
                "choices",
                List.of(Map.of("index", 0, part, message, "finish_reason", "stop")),
                "usage",
                Map.of("prompt_tokens", 1, "completion_tokens", 1, "total_tokens", 2)));
    }

    private static void answer(HttpExchange exchange, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
