package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.util.List;
import java.util.Map;

/// What one transaction stores of the ledger.
///
/// @param timeMillis when it was drawn
/// @param seq the number of its group of entries
/// @param days the rows to store, as absolute values
/// @param tasks the marks of tasks to store, as absolute values
/// @param entries the bookings to add; stored at most once, under `seq`
/// @param frozen accounts whose freezing changed
/// @param uncertain whether it was tried before and may be stored already
record FlushBatch(
        long timeMillis,
        long seq,
        List<DayImage> days,
        List<TaskImage> tasks,
        List<UsageEntry> entries,
        Map<AgentId, Boolean> frozen,
        boolean uncertain) {

    FlushBatch again() {
        return new FlushBatch(timeMillis, seq, days, tasks, entries, frozen, true);
    }
}
