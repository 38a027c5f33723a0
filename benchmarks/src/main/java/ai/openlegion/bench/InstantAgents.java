package ai.openlegion.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/// Agents that hand in their result as soon as they get a task, all on one port and one event loop.
///
/// The time of a step is taken here: from before its result is sent until the task that depends on it has arrived.
final class InstantAgents {
    private final HttpServer server;
    private final HttpClient client;
    private final Map<String, Long> handedIn = new ConcurrentHashMap<>();
    private final List<Long> gaps = new CopyOnWriteArrayList<>();
    private final LongAdder tasks = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private volatile Target target = new Target(0, Map.of());
    private volatile boolean holding;
    private volatile Runnable held = () -> {};

    /// Where results go, and with which token of each agent; without one they go to `/result`, plainly.
    record Target(int port, Map<String, String> tokens) {}

    private InstantAgents(HttpServer server, HttpClient client) {
        this.server = server;
        this.client = client;
    }

    static InstantAgents start(Vertx vertx) throws TimeoutException {
        var client =
                vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(256).setMaxWaitQueueSize(-1));
        var server = vertx.createHttpServer();
        var agents = new InstantAgents(server, client);
        server.requestHandler(agents::serve).listen(0, "127.0.0.1").await(10, TimeUnit.SECONDS);
        return agents;
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    int port() {
        return server.actualPort();
    }

    void report(Target next) {
        target = next;
        gaps.clear();
    }

    /// From now on a task is kept until [#release].
    void hold() {
        holding = true;
    }

    void release() {
        holding = false;
        held.run();
    }

    long tasks() {
        return tasks.sum();
    }

    /// Results that were not taken.
    long lost() {
        return lost.sum();
    }

    /// From a result's sending to the dependent's arrival, in microseconds.
    double[] gapsMicros() {
        return gaps.stream().mapToDouble(nanos -> nanos / 1e3).sorted().toArray();
    }

    private void serve(HttpServerRequest request) {
        long arrived = System.nanoTime();
        String path = request.path();
        if (!path.endsWith("/task")) {
            request.body().onComplete(_ -> request.response().end("{}"));
            return;
        }
        String agent = path.substring(1, path.length() - "/task".length());
        request.body().onSuccess(body -> {
            String task = body.toJsonObject().getString("task_id");
            tasks.increment();
            Long before = handedIn.remove(run(task));
            if (before != null) {
                gaps.add(arrived - before);
            }
            request.response().putHeader("content-type", "application/json").end("{\"accepted\":true}");
            if (holding) {
                held = () -> handIn(agent, task);
            } else {
                handIn(agent, task);
            }
        });
    }

    private static String run(String task) {
        return task.substring(0, task.indexOf(':'));
    }

    private void handIn(String agent, String task) {
        Target to = target;
        String token = to.tokens().get(agent);
        var payload = new JsonObject()
                .put("task_id", task)
                .put("status", "complete")
                .put("result", new JsonObject().put("text", "x".repeat(200)).put("score", 1));
        var message = new JsonObject()
                .put("to", "orchestrator")
                .put("type", "task_result")
                .put("payload", payload);
        var options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("127.0.0.1")
                .setPort(to.port())
                .setURI(token == null ? "/result" : "/mesh/message")
                .putHeader("content-type", "application/json");
        if (token != null) {
            options.putHeader("authorization", "Bearer " + token);
        }
        handedIn.put(run(task), System.nanoTime());
        client.request(options)
                .compose(request -> request.send(message.toBuffer()))
                .compose(answer -> answer.body().map(body -> isTaken(answer.statusCode(), body)))
                .onComplete(taken -> lost.add(taken.succeeded() && taken.result() ? 0 : 1));
    }

    private static boolean isTaken(int status, Buffer body) {
        return status == 200 && body.toJsonObject().getBoolean("delivered", false);
    }
}
