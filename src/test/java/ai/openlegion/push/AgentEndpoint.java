package ai.openlegion.push;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// An agent's own listener on a socket; what it answers is the test's choice.
final class AgentEndpoint implements AutoCloseable {

    /// Takes everything.
    static final BiConsumer<Post, HttpServerResponse> TAKES = (_, response) -> answer(response, 200, "{}");

    /// Never answers.
    static final BiConsumer<Post, HttpServerResponse> HANGS = (_, _) -> {};

    private final HttpServer server;
    private final BlockingQueue<Post> posts = new LinkedBlockingQueue<>();

    /// What came in.
    record Post(String path, Map<String, String> headers, JsonObject body) {

        @Nullable
        String header(String name) {
            return headers.get(name);
        }
    }

    private AgentEndpoint(Vertx vertx, int port, BiConsumer<Post, HttpServerResponse> answers) throws Exception {
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    Map<String, String> headers = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
                    request.headers().forEach(headers::put);
                    Post post = new Post(request.uri(), headers, new JsonObject(body));
                    posts.add(post);
                    answers.accept(post, request.response());
                }))
                .listen(port, "127.0.0.1")
                .await(30, TimeUnit.SECONDS);
    }

    static AgentEndpoint on(Vertx vertx, BiConsumer<Post, HttpServerResponse> answers) throws Exception {
        return new AgentEndpoint(vertx, 0, answers);
    }

    static AgentEndpoint on(Vertx vertx, int port, BiConsumer<Post, HttpServerResponse> answers) throws Exception {
        return new AgentEndpoint(vertx, port, answers);
    }

    static void answer(HttpServerResponse response, int status, String body) {
        var _ = response.setStatusCode(status)
                .putHeader("content-type", "application/json")
                .end(body);
    }

    int port() {
        return server.actualPort();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + port());
    }

    /// The next post, as soon as it is there.
    Post next() throws InterruptedException {
        Post post = posts.poll(30, TimeUnit.SECONDS);
        if (post == null) {
            throw new AssertionError("nothing was pushed within half a minute");
        }
        return post;
    }

    /// How many posts nobody has looked at.
    int more() {
        return posts.size();
    }

    @Override
    public void close() throws TimeoutException {
        server.close().await(30, TimeUnit.SECONDS);
    }
}
