package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the store knows of the ledger at a start, after leases were turned into unreconciled.
///
/// @param lastSeq the number of the last group of entries
/// @param newestDay the latest day any account has money in, in days since 1970, or [Long#MIN_VALUE]
/// @param days the days of the current month
/// @param tokensToday input and output tokens of the current day
/// @param tasks the open accounts of tasks, with what was stranded counted against them
/// @param runs the accounts of those tasks' runs
/// @param stranded what was turned into unreconciled now: the days with their former leases
record StoredLedger(
        long lastSeq,
        long newestDay,
        List<DayImage> days,
        Map<AgentId, Long> tokensToday,
        Set<AgentId> frozen,
        List<StoredTask> tasks,
        List<StoredRun> runs,
        List<DayImage> stranded) {}
