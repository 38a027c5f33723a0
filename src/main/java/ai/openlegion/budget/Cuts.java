package ai.openlegion.budget;

import java.util.List;

/// The running holds that a new configuration leaves no place for, newest first.
///
/// @param overLimit those of agents and of the fleet whose limit was lowered under them
/// @param revoked those of agents that are gone
record Cuts(List<Hold> overLimit, List<Hold> revoked) {}
