package ai.openlegion.push;

/// What became of one attempt to push an item.
sealed interface Outcome {

    /// The endpoint has it.
    record Taken() implements Outcome {}

    /// Nobody saw it: no connection came about.
    record Unreached(String why) implements Outcome {}

    /// The agent is there and will take it later.
    record Busy() implements Outcome {}

    /// The endpoint does not know an item of this form, a 422.
    record Misunderstood() implements Outcome {}

    /// The endpoint refused it, broke off, or did not answer in time.
    record Failed(String why) implements Outcome {}
}
