package ai.openlegion.schedule;

/// What a probe found.
sealed interface Answer {

    /// There is a reason to wake the agent, which it is told.
    record Fired(String reason) implements Answer {}

    /// There is none.
    record Still() implements Answer {}

    /// Nobody can tell now.
    record Unknown(String why) implements Answer {}
}
