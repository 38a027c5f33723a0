package ai.openlegion.budget;

/// What a batch stores of a task's account.
///
/// @param mark the most tokens it may have used once the calls that this batch allows have gone
/// @param refused whether a call was refused because too little was left
record TaskImage(String taskId, long mark, boolean refused) {}
