package ai.openlegion.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// How `task` finds out that its task is over. The mesh is played here: a real one loses no event when it should.
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class TaskCommandTest {

    private static final String OTHERS_END = event("task.end", "task_of_another");
    private static final String END = event("task.end", "task_1");

    @TempDir
    private Path home;

    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicInteger looks = new AtomicInteger();
    private HttpServer mesh;

    /// Sent at once to who listens to the events.
    private String events = "";
    /// Whether the events end then, instead of going on in silence.
    private boolean eventsEnd;
    /// How often the task is under way before it is what it is at last.
    private int underWay;

    private String last = "complete";

    @BeforeEach
    void start() throws IOException {
        mesh = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        mesh.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        mesh.createContext(
                "/control/agents/writer/tasks", exchange -> answer(exchange, 202, "{\"task_id\":\"task_1\"}"));
        mesh.createContext("/control/tasks/task_1", exchange -> {
            String status = looks.incrementAndGet() > underWay ? last : "running";
            answer(
                    exchange,
                    200,
                    "{\"status\":\"" + status + "\",\"result\":\"done so\",\"tokens_used\":7,\"cost_usd\":0.5}");
        });
        mesh.createContext("/control/events", this::tell);
        mesh.start();
        Path data = Files.createDirectories(home.resolve("data"));
        int port = mesh.getAddress().getPort();
        Files.writeString(
                data.resolve("ready.json"),
                new JsonObject()
                        .put("port", port)
                        .put("control_port", port)
                        .put("pid", ProcessHandle.current().pid())
                        .encode());
        Files.writeString(data.resolve("control.token"), "t".repeat(43));
    }

    @AfterEach
    void stop() {
        over.countDown();
        mesh.stop(0);
    }

    private void tell(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write((": here\n\n" + events).getBytes(UTF_8));
        exchange.getResponseBody().flush();
        try {
            if (!eventsEnd) {
                over.await();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        exchange.close();
    }

    private static String event(String action, String resource) {
        return "data: "
                + new JsonObject()
                        .put("action", action)
                        .put("resource", resource)
                        .encode() + "\n\n";
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private Ended task() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Cli.run(
                new String[] {"task", "writer", "do it", "--watch", "--home", home.toString()},
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8));
        return new Ended(code, out.toString(UTF_8), err.toString(UTF_8));
    }

    @Test
    void an_event_tells_of_the_end_and_others_ends_are_none() {
        events = event("tool", "write_file") + OTHERS_END + END;

        Ended ended = task();

        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out().lines())
                .containsExactly(
                        "given to writer as task_1",
                        "  tool  write_file  ",
                        "  task.end  task_of_another  ",
                        "complete",
                        "done so",
                        "7 tokens, $0.5");
        assertThat(looks).as("questions for the task").hasValue(1);
    }

    @Test
    void a_task_whose_end_no_event_tells_is_found_over() {
        events = OTHERS_END;
        underWay = 1;
        last = "failed";

        Ended ended = task();

        assertThat(ended.code()).as(ended.err()).isEqualTo(1);
        assertThat(ended.out()).contains("failed", "7 tokens");
        assertThat(looks).as("questions for the task").hasValue(3);
    }

    @Test
    void events_that_end_before_the_task_are_told() {
        eventsEnd = true;
        underWay = 1_000;

        Ended ended = task();

        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).contains("the task may run on as task_1");
    }
}
