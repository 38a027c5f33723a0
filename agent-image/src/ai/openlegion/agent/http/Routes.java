package ai.openlegion.agent.http;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.loop.Agent;
import ai.openlegion.agent.loop.Assignment;
import ai.openlegion.agent.loop.Chat;
import ai.openlegion.agent.loop.RunEvents;
import ai.openlegion.agent.model.ModelFailure;
import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.tools.Tool;
import ai.openlegion.agent.work.Chats;
import ai.openlegion.agent.work.Journal;
import ai.openlegion.agent.work.Letters;
import ai.openlegion.agent.work.Tasks;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the mesh may ask of the agent.
///
/// @param status what `GET /status` answers
/// @param memory what the agent remembers, in at most that many characters
public record Routes(
        Agent agent,
        Tasks tasks,
        Chats chats,
        Letters letters,
        Journal journal,
        Supplier<Map<String, Object>> status,
        IntFunction<String> memory) {

    private static final Pattern TASK_ID = Pattern.compile("(?:^|.*&)task_id=([^&]+)(?:&.*|$)");
    private static final Pattern DAYS = Pattern.compile("(?:^|.*&)days=([0-9]{1,4})(?:&.*|$)");
    private static final int MEMORY_CHARS = 5_000;

    Map<String, AgentServer.Route> all() {
        Map<String, AgentServer.Route> routes = new LinkedHashMap<>();
        routes.put("POST /task", this::task);
        routes.put("POST /cancel", this::cancel);
        routes.put("GET /status", exchange -> AgentServer.answer(exchange, 200, status.get()));
        routes.put("GET /result", this::result);
        routes.put("GET /capabilities", this::capabilities);
        routes.put("POST /chat", this::chat);
        routes.put("POST /chat/stream", this::chatStream);
        routes.put("POST /chat/steer", this::steer);
        routes.put("POST /chat/reset", this::reset);
        routes.put("POST /message", this::message);
        routes.put("GET /history", this::history);
        return routes;
    }

    private void task(HttpExchange exchange) throws IOException, HttpFailure {
        Assignment assignment = Assignment.of(AgentServer.body(exchange))
                .orElseThrow(() -> new HttpFailure(422, "task_id is missing, or timeout is not above 0"));
        switch (tasks.take(assignment)) {
            case STARTED -> {
                journal.add("task", assignment.taskId() + " " + assignment.type());
                AgentServer.answer(exchange, 200, Map.of("accepted", true, "status", "executing"));
            }
            case KNOWN -> {
                String state = tasks.result(assignment.taskId()).isPresent() ? "finished" : "executing";
                AgentServer.answer(exchange, 200, Map.of("accepted", true, "status", state));
            }
            case BUSY ->
                AgentServer.answer(
                        exchange, 200, Map.of("accepted", false, "status", "busy", "error", "Agent is working"));
        }
    }

    private void cancel(HttpExchange exchange) throws IOException, HttpFailure, InterruptedException {
        tasks.cancel(AgentServer.body(exchange).text("task_id"));
        AgentServer.answer(exchange, 200, Map.of("status", "cancelled"));
    }

    private void result(HttpExchange exchange) throws IOException, HttpFailure {
        String result = query(exchange, TASK_ID)
                .flatMap(tasks::result)
                .orElseThrow(() -> new HttpFailure(404, "no such result"));
        AgentServer.answerText(exchange, 200, result);
    }

    private void capabilities(HttpExchange exchange) throws IOException {
        Settings settings = agent.context().settings();
        AgentServer.answer(
                exchange,
                200,
                Map.of(
                        "agent_id",
                        settings.agentId(),
                        "role",
                        settings.role(),
                        "skills",
                        agent.tools().stream().map(Tool::name).toList(),
                        "tool_definitions",
                        agent.definitions()));
    }

    private void chat(HttpExchange exchange) throws IOException, HttpFailure, InterruptedException {
        String message = said(AgentServer.body(exchange));
        try {
            AgentServer.answer(exchange, 200, turn(message, RunEvents.NONE).toJson());
        } catch (ModelFailure failure) {
            throw new HttpFailure(failure.isBudget() ? 402 : 502, String.valueOf(failure.getMessage()));
        }
    }

    private void chatStream(HttpExchange exchange) throws IOException, HttpFailure, InterruptedException {
        String message = said(AgentServer.body(exchange));
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.getResponseHeaders().set("Cache-Control", "no-cache");
        exchange.sendResponseHeaders(200, 0);
        var stream = new EventStream(exchange.getResponseBody());
        try {
            stream.send("done", turn(message, stream).toJson());
        } catch (ModelFailure | HttpFailure failure) {
            stream.send("error", Map.of("error", String.valueOf(failure.getMessage())));
        }
    }

    private Chat.Turn turn(String message, RunEvents events) throws HttpFailure, ModelFailure, InterruptedException {
        Chat.Turn turn =
                chats.say(message, events).orElseThrow(() -> new HttpFailure(503, "too many chats are waiting"));
        journal.add("chat", message);
        journal.add("answer", turn.response());
        return turn;
    }

    private void steer(HttpExchange exchange) throws IOException, HttpFailure {
        String message = said(AgentServer.body(exchange));
        boolean chatting = chats.isRunning();
        Optional<Boolean> toTask = chatting ? Optional.empty() : tasks.steer(message);
        if (!toTask.orElseGet(() -> chats.steer(message))) {
            throw new HttpFailure(429, "too many steers are waiting");
        }
        boolean working = chatting || toTask.isPresent();
        AgentServer.answer(exchange, 200, Map.of("injected", working, "agent_state", working ? "working" : "idle"));
    }

    private void reset(HttpExchange exchange) throws IOException, InterruptedException {
        chats.reset();
        AgentServer.answer(exchange, 200, Map.of("status", "ok"));
    }

    private void message(HttpExchange exchange) throws IOException, HttpFailure {
        Members body = AgentServer.body(exchange);
        if (body.text("type").isEmpty()) {
            throw new HttpFailure(422, "type is missing");
        }
        letters.take(body);
        String from = body.text("from_agent").or(() -> body.text("from")).orElse("");
        AgentServer.answer(
                exchange,
                200,
                Map.of("received", true, "from", from, "type", body.text("type").orElseThrow()));
    }

    private void history(HttpExchange exchange) throws IOException {
        Settings settings = agent.context().settings();
        int days = query(exchange, DAYS).map(Integer::parseInt).orElse(1);
        AgentServer.answer(
                exchange,
                200,
                Map.of(
                        "agent_id",
                        settings.agentId(),
                        "role",
                        settings.role(),
                        "logs",
                        journal.read(days),
                        "memory",
                        memory.apply(MEMORY_CHARS)));
    }

    private static String said(Members body) throws HttpFailure {
        return body.text("message")
                .filter(message -> !message.isBlank())
                .orElseThrow(() -> new HttpFailure(422, "message is missing"));
    }

    private static Optional<String> query(HttpExchange exchange, Pattern wanted) {
        Matcher matcher =
                wanted.matcher(Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse(""));
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
