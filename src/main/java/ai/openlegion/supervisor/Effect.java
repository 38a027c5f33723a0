package ai.openlegion.supervisor;

/// What is to be done for an agent, in the order in which a [Lifecycle] names it.
sealed interface Effect {

    /// Mint a token, open the door to it, start the program; answered by [Event.Launched] or [Event.NotLaunched].
    record Launch(long run) implements Effect {}

    /// Close the door: the run's token opens nothing from now on.
    record Revoke(long run) implements Effect {}

    /// End and remove what there is of the run; answered by [Event.Gone] or [Event.Resisted].
    record Stop(long run) implements Effect {}

    /// Look at the run; answered by [Event.Passed], [Event.Missed], [Event.Ended] or [Event.Overfull].
    ///
    /// @param whole whether the engine and the volume are looked at as well
    record Check(long run, boolean whole) implements Effect {}

    /// The agent is gone for good.
    record Forget() implements Effect {}
}
