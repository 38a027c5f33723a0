package ai.openlegion.budget;

/// The account of a run, as the store knows it: the sums of its tasks' rows.
///
/// @param maxPico what its tasks may cost together
record StoredRun(String runId, long maxPico, long spentPico, long unreconciledPico) {}
