package ai.openlegion.agent.loop;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.json.Members;
import java.util.Map;
import java.util.Optional;

/// How a task ended.
///
/// @param status `complete`, `failed`, `cancelled` or `timeout`
/// @param result of a complete task
/// @param error why it is not complete
/// @param promote blackboard entries by their keys, which the mesh writes in this agent's name
public record Outcome(
        String status, Optional<Object> result, Optional<String> error, Map<String, Object> promote) {

    private static final String FENCE = "```";

    /// Longer than any result that the mesh takes; parsed, a text can be twenty times its size.
    private static final int MOST_CHARS = 512 * 1024;

    /// What the model's last text says: `{"result": …, "promote": {…}}`, or any text, which becomes `{"raw": text}`.
    static Outcome of(String text) {
        try {
            if (text.length() <= MOST_CHARS) {
                var answer = new Members(Json.object(unfenced(text.strip())));
                Optional<Object> result = Optional.ofNullable(answer.all().get("result"));
                if (result.isPresent()) {
                    return new Outcome(
                            "complete",
                            result,
                            Optional.empty(),
                            answer.object("promote").all());
                }
            }
        } catch (JsonException prose) {
            // an answer need not be JSON
        }
        return new Outcome("complete", Optional.of(Map.of("raw", text)), Optional.empty(), Map.of());
    }

    private static String unfenced(String text) {
        int line = text.indexOf('\n');
        int end = text.length() - FENCE.length();
        if (!text.startsWith(FENCE) || !text.endsWith(FENCE) || line < 0 || line > end) {
            return text;
        }
        String language = text.substring(FENCE.length(), line).strip();
        return language.isEmpty() || language.equals("json") ? text.substring(line, end) : text;
    }

    public static Outcome failed(String why) {
        return new Outcome("failed", Optional.empty(), Optional.of(why), Map.of());
    }

    public static Outcome cancelled() {
        return new Outcome("cancelled", Optional.empty(), Optional.of("The task was cancelled"), Map.of());
    }

    public static Outcome timeout() {
        return new Outcome("timeout", Optional.empty(), Optional.of("The task's time is over"), Map.of());
    }
}
