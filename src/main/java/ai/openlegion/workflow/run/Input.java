package ai.openlegion.workflow.run;

/// What an attempt's `input_data` is made of.
public sealed interface Input {

    /// It is at hand.
    ///
    /// @param inputData the text of a JSON object
    record Ready(String inputData) implements Input {}

    /// An entry of the blackboard is needed first; then [Run#entryInput] makes the input of it.
    ///
    /// @param key with the variables put in, each of them checked; whether it is a key at all is not
    record Entry(String key) implements Input {}

    /// There is none, and trying again will not help.
    ///
    /// @param why in words
    record Impossible(String why) implements Input {}
}
