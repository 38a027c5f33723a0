package ai.openlegion.agent.loop;

import ai.openlegion.agent.json.Members;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// A task as the mesh assigns it.
///
/// @param taskId unlike every other task's, also of another attempt at the same step
/// @param type what is to be done
/// @param input what it is to be done with; what is no object stands in one as `input`
/// @param context what else may help
/// @param timeout when it ends at the latest
/// @param budget `{max_tokens, max_usd}`, empty without one
public record Assignment(
        String taskId,
        String type,
        Map<String, Object> input,
        Map<String, Object> context,
        Duration timeout,
        Members budget) {

    private static final double TIMEOUT_SECONDS = 120;
    private static final double MOST_SECONDS = 7 * 86_400;
    private static final int ID_CHARS = 256;

    /// Reads the body of `POST /task`; empty if it has no task id or its timeout is no time.
    public static Optional<Assignment> of(Members body) {
        double seconds = body.number("timeout").orElse(TIMEOUT_SECONDS);
        Optional<String> id = body.text("task_id").filter(text -> !text.isBlank() && text.length() <= ID_CHARS);
        if (id.isEmpty() || seconds <= 0) {
            return Optional.empty();
        }
        return Optional.of(new Assignment(
                id.get(),
                body.text("task_type").orElse(""),
                body.any("input_data")
                        .map(input -> Members.of(input).map(Members::all).orElseGet(() -> Map.of("input", input)))
                        .orElse(Map.of()),
                body.object("context").all(),
                Duration.ofMillis((long) (Math.min(seconds, MOST_SECONDS) * 1_000)),
                body.object("token_budget")));
    }
}
