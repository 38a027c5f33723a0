package ai.openlegion.simulator;

import static java.util.Objects.requireNonNull;

import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A streamed response of OpenAI's: one output item after another.
final class ResponsesEvents implements Sink {

    private final Ask ask;
    private final Answer answer;
    private final EventWriter out;
    private final StringBuilder said = new StringBuilder();
    private long sequence;
    private int item = -1;
    private int tokens;
    private @Nullable Part head;

    ResponsesEvents(Ask ask, Answer answer, HttpServerResponse response) {
        this.ask = ask;
        this.answer = answer;
        out = new EventWriter(ask.script(), response);
    }

    @Override
    public void open() {
        out.open();
        JsonObject response = ResponsesFrames.response(ask, "in_progress", List.of(), null, null);
        send("response.created", new JsonObject().put("response", response));
        send("response.in_progress", new JsonObject().put("response", response));
    }

    @Override
    public void token(int choice, int i, long generated) {
        tokens = i + 1;
        if (head != null && head.kind() == Part.Kind.TEXT && answer.isWord(i)) {
            said.append(Answer.word(i));
            out.write(ResponsesFrames.word(item, i, sequence++));
            return;
        }
        Delta delta = answer.delta(i);
        if (Part.begins(delta, head == null ? null : head.kind())) {
            close("completed");
            begin(delta);
        }
        said.append(Part.text(delta));
        String type = switch (requireNonNull(head).kind()) {
            case TEXT -> {
                out.write(ResponsesFrames.event(
                        "response.output_text.delta",
                        sequence++,
                        ResponsesFrames.inText(item)
                                .put("delta", Part.text(delta))
                                .put("logprobs", new JsonArray())));
                yield "";
            }
            case REFUSAL -> "response.refusal.delta";
            case REASONING -> ResponsesWording.showsReasoning(ask) ? "response.reasoning_summary_text.delta" : "";
            case REDACTED -> "";
            case CALL -> delta instanceof Delta.ToolStart ? "" : "response.function_call_arguments.delta";
            case CUSTOM_CALL -> delta instanceof Delta.ToolStart ? "" : "response.custom_tool_call_input.delta";
        };
        if (!type.isEmpty()) {
            send(type, inHead().put("delta", Part.text(delta)));
        }
    }

    @Override
    public void finish(long generated) {
        boolean cut = answer.finish() == Finish.LENGTH;
        close(cut ? "incomplete" : "completed");
        String status = cut ? "incomplete" : "completed";
        send(
                "response." + status,
                new JsonObject()
                        .put(
                                "response",
                                ResponsesFrames.response(ask, status, Part.of(answer, tokens), generated, null)));
        out.end();
    }

    @Override
    public void stop() {
        out.end();
    }

    @Override
    public void fail() {
        String code = ask.script().has("error_code") ? ask.script().text("error_code") : "server_error";
        String message = "The server had an error while processing your request";
        JsonObject error = new JsonObject().put("code", code).put("message", message);
        if (ask.script().has("bare_error")) {
            send("error", error.putNull("param"));
        } else {
            JsonObject failed = ResponsesFrames.response(ask, "failed", Part.of(answer, tokens), null, error);
            send("response.failed", new JsonObject().put("response", failed));
        }
        out.end();
    }

    @Override
    public void drop() {
        out.drop(ResponsesFrames.word(Math.max(0, item), tokens, sequence));
    }

    @Override
    public boolean full() {
        return out.full();
    }

    private void begin(Delta first) {
        item++;
        said.setLength(0);
        head = first instanceof Delta.ToolStart start
                ? new Part(Part.kind(first), "", start.id(), start.name())
                : new Part(Part.kind(first), "", "", "");
        itemEvent("response.output_item.added", "in_progress");
        switch (head.kind()) {
            case TEXT -> send("response.content_part.added", inHead().put("part", ResponsesFrames.text("")));
            case REFUSAL -> send("response.content_part.added", inHead().put("part", ResponsesFrames.refusal("")));
            case REASONING -> {
                if (ResponsesWording.showsReasoning(ask)) {
                    send("response.reasoning_summary_part.added", inHead().put("part", ResponsesFrames.summary("")));
                }
            }
            case REDACTED, CALL, CUSTOM_CALL -> {}
        }
    }

    private void close(String status) {
        if (head == null) {
            return;
        }
        String text = said.toString();
        switch (head.kind()) {
            case TEXT -> {
                send("response.output_text.done", inHead().put("text", text).put("logprobs", new JsonArray()));
                send("response.content_part.done", inHead().put("part", ResponsesFrames.text(text)));
            }
            case REFUSAL -> {
                send("response.refusal.done", inHead().put("refusal", text));
                send("response.content_part.done", inHead().put("part", ResponsesFrames.refusal(text)));
            }
            case REASONING -> {
                if (ResponsesWording.showsReasoning(ask)) {
                    send("response.reasoning_summary_text.done", inHead().put("text", text));
                    send("response.reasoning_summary_part.done", inHead().put("part", ResponsesFrames.summary(text)));
                }
            }
            case CALL ->
                send(
                        "response.function_call_arguments.done",
                        inHead().put("name", head.name()).put("arguments", text));
            case CUSTOM_CALL -> send("response.custom_tool_call_input.done", inHead().put("input", text));
            case REDACTED -> {}
        }
        head = new Part(head.kind(), text, head.id(), head.name());
        itemEvent("response.output_item.done", status);
        head = null;
    }

    private void itemEvent(String type, String status) {
        send(
                type,
                new JsonObject()
                        .put("output_index", item)
                        .put("item", ResponsesFrames.item(item, requireNonNull(head), status, ask)));
    }

    /* What the events inside the open item name. */
    private JsonObject inHead() {
        return switch (requireNonNull(head).kind()) {
            case TEXT, REFUSAL -> ResponsesFrames.inText(item);
            case REASONING, REDACTED ->
                ResponsesFrames.inItem(item, ResponsesFrames.reasoningId(item)).put("summary_index", 0);
            case CALL, CUSTOM_CALL -> ResponsesFrames.inItem(item, ResponsesFrames.callId(item));
        };
    }

    private void send(String type, JsonObject members) {
        out.write(ResponsesFrames.event(type, sequence++, members));
    }
}
