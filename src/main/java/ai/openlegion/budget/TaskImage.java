package ai.openlegion.budget;

/// What a batch stores of a task's account.
///
/// @param mark the most tokens it may have used once the calls that this batch allows have gone
record TaskImage(String taskId, long mark) {}
