package ai.openlegion.scenario;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/// A way to ask for an answer: a door, whole or streamed, and how an answer or a failure looks there.
enum Way {
    CHAT("/v1/chat/completions", false),
    CHAT_STREAM("/v1/chat/completions", true),
    MESSAGES("/v1/messages", false),
    MESSAGES_STREAM("/v1/messages", true),
    RESPONSES("/v1/responses", false),
    RESPONSES_STREAM("/v1/responses", true),
    MESH("/mesh/api", false),
    MESH_STREAM("/mesh/api/stream", true);

    final String path;
    final boolean streams;

    Way(String path, boolean streams) {
        this.path = path;
        this.streams = streams;
    }

    /// A request for an answer of at most 64 tokens.
    ///
    /// @param directive what the simulated provider is to do; empty = be honest
    JsonObject body(String model, String directive) {
        String text = directive.isEmpty() ? "hello" : "[[sim " + directive + "]] hello";
        JsonArray messages =
                new JsonArray().add(new JsonObject().put("role", "user").put("content", text));
        JsonObject chat =
                new JsonObject().put("model", model).put("messages", messages).put("max_tokens", 64);
        return switch (this) {
            case CHAT, CHAT_STREAM, MESSAGES, MESSAGES_STREAM -> chat.put("stream", streams);
            case RESPONSES, RESPONSES_STREAM ->
                new JsonObject()
                        .put("model", model)
                        .put("input", messages)
                        .put("max_output_tokens", 64)
                        .put("stream", streams);
            case MESH, MESH_STREAM ->
                new JsonObject().put("service", "llm").put("action", "chat").put("params", chat);
        };
    }

    /// Whether a client would take this for a whole answer.
    boolean isAnswer(Reply reply) {
        if (reply.status() != 200) {
            return false;
        }
        String body = reply.body();
        return switch (this) {
            case CHAT -> body.contains("\"finish_reason\":\"") && !has(reply, "error");
            case CHAT_STREAM -> events(reply).contains("[DONE]") && !body.contains("\"error\":{");
            case MESSAGES -> body.contains("\"stop_reason\":\"") && !has(reply, "error");
            case MESSAGES_STREAM -> body.contains("\"type\":\"message_stop\"") && !body.contains("event: error");
            case RESPONSES -> "completed".equals(reply.json().getString("status"));
            case RESPONSES_STREAM ->
                body.contains("\"type\":\"response.completed\"") && !body.contains("response.failed");
            case MESH -> reply.json().getBoolean("success");
            case MESH_STREAM -> body.contains("\"type\":\"done\"") && !body.contains("\"type\":\"error\"");
        };
    }

    /// The status that a client is told: HTTP's, or the one in the mesh's envelope; 0 where an error stands inside a
    /// stream that began, and -1 where none is told at all.
    int error(Reply reply) {
        return switch (this) {
            case CHAT, CHAT_STREAM, RESPONSES, RESPONSES_STREAM, MESSAGES, MESSAGES_STREAM ->
                reply.status() != 200 ? (isTyped(reply) ? reply.status() : -1) : hasErrorInside(reply) ? 0 : -1;
            case MESH -> {
                JsonObject json = reply.json();
                yield json.getString("error_type", "").isEmpty() ? -1 : json.getInteger("status_code");
            }
            case MESH_STREAM -> {
                List<String> events = events(reply);
                JsonObject last = events.isEmpty() ? new JsonObject() : new JsonObject(events.getLast());
                yield !"error".equals(last.getString("type"))
                                || last.getString("error_type", "").isEmpty()
                        ? -1
                        : events.size() > 1 ? 0 : last.getInteger("status_code");
            }
        };
    }

    private boolean isTyped(Reply reply) {
        if (!has(reply, "error")) {
            return false;
        }
        JsonObject error = reply.error();
        boolean spoken = !error.getString("message", "").isEmpty() && error.getString("type") != null;
        return (this == MESSAGES || this == MESSAGES_STREAM)
                ? spoken && "error".equals(reply.json().getString("type"))
                : spoken && error.containsKey("code") && error.containsKey("param");
    }

    private boolean hasErrorInside(Reply reply) {
        if (!streams) {
            return false;
        }
        List<String> events = events(reply);
        if (events.isEmpty() || events.getLast().equals("[DONE]")) {
            return false;
        }
        JsonObject last = new JsonObject(events.getLast());
        return switch (this) {
            case RESPONSES_STREAM -> "response.failed".equals(last.getString("type"));
            case MESSAGES_STREAM ->
                "error".equals(last.getString("type"))
                        && last.getJsonObject("error").getString("type") != null;
            case CHAT, CHAT_STREAM, MESSAGES, RESPONSES, MESH, MESH_STREAM -> last.getJsonObject("error") != null;
        };
    }

    /// The data of a stream's events.
    static List<String> events(Reply reply) {
        return reply.body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring(6))
                .toList();
    }

    private static boolean has(Reply reply, String member) {
        try {
            return reply.json().getValue(member) != null;
        } catch (DecodeException notJson) {
            return false;
        }
    }
}
