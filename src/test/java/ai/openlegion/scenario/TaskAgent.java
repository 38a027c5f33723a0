package ai.openlegion.scenario;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/// An agent's own listener as the protocol has it: takes tasks, and does with them what the test says.
final class TaskAgent implements AutoCloseable {

    private final HttpServer server;
    private final List<JsonObject> tasks = new CopyOnWriteArrayList<>();
    private final List<String> cancels = new CopyOnWriteArrayList<>();
    private final List<String> steers = new CopyOnWriteArrayList<>();
    private final Map<String, JsonObject> results = new ConcurrentHashMap<>();
    private volatile boolean busy;
    private volatile Consumer<JsonObject> work = _ -> {};

    private TaskAgent(HttpServer server) {
        this.server = server;
    }

    static TaskAgent start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        TaskAgent agent = new TaskAgent(server);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", agent::serve);
        server.start();
        return agent;
    }

    /// What it does with each task it takes, on a thread of its own.
    TaskAgent doing(Consumer<JsonObject> next) {
        work = next;
        return this;
    }

    /// While it is busy it takes no task.
    void busy(boolean now) {
        busy = now;
    }

    /// What `GET /result` answers for a task.
    void keep(JsonObject result) {
        results.put(result.getString("task_id"), result);
    }

    private void serve(HttpExchange exchange) throws IOException {
        String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        JsonObject body = text.isEmpty() ? new JsonObject() : new JsonObject(text);
        switch (exchange.getRequestURI().getPath()) {
            case "/task" -> take(exchange, body);
            case "/cancel" -> {
                cancels.add(body.getString("task_id"));
                answer(exchange, 200, new JsonObject().put("cancelled", true));
            }
            case "/chat/steer" -> {
                steers.add(body.getString("message"));
                answer(exchange, 200, new JsonObject());
            }
            case "/result" -> {
                JsonObject known =
                        results.get(exchange.getRequestURI().getQuery().substring("task_id=".length()));
                answer(exchange, known == null ? 404 : 200, known == null ? new JsonObject() : known);
            }
            default -> answer(exchange, 200, new JsonObject()); // open: messages
        }
    }

    private void take(HttpExchange exchange, JsonObject task) throws IOException {
        if (busy) {
            answer(exchange, 200, new JsonObject().put("accepted", false).put("status", "busy"));
            return;
        }
        // a mesh that was killed may hand over once more what it had handed over: accepted, and not run again
        boolean known =
                tasks.stream().anyMatch(taken -> taken.getString("task_id").equals(task.getString("task_id")));
        if (!known) {
            tasks.add(task);
        }
        answer(exchange, 200, new JsonObject().put("accepted", true).put("status", "running"));
        if (known) {
            return;
        }
        Thread.startVirtualThread(() -> work.accept(task));
    }

    private static void answer(HttpExchange exchange, int status, JsonObject body) throws IOException {
        byte[] bytes = body.encode().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /// The tasks it took, in their order.
    List<JsonObject> tasks() {
        return List.copyOf(tasks);
    }

    /// The ids of the tasks it was told to end.
    List<String> cancels() {
        return List.copyOf(cancels);
    }

    List<String> steers() {
        return List.copyOf(steers);
    }

    JsonObject awaitTask(int number) {
        Eventually.until("task " + number + " is taken", () -> tasks.size() >= number);
        return tasks.get(number - 1);
    }

    /// The payload of a `task_result`.
    static JsonObject result(String taskId, String status) {
        return new JsonObject().put("task_id", taskId).put("status", status);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
