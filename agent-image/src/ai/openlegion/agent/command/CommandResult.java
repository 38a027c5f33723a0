package ai.openlegion.agent.command;

/// What came of a command.
///
/// @param exitCode -1 if it was ended because its time was over
/// @param out what it wrote to its output, the beginning if there was too much
/// @param err what it wrote as errors, the same
/// @param truncated whether there was more
/// @param timedOut whether its time was over
public record CommandResult(int exitCode, String out, String err, boolean truncated, boolean timedOut) {}
