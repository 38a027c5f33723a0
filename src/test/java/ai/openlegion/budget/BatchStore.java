package ai.openlegion.budget;

import java.sql.SQLException;
import java.util.List;

/// Where a simulated ledger keeps its batches: in memory, or in a real database.
interface BatchStore {

    void store(FlushBatch batch) throws SQLException;

    StoredLedger recover(long today) throws SQLException;

    /// Every row of `account_day`.
    List<DayImage> days() throws SQLException;

    /// Every booking in every group, in order.
    List<UsageEntry> entries() throws SQLException;

    void openTask(Budget.OpenTask ask) throws SQLException;

    void closeTask(String taskId) throws SQLException;

    /// What the rows of a task sum up to.
    Budget.TaskAccount task(String taskId) throws SQLException;

    /// What the rows of all tasks of a run sum up to.
    StoredRun run(String runId) throws SQLException;

    /// The sum of the usage table over everything.
    UsageTotal usage() throws SQLException;

    /// Spent and unreconciled, summed.
    record UsageTotal(long spent, long unreconciled) {}
}
