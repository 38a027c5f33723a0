package ai.openlegion.audit;

/// What a check of the whole chain found.
public sealed interface ChainCheck {

    /// Every entry is there, as it was written, in its order.
    record Intact(long entries) implements ChainCheck {}

    /// The chain holds up to the entry before `seq` and not further; `why` says how that shows.
    record Broken(long seq, String why) implements ChainCheck {}
}
