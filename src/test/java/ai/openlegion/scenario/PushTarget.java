package ai.openlegion.scenario;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.ToIntFunction;

/// An agent's own listener, to which the mesh pushes; what it answers is the test's choice.
final class PushTarget implements AutoCloseable {

    private final HttpServer server;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Push> pushes = new CopyOnWriteArrayList<>();
    private final ToIntFunction<Push> status;

    /// What came in.
    record Push(String method, String path, String authorization, JsonObject body) {}

    private PushTarget(HttpServer server, ToIntFunction<Push> status) {
        this.server = server;
        this.status = status;
    }

    /// Takes everything.
    static PushTarget taking() throws IOException {
        return answering(0, push -> 200);
    }

    /// Never answers.
    static PushTarget hanging() throws IOException {
        return answering(0, push -> 0);
    }

    /// Answers with the status that the function says; 0 = not at all. Port 0 takes a free one.
    static PushTarget answering(int port, ToIntFunction<Push> status) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 64);
        PushTarget target = new PushTarget(server, status);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", target::serve);
        server.start();
        return target;
    }

    private void serve(HttpExchange exchange) throws IOException {
        String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("authorization"));
        Push push = new Push(
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString(),
                authorization,
                text.isEmpty() ? new JsonObject() : new JsonObject(text));
        pushes.add(push);
        int answer = status.applyAsInt(push);
        if (answer == 0) {
            hang();
        } else {
            byte[] body = "{\"received\":true}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer, body.length);
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    private void hang() {
        try {
            closed.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    /// All that came in so far, in its order.
    List<Push> pushes() {
        return List.copyOf(pushes);
    }

    /// What came in, once that is at least so much.
    List<Push> await(int count) {
        Eventually.until(count + " pushes", () -> pushes.size() >= count);
        return pushes();
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
    }
}
