package ai.openlegion.bench;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/// The least that could run the chains and feed the watchers: one event loop that posts the next task when a result
/// comes, and writes each frame to everybody. It stores, decides, prices and remembers nothing.
///
/// Usage: `Relay PORT AGENTS_PORT STEPS`. `POST /start/AGENT/RUN` starts a chain; `GET /events` is a watcher; `POST
/// /frame` is written to all of them, and an empty one ends them.
public final class Relay {
    private final HttpClient client;
    private final int agentsPort;
    private final int steps;
    private final List<HttpServerResponse> watchers = new ArrayList<>();

    private Relay(Vertx vertx, int agentsPort, int steps) {
        client = vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(256).setMaxWaitQueueSize(-1));
        this.agentsPort = agentsPort;
        this.steps = steps;
    }

    /// Serves until its process is ended.
    public static void main(String[] arguments) {
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setPreferNativeTransport(true));
        var relay = new Relay(vertx, Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
        vertx.deployVerticle(context -> vertx.createHttpServer()
                        .requestHandler(relay::serve)
                        .listen(Integer.parseInt(arguments[0]), "127.0.0.1"))
                .onFailure(failure -> {
                    System.err.println(failure);
                    System.exit(1);
                });
    }

    private void serve(HttpServerRequest request) {
        String path = request.path();
        if (path.equals("/events")) {
            var response = request.response().setChunked(true).putHeader("content-type", "text/event-stream");
            watchers.add(response);
            var _ = response.write("id: 1\nevent: run.started\ndata: {}\n\n");
            return;
        }
        request.body().onSuccess(body -> {
            if (path.equals("/frame")) {
                tell(body);
            } else if (path.equals("/result")) {
                String[] task = body.toJsonObject()
                        .getJsonObject("payload")
                        .getString("task_id")
                        .split(":");
                int next = Integer.parseInt(task[1].substring(1)) + 1;
                if (next < steps) {
                    post(task[2], task[0], next);
                }
            } else {
                String[] parts = path.split("/");
                post(parts[2], parts[3], 0);
            }
            request.response().end("{\"delivered\":true}");
        });
    }

    private void tell(Buffer frame) {
        for (HttpServerResponse watcher : watchers) {
            var _ = frame.length() == 0 ? watcher.end() : watcher.write(frame);
        }
        if (frame.length() == 0) {
            watchers.clear();
        }
    }

    private void post(String agent, String run, int step) {
        var task = new JsonObject()
                .put("task_id", run + ":s" + step + ":" + agent)
                .put("task_type", "bench")
                .put("input_data", new JsonObject().put("text", "x".repeat(200)));
        client.request(HttpMethod.POST, agentsPort, "127.0.0.1", "/" + agent + "/task")
                .compose(request ->
                        request.putHeader("content-type", "application/json").send(task.toBuffer()))
                .onFailure(failure -> System.err.println(failure));
    }
}
