package ai.openlegion.workflow.model;

/// Where the input of a step's task comes from.
public sealed interface InputFrom {

    /// The input of the run: `trigger.payload`, also where nothing is said.
    record Payload() implements InputFrom {}

    /// The result of an earlier step, or a part of it: `research`, `research.result.company`.
    record Result(ResultPath path) implements InputFrom {}

    /// An entry of the blackboard, as the step's agent may read it: `blackboard://context/prospect_{lead_id}`.
    ///
    /// @param key with variables of the run's input in braces
    record Board(KeyTemplate key) implements InputFrom {}

    /// Reads what a file says.
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
