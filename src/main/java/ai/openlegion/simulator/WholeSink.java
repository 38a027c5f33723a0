package ai.openlegion.simulator;

import static java.util.Objects.requireNonNull;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// An unstreamed answer: one JSON body, written when all of it is generated.
final class WholeSink implements Sink {

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private final ChatRequest request;
    private final Answer answer;
    private final Frames frames;
    private final HttpServerResponse response;
    private int said;

    WholeSink(ChatRequest request, Answer answer, Frames frames, HttpServerResponse response) {
        this.request = request;
        this.answer = answer;
        this.frames = frames;
        this.response = response;
    }

    @Override
    public void open() {}

    @Override
    public void token(int choice, int i, long generated) {
        said = i + 1;
    }

    @Override
    public void finish(long generated) {
        send(body(answer.finishReason(), generated));
    }

    @Override
    public void stop() {
        send(body(null, (long) said * request.choices()));
    }

    @Override
    public void fail() {
        response.setStatusCode(500);
        send(new JsonObject()
                .put(
                        "error",
                        new JsonObject()
                                .put("message", "The server had an error")
                                .put("type", "server_error"))
                .toBuffer());
    }

    @Override
    public void drop() {
        Buffer body = body(null, said);
        response.putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()))
                .write(body.getBuffer(0, body.length() / 2))
                .onComplete(_ -> response.reset());
    }

    @Override
    public boolean full() {
        return false;
    }

    private void send(Buffer body) {
        response.putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(body);
    }

    private Buffer body(@Nullable String finishReason, long generated) {
        JsonArray choices = new JsonArray();
        for (int choice = 0; choice < request.choices(); choice++) {
            choices.add(new JsonObject()
                    .put("index", choice)
                    .put("message", message())
                    .putNull("logprobs")
                    .put("finish_reason", finishReason));
        }
        Usage usage = "none".equals(request.script().text("lie_usage")) ? null : Usage.claimed(request, generated);
        return frames.whole(choices, usage).toBuffer();
    }

    private JsonObject message() {
        StringBuilder content = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        TreeMap<Integer, JsonObject> calls = new TreeMap<>();
        for (int i = 0; i < said; i++) {
            if (answer.isWord(i)) {
                content.append(Answer.word(i));
                continue;
            }
            switch (answer.delta(i)) {
                case Delta.Text text -> content.append(text.text());
                case Delta.Reasoning thought -> reasoning.append(thought.text());
                case Delta.ToolStart start ->
                    calls.put(
                            start.call(),
                            new JsonObject()
                                    .put("id", start.id())
                                    .put("type", "function")
                                    .put(
                                            "function",
                                            new JsonObject()
                                                    .put("name", start.name())
                                                    .put("arguments", "")));
                case Delta.ToolArguments more -> {
                    JsonObject function = requireNonNull(calls.get(more.call())).getJsonObject("function");
                    function.put("arguments", function.getString("arguments") + more.piece());
                }
            }
        }
        JsonObject message = new JsonObject().put("role", "assistant");
        if (!reasoning.isEmpty()) {
            message.put("reasoning_content", reasoning.toString());
        }
        if (calls.isEmpty()) {
            return message.put("content", content.toString());
        }
        return message.putNull("content").put("tool_calls", new JsonArray(List.copyOf(calls.values())));
    }
}
