package ai.openlegion.workflow.model;

import org.jspecify.annotations.Nullable;

/// Where the input of a step's task comes from.
public sealed interface InputFrom {

    /// Nothing is said: the input of the run, and for an item of a fan-out the item alone.
    record Unsaid() implements InputFrom {}

    /// The input of the run: `trigger.payload`.
    record Payload() implements InputFrom {}

    /// The result of an earlier step, or a part of it: `research`, `research.result.company`.
    record Result(ResultPath path) implements InputFrom {}

    /// An entry of the blackboard, as the step's agent may read it: `blackboard://context/prospect_{lead_id}`.
    ///
    /// @param key with variables of the run's input in braces
    record Board(KeyTemplate key) implements InputFrom {}

    /// As a file has it; null where it says nothing.
    default @Nullable String text() {
        return switch (this) {
            case Unsaid _ -> null;
            case Payload _ -> "trigger.payload";
            case Result result -> result.path().text();
            case Board board -> "blackboard://" + board.key().text();
        };
    }

    /// Reads what a file says; where it says nothing, take [Unsaid].
    ///
    /// @throws Malformed when it is none of the three forms
    static InputFrom parse(String text) throws Malformed {
        if (text.equals("trigger.payload")) {
            return new Payload();
        }
        if (text.startsWith("blackboard://")) {
            return new Board(KeyTemplate.parse(text.substring("blackboard://".length())));
        }
        return new Result(ResultPath.parse(text));
    }
}
