package ai.openlegion.workflow.run;

/// A transition as the store has it.
///
/// @param seq from 1, rising within a run
/// @param atMillis when it was decided, in ms since 1970
public record Stored(long seq, long atMillis, Transition transition) {}
