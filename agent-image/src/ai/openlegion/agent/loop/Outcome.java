package ai.openlegion.agent.loop;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.json.Members;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How a task ended.
///
/// @param status `complete`, `failed`, `cancelled` or `timeout`
/// @param result of a complete task
/// @param error why it is not complete
/// @param promote blackboard entries by their keys, which the mesh writes in this agent's name
public record Outcome(
        String status, Optional<Object> result, Optional<String> error, Map<String, Object> promote) {

    private static final Pattern FENCED = Pattern.compile("```(?:json)?\\s*\\n(.*)\\n\\s*```", Pattern.DOTALL);

    /// What the model's last text says: `{"result": …, "promote": {…}}`, or any text, which becomes `{"raw": text}`.
    static Outcome of(String text) {
        Matcher fenced = FENCED.matcher(text.strip());
        String candidate = fenced.matches() ? fenced.group(1) : text;
        try {
            var answer = new Members(Json.object(candidate));
            Optional<Object> result = answer.any("result");
            if (result.isPresent()) {
                return new Outcome(
                        "complete", result, Optional.empty(), answer.object("promote").all());
            }
        } catch (JsonException prose) {
            // an answer need not be JSON
        }
        return new Outcome("complete", Optional.of(Map.of("raw", text)), Optional.empty(), Map.of());
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
