package ai.openlegion.task;

import ai.openlegion.budget.Budget;
import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import org.jspecify.annotations.Nullable;

/// Reads tasks that are over.
final class TaskReader {

    private TaskReader() {}

    /// The task as it ended, with what its account says; null where there is none.
    static Future<Tasks.@Nullable Task> find(Pool reads, String taskId, Budget.TaskAccount account) {
        return reads.preparedQuery("SELECT agent, workflow, step, type, status, result, error, promote, queued_ms,"
                        + " started_ms, ended_ms FROM task WHERE id = ?")
                .execute(Tuple.of(taskId))
                .map(rows -> {
                    for (Row row : rows) {
                        return task(taskId, row, account);
                    }
                    return null;
                });
    }

    private static Tasks.Task task(String taskId, Row row, Budget.TaskAccount account) {
        return new Tasks.Task(
                taskId,
                new AgentId(row.getString(0)),
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                account.tokens(),
                account.spentPico(),
                account.unreconciledPico(),
                row.getLong(8),
                row.getLong(9),
                row.getLong(10));
    }
}
