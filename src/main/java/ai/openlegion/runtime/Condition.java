package ai.openlegion.runtime;

/// How an instance is.
///
/// @param isRunning whether its program runs
/// @param why it ended, in words, where it did: `exit code 1`, `killed: out of memory`
public record Condition(boolean isRunning, String why) {}
