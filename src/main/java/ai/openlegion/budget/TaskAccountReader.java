package ai.openlegion.budget;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/// Reads tasks' accounts as they are stored.
final class TaskAccountReader {

    private static final String COLUMNS = "SELECT a.task, a.closed_ms, a.refused,"
            + " COALESCE(SUM(u.input_tokens + u.output_tokens), 0), COALESCE(SUM(u.doubt_tokens), 0),"
            + " COALESCE(SUM(u.spent), 0), COALESCE(SUM(u.unreconciled), 0)"
            + " FROM task_account a LEFT JOIN usage_task u ON u.task = a.task WHERE ";

    private TaskAccountReader() {}

    /// One account, which may be unknown.
    static Future<Budget.TaskAccount> task(Pool reads, String taskId) {
        return find(reads, "a.task = ? GROUP BY a.task", taskId)
                .map(found -> found.isEmpty() ? unknown(taskId) : found.getFirst());
    }

    /// All accounts of a run.
    static Future<List<Budget.TaskAccount>> run(Pool reads, String runId) {
        return find(reads, "a.run = ? GROUP BY a.task", runId);
    }

    static Budget.TaskAccount unknown(String taskId) {
        return new Budget.TaskAccount(taskId, false, false, 0, 0, 0, 0, 0, Budget.Ceiling.NONE);
    }

    private static Future<List<Budget.TaskAccount>> find(Pool reads, String which, String id) {
        return reads.preparedQuery(COLUMNS + which).execute(Tuple.of(id)).map(rows -> {
            List<Budget.TaskAccount> found = new ArrayList<>();
            for (Row row : rows) {
                found.add(new Budget.TaskAccount(
                        row.getString(0),
                        true,
                        row.getLong(1) == 0,
                        row.getLong(3),
                        row.getLong(4),
                        row.getLong(5),
                        row.getLong(6),
                        0,
                        TaskAccountTable.ceiling(row.getLong(2))));
            }
            return found;
        });
    }
}
