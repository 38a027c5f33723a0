package ai.openlegion.evidence;

/// What an export holds.
///
/// @param entries how many
/// @param first the number of the first, one more than `last` where there is none
/// @param last the number of the last
/// @param checkpoints how many signatures
public record Exported(long entries, long first, long last, long checkpoints) {}
