package ai.openlegion.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.scenario.Eventually;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `chat`, once, in a pipe and on a terminal, through a real mesh with an agent that tries to steer the terminal.
@Timeout(300)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class ChatCommandTest {

    /// Clears the screen, sets the title, turns the text around, and starts a sequence with a C1 character.
    private static final String HOSTILE = "\u001b[2J\u001b]0;owned\u0007a\u202eb\u009b31m\rz";

    @TempDir
    private static Path folder;

    private static final Queue<String> said = new ConcurrentLinkedQueue<>();
    private static final CountDownLatch cancelled = new CountDownLatch(1);
    private static HttpServer agent;
    private static LiveMesh mesh;

    @BeforeAll
    static void start() throws Exception {
        agent = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        agent.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        agent.createContext("/", ChatCommandTest::answer);
        agent.start();
        mesh = mesh(folder);
    }

    /// A mesh of which that agent is one.
    private static LiveMesh mesh(Path folder) throws Exception {
        LiveMesh mesh = new LiveMesh(folder);
        Path config = Files.createDirectories(mesh.home().config());
        Files.writeString(config.resolve("mesh.yaml"), """
                providers:
                  sim: {dialect: openai, base_url: "http://127.0.0.1:9/v1"}
                models:
                  sim/small: {input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00}
                """);
        Files.writeString(
                config.resolve("agents.yaml"), """
                agents:
                  echo: {role: echo, model: sim/small, runtime: external, push: "http://127.0.0.1:%d"}
                  mute: {role: mute, model: sim/small, runtime: external}
                """.formatted(agent.getAddress().getPort()));
        Ended started = mesh.openlegion("start", "-d", "--port", "0", "--control-port", "0");
        assertThat(started.code()).as(started.err()).isZero();
        return mesh;
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        agent.stop(0);
    }

    private static void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        String path = exchange.getRequestURI().getPath();
        if (!path.equals("/chat/stream")) {
            said.add(path);
            byte[] ok = "{\"status\":\"ok\"}".getBytes(UTF_8);
            exchange.sendResponseHeaders(200, ok.length);
            exchange.getResponseBody().write(ok);
            exchange.close();
            return;
        }
        String message = new JsonObject(body).getString("message");
        said.add(message);
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        send(out, "tool_start", new JsonObject().put("name", "run_command").put("input", HOSTILE));
        send(out, "tool_result", new JsonObject().put("name", "run_command").put("output", "fine"));
        if (message.equals("hang")) {
            try {
                while (true) {
                    send(out, "text_delta", new JsonObject().put("content", "."));
                    Eventually.settled("a moment", () -> 0);
                }
            } catch (IOException gone) {
                cancelled.countDown();
                return;
            }
        }
        // the two halves of one character come apart
        for (String piece : List.of("you said ", message, " \ud83d", "\ude00\nline two ", HOSTILE)) {
            send(out, "text_delta", new JsonObject().put("content", piece));
        }
        send(
                out,
                "done",
                new JsonObject()
                        .put("response", "you said " + message + " \ud83d\ude00\nline two " + HOSTILE)
                        .put("tokens_used", 7));
        exchange.close();
    }

    private static void send(OutputStream out, String event, JsonObject data) throws IOException {
        out.write(("event: " + event + "\ndata: " + data.encode() + "\n\n").getBytes(UTF_8));
        out.flush();
    }

    private static void assertHarmless(String text) {
        assertThat(text.codePoints()
                        .filter(c -> c != '\n' && c != '\t')
                        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT))
                .as(text)
                .isTrue();
    }

    @Test
    void once_prints_only_the_answer_and_nothing_that_steers_a_terminal() {
        Ended answer = mesh.command("chat", "echo", "good", "morning");

        assertThat(answer.code()).as(answer.err()).isZero();
        assertThat(answer.out())
                .isEqualTo("you said good morning \ud83d\ude00\nline two \\u001b[2J\\u001b]0;owned\\u0007a\\u202eb"
                        + "\\u009b31m\\u000dz\n");
        assertHarmless(answer.out());
        Ended json = mesh.command("chat", "echo", "x", "--json");
        assertHarmless(json.out());
        assertThat(new JsonObject(json.out()).getInteger("tokens_used")).isEqualTo(7);
    }

    @Test
    void a_message_may_come_through_a_pipe() throws Exception {
        Path question = Files.writeString(folder.resolve("question"), "from a pipe\n");
        Ended answer = Ended.run(
                folder,
                Map.of(),
                List.of("/bin/sh", "-c", "exec " + folder.resolve("openlegion") + " chat echo < " + question));

        assertThat(answer.code()).as(answer.err()).isZero();
        assertThat(answer.out()).startsWith("you said from a pipe ");
    }

    @Test
    void who_cannot_be_asked_is_told_with_a_reason() {
        Ended mute = mesh.command("chat", "mute", "hello");
        assertThat(mute.code()).isEqualTo(1);
        assertThat(mute.err()).contains("push:");
        assertThat(mesh.command("chat", "nobody", "hello").err()).contains("unknown agent");
        assertThat(mesh.command("logs", "echo").err()).contains("external");
        assertThat(mesh.command("logs", "echo", "--tail", "x").code()).isEqualTo(2);
        assertThat(mesh.command("chat", "--help").out()).contains("/reset", "Ctrl-D");
    }

    @Test
    void a_terminal_gets_an_editor_with_a_history_and_ctrl_c_ends_only_the_answer() throws Exception {
        Terminal terminal = new Terminal(mesh);
        try {
            terminal.awaits("echo> ");
            terminal.types("first\r");
            terminal.awaits("line two");
            terminal.awaits("\\u202e");
            terminal.types("/reset\r");
            terminal.awaits("has forgotten");
            terminal.types("/steer look left\r");
            terminal.awaits("delivered to echo");
            terminal.types("hang\r");
            terminal.awaits("..");
            terminal.types("\u0003");
            terminal.awaits("(ended)");
            Eventually.until("the agent's work is ended", () -> cancelled.getCount() == 0);
            terminal.awaits("echo> ");
            terminal.types("half a li\u0003");
            terminal.awaits("echo> ");
            terminal.types("second\r");
            terminal.awaits("you said second");
            // not before the editor reads: what is typed into an answer is no end of file
            terminal.awaits("echo> ");
            terminal.types("\u0004");
            assertThat(terminal.process.waitFor()).isZero();
        } finally {
            terminal.process.destroyForcibly();
        }
        // what the agent sent has steered nothing: sequences are the editor's own, and none of these is
        assertThat(terminal.shown()).doesNotContain("\u001b]0;owned", "\u202e", "\u009b", "\u0007a");
        assertThat(said).contains("first", "/chat/reset", "hang", "second");
        Path history = mesh.home().data().resolve("chat_history");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(history)).contains("first", "second");
    }

    @Test
    void an_answer_that_the_mesh_breaks_off_is_told_from_one_that_the_operator_ended() throws Exception {
        try (LiveMesh dying = mesh(Files.createDirectory(folder.resolve("dying")))) {
            Terminal terminal = new Terminal(dying);
            try {
                terminal.awaits("echo> ");
                terminal.types("hang\r");
                terminal.awaits("..");
                dying.kill();
                terminal.awaits("the mesh broke the answer off");
                terminal.awaits("echo> ");
                terminal.types("\u0004");
                assertThat(terminal.process.waitFor()).isZero();
            } finally {
                terminal.process.destroyForcibly();
            }
            assertThat(terminal.shown()).doesNotContain("(ended)");
        }
    }

    /// `chat` on a pseudo-terminal of util-linux.
    private static final class Terminal {
        private final Process process;
        /// Two threads use it.
        @SuppressWarnings("JdkObsolete")
        private final StringBuffer output = new StringBuffer();

        private int seen;

        Terminal(LiveMesh mesh) throws IOException {
            Path launcher = mesh.home().root().resolve("on-terminal");
            Files.writeString(
                    launcher,
                    "#!/bin/sh\nstty cols 120 rows 40\nexec "
                            + String.join(
                                    " ",
                                    Ended.command(
                                            List.of(
                                                    "-Dopenlegion.interactive=true",
                                                    "-Dopenlegion.colour=true",
                                                    "-Dopenlegion.terminal=true"),
                                            "chat",
                                            "echo",
                                            "--home",
                                            mesh.home().root().toString()))
                            + "\n");
            Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
            // `exec`: a shell that stayed would get the Ctrl-C too, and some then make it their own exit code
            ProcessBuilder builder =
                    new ProcessBuilder("script", "-qefc", "exec " + launcher, "/dev/null").redirectErrorStream(true);
            builder.environment().put("SHELL", "/bin/sh");
            builder.environment().put("TERM", "xterm");
            process = builder.start();
            Thread.ofVirtual().start(this::read);
        }

        private void read() {
            try (var reader = process.inputReader(UTF_8)) {
                for (int next = reader.read(); next >= 0; next = reader.read()) {
                    output.append((char) next);
                }
            } catch (IOException gone) {
                // it has ended
            }
        }

        void types(String keys) {
            try {
                process.getOutputStream().write(keys.getBytes(UTF_8));
                process.getOutputStream().flush();
            } catch (IOException gone) {
                throw new UncheckedIOException(shown(), gone);
            }
        }

        void awaits(String text) {
            try {
                Eventually.until(text, () -> output.indexOf(text, seen) >= 0);
            } catch (AssertionError late) {
                throw new AssertionError(late.getMessage() + "; the terminal shows:\n" + shown(), late);
            }
            seen = output.indexOf(text, seen) + text.length();
        }

        String shown() {
            return output.toString();
        }
    }
}
