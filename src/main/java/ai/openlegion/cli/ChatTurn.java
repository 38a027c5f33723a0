package ai.openlegion.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One message to an agent and its answer, event by event.
final class ChatTurn {
    private final Listener listener;
    private String event = "";
    private @Nullable JsonObject done;
    private @Nullable String failure;

    /// Hears an answer as it comes. All of it is the agent's: whoever shows it makes it harmless first.
    interface Listener {
        void text(String delta);

        void toolStarts(String name, String input);

        void toolEnded(String name, String output);
    }

    ChatTurn(Listener listener) {
        this.listener = listener;
    }

    /// Follows an answer to its end.
    ///
    /// @return what the agent says in its last event: `response`, `tool_outputs`, `tokens_used`
    JsonObject follow(LiveAnswer answer) throws CommandFailure, IOException {
        // not closed here: closing a reader waits for whoever reads it
        BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null && done == null && failure == null; line = lines.readLine()) {
            if (line.startsWith("event: ")) {
                event = line.substring("event: ".length());
            } else if (line.startsWith("data: ")) {
                hear(new JsonObject(line.substring("data: ".length())));
            }
        }
        if (failure != null) {
            throw CommandFailure.failed(Terminal.harmless(failure));
        }
        if (done == null) {
            throw new IOException("the mesh ended the answer");
        }
        return done;
    }

    private void hear(JsonObject data) throws DecodeException {
        switch (event) {
            case "text_delta" -> listener.text(text(data, "content"));
            case "tool_start" -> listener.toolStarts(text(data, "name"), text(data, "input"));
            case "tool_result" -> listener.toolEnded(text(data, "name"), text(data, "output"));
            case "done" -> done = data;
            case "error" -> failure = text(data, "detail");
            default -> {} // open: what a later mesh sends besides
        }
    }

    /// A member as text, whatever an agent put there.
    static String text(JsonObject data, String member) {
        Object value = data.getValue(member);
        return value == null ? "" : String.valueOf(value);
    }
}
