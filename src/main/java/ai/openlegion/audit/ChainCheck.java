package ai.openlegion.audit;

/// What a check of the whole chain found.
public sealed interface ChainCheck {

    /// Every entry is there, as it was chained, in its order.
    ///
    /// @param end the last; [Tail#START] where there is none
    record Intact(Tail end) implements ChainCheck {}

    /// The chain holds up to the entry before `seq` and not further; `why` says how that shows.
    record Broken(Flaw flaw, long seq, String why) implements ChainCheck {}

    /// Who looked on wanted to see no more.
    record Stopped() implements ChainCheck {}
}
