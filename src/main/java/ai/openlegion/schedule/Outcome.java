package ai.openlegion.schedule;

/// What became of a run.
sealed interface Outcome {

    /// The message was sent, or the workflow started.
    record Done() implements Outcome {}

    /// The heartbeat found no reason to wake the agent.
    record Quiet() implements Outcome {}

    /// The owner may not do it any more.
    ///
    /// @param rule of the permissions that decided
    record Denied(String rule, String why) implements Outcome {}

    /// It did not happen.
    record Failed(String why) implements Outcome {}
}
