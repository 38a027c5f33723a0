package ai.openlegion.workflow;

import static java.util.Objects.requireNonNull;

import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What was approved of a step, as it is handed to its agent.
///
/// @param text of all of it, a JSON object
/// @param input the text of a JSON object; null where the step is a fan-out
/// @param items of a fan-out, the texts of JSON objects
/// @param context the text of a JSON object
record Request(String text, AgentId agent, @Nullable String input, List<String> items, String context) {

    /// Of the whole text: what nobody can look through is not asked for.
    private static final int MOST_CHARS = 1024 * 1024;

    Request {
        items = List.copyOf(items);
    }

    /// Reads what was stored.
    ///
    /// @throws IllegalArgumentException when it is no request
    static Request read(String text) {
        if (!(Members.read(text.getBytes(StandardCharsets.UTF_8)) instanceof Members.Read(Members members))) {
            throw new IllegalArgumentException("a stored request is no object");
        }
        List<String> items = members.raws("items");
        return new Request(
                text,
                new AgentId(requireNonNull(members.string("agent"))),
                members.raw("input_data"),
                items == null ? List.of() : items,
                requireNonNull(members.raw("context")));
    }

    /// Whether a text is too long to be asked for.
    static boolean isTooLong(CharSequence text) {
        return text.length() > MOST_CHARS;
    }

    /// Why a text cannot be asked for; null where it can.
    static @Nullable String flaw(String text) {
        if (isTooLong(text)) {
            return "the request has more than " + MOST_CHARS + " characters";
        }
        return Members.read(text.getBytes(StandardCharsets.UTF_8)) instanceof Members.Read
                ? null
                : "the request is nested too deep";
    }

    /// What an agent is handed of it.
    ///
    /// @param item of a fan-out; -1 where the step is none
    Execution.Task task(int item) {
        return new Execution.Task(item < 0 ? requireNonNull(input) : items.get(item), context);
    }
}
