package ai.openlegion.agent;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.json.Members;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// A mesh on a socket that answers calls of the model by a script, and writes down everything that it is sent.
final class FakeMesh implements AutoCloseable {

    static final String TOKEN = "token-of-the-agent";

    private final HttpServer server;
    private final LinkedBlockingQueue<Turn> script = new LinkedBlockingQueue<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private volatile Turn after = text("nothing is left of the script");
    private final AtomicInteger refusals = new AtomicInteger();
    private final LinkedBlockingQueue<Turn> fabric = new LinkedBlockingQueue<>();

    /// A request that arrived.
    record Call(String path, String authorization, Members body) {

        List<Members> messages() {
            return body.list("messages").stream()
                    .map(message -> Members.of(message).orElseThrow())
                    .toList();
        }

        /// The texts of its messages, and nothing else of it.
        String prompt() {
            return String.join(
                    "\n",
                    messages().stream()
                            .map(message -> message.text("content").orElse(""))
                            .toList());
        }
    }

    /// How one call of the model is answered.
    interface Turn {
        void answer(HttpExchange exchange, Call call) throws IOException;
    }

    FakeMesh() throws IOException {
        this(0);
    }

    FakeMesh(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /// What is answered next, in order.
    FakeMesh then(Turn... turns) {
        script.addAll(List.of(turns));
        return this;
    }

    /// What is answered when the script is over.
    FakeMesh always(Turn turn) {
        after = turn;
        return this;
    }

    /// Answers 503 that many times to anything but calls of the model.
    void fabricRefuses(int times) {
        refusals.set(times);
    }

    /// What is answered next, in order, to anything but calls of the model.
    void fabricAnswers(Turn... turns) {
        fabric.addAll(List.of(turns));
    }

    List<Call> modelCalls() {
        return to("/v1/chat/completions");
    }

    List<Call> to(String path) {
        return calls.stream().filter(call -> call.path().equals(path)).toList();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /// A final answer that took ten tokens.
    static Turn text(String text) {
        return text(text, 10);
    }

    static Turn text(String text, long tokens) {
        return whole(Map.of("role", "assistant", "content", text), tokens);
    }

    /// A call of one tool.
    static Turn call(String tool, String arguments) {
        return calls(List.of(Map.entry(tool, arguments)));
    }

    /// Calls of several tools in one answer, with the ids `c0`, `c1`….
    static Turn calls(List<Map.Entry<String, String>> calls) {
        return whole(Map.of("role", "assistant", "content", Json.NULL, "tool_calls", toolCalls(calls, false)), 10);
    }

    /// An answer in pieces.
    static Turn streamed(String... pieces) {
        List<Object> deltas = new ArrayList<>();
        for (String piece : pieces) {
            deltas.add(Map.of("content", piece));
        }
        return frames(deltas);
    }

    /// A streamed call of a tool, its arguments in two pieces.
    static Turn streamedCall(String tool, String arguments) {
        int half = arguments.length() / 2;
        return frames(List.of(
                Map.of("tool_calls", toolCalls(List.of(Map.entry(tool, arguments.substring(0, half))), true)),
                Map.of(
                        "tool_calls",
                        List.of(Map.of("index", 0, "function", Map.of("arguments", arguments.substring(half)))))));
    }

    /// A refusal with headers, `name: value` each.
    static Turn refuse(int status, String body, String... headers) {
        return (exchange, call) -> {
            for (String header : headers) {
                String[] parts = header.split(": ", 2);
                exchange.getResponseHeaders().set(parts[0], parts[1]);
            }
            send(exchange, status, body);
        };
    }

    static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    static void frame(HttpExchange exchange, Object delta) throws IOException {
        raw(exchange, Json.write(Map.of("choices", List.of(Map.of("index", 0, "delta", delta)))));
    }

    static void raw(HttpExchange exchange, String data) throws IOException {
        exchange.getResponseBody().write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
    }

    private static Turn frames(List<Object> deltas) {
        return (exchange, call) -> {
            exchange.sendResponseHeaders(200, 0);
            for (Object delta : deltas) {
                frame(exchange, delta);
            }
            raw(exchange, "{\"choices\":[],\"usage\":{\"total_tokens\":10}}");
            raw(exchange, "[DONE]");
        };
    }

    private static Turn whole(Map<String, Object> message, long tokens) {
        String body = Json.write(Map.of(
                "choices", List.of(Map.of("index", 0, "message", message)), "usage", Map.of("total_tokens", tokens)));
        return (exchange, call) -> send(exchange, 200, body);
    }

    private static List<Object> toolCalls(List<Map.Entry<String, String>> calls, boolean indexed) {
        List<Object> all = new ArrayList<>();
        for (Map.Entry<String, String> call : calls) {
            Map<String, Object> one = new LinkedHashMap<>();
            if (indexed) {
                one.put("index", all.size());
            }
            one.put("id", "c" + all.size());
            one.put("type", "function");
            one.put("function", Map.of("name", call.getKey(), "arguments", call.getValue()));
            all.add(one);
        }
        return all;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Members body = text.isEmpty() ? new Members(Map.of()) : new Members(Json.object(text));
            var call = new Call(
                    exchange.getRequestURI().getPath(),
                    String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
                    body);
            calls.add(call);
            if (!call.path().equals("/v1/chat/completions")) {
                Turn scripted = fabric.poll();
                if (scripted != null) {
                    scripted.answer(exchange, call);
                    return;
                }
                send(exchange, refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? 503 : 200, "{}");
                return;
            }
            Turn turn = script.poll();
            (turn == null ? after : turn).answer(exchange, call);
        } catch (JsonException broken) {
            send(exchange, 400, "{}");
        }
    }
}
