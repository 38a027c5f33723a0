package ai.openlegion.supervisor;

/// What happens to an agent. What belongs to one run of it carries the run's number; of an earlier run nothing is heard
/// any more.
sealed interface Event {

    /// It is to run: the configuration has it, or the operator starts it.
    record Wanted() implements Event {}

    /// It is to rest until somebody wants it: the operator stops it, or the mesh stops.
    record Unwanted(String why) implements Event {}

    /// What runs now is to make way for another start: its program has changed, or the operator restarts it.
    record Renewed(String why) implements Event {}

    /// It is not part of the fleet any more.
    record Removed(String why) implements Event {}

    /// It cannot be run as its entry says.
    record Unfit(String why) implements Event {}

    /// It runs already, since before this mesh began.
    ///
    /// @param registered whether it has registered with the token it still has
    /// @param startedAt in milliseconds
    record Adopted(boolean registered, long startedAt) implements Event {}

    /// Its program runs.
    record Launched(long run) implements Event {}

    /// Its program does not run.
    record NotLaunched(long run, Blame blame, String why) implements Event {}

    /// Who is to blame for a start that failed.
    enum Blame {
        /// The agent itself; trying again counts as a restart.
        AGENT,
        /// Its engine, which is waited for.
        ENGINE,
        /// The mesh, which could not record it; tried again.
        MESH,
        /// Its entry or the machine; trying again is in vain until somebody changes something.
        ENTRY
    }

    /// It registered with this run's token.
    record Came(long run) implements Event {}

    /// It passed a check.
    record Passed(long run) implements Event {}

    /// It did not.
    record Missed(long run, String why) implements Event {}

    /// Its program has ended by itself.
    ///
    /// @param finished whether with success
    /// @param byEngine whether its engine took it along
    record Ended(long run, boolean finished, boolean byEngine, String why) implements Event {}

    /// Its volume holds more than it may.
    record Overfull(long run, String why) implements Event {}

    /// What there was of the run has been removed.
    record Gone(long run) implements Event {}

    /// It could not be removed, and is tried again.
    record Resisted(long run) implements Event {}

    /// The engine that runs it does not answer.
    record EngineLost(String why) implements Event {}

    /// It answers again.
    record EngineBack() implements Event {}

    /// It has begun a task.
    record TaskBegun() implements Event {}

    /// It works on nothing.
    record TaskOver() implements Event {}

    /// Time has passed.
    record Tick() implements Event {}
}
