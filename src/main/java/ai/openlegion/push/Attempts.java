package ai.openlegion.push;

/// The attempts so far at the item at the head of a lane, and what follows from the next outcome.
///
/// @param failures that count against the item
/// @param misses that do not: the endpoint was not there, or the agent was busy
record Attempts(int failures, int misses) {

    static final Attempts NONE = new Attempts(0, 0);

    /// A busy agent is asked again at least this many first back-offs later, so that its next task does not wait long.
    private static final int BUSY_BACK_OFFS = 4;

    /// What a lane does next.
    sealed interface Next {}

    /// The next item.
    record Advance() implements Next {}

    /// The same item again after a while.
    record Again(Attempts attempts, long afterMillis) implements Next {}

    /// The item stays in the inbox, to be pulled; then the next one.
    record LeaveBehind(String why) implements Next {}

    Next after(Outcome outcome, PushSettings settings) {
        return switch (outcome) {
            case Outcome.Taken() -> new Advance();
            case Outcome.Unreached(String why) -> missed(settings.longestBackOffMillis(), settings);
            case Outcome.Busy() -> missed(BUSY_BACK_OFFS * settings.firstBackOffMillis(), settings);
            case Outcome.Misunderstood() -> failed("status 422", settings);
            case Outcome.Failed(String why) -> failed(why, settings);
        };
    }

    private Next missed(long longestMillis, PushSettings settings) {
        Attempts more = new Attempts(failures, misses + 1);
        return new Again(more, Math.min(settings.backOffMillis(more.misses), longestMillis));
    }

    private Next failed(String why, PushSettings settings) {
        Attempts more = new Attempts(failures + 1, misses);
        return more.failures >= settings.attempts()
                ? new LeaveBehind(why)
                : new Again(more, settings.backOffMillis(more.failures));
    }
}
