package ai.openlegion.budget;

/// What a batch stores of a task's account.
///
/// @param mark the most tokens it may have used once the calls that this batch allows have gone
/// @param settled whether nothing will be charged to it any more, and all that was is stored with this batch or before
record TaskImage(String taskId, long mark, Budget.Ceiling refusedBy, boolean settled) {}
