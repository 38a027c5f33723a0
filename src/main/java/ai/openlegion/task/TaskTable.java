package ai.openlegion.task;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Transaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The SQL of tasks. For the writer thread only.
final class TaskTable {

    private static final String COLUMNS = "id, agent, workflow, step, type, input, context, timeout_s, max_tokens,"
            + " max_pico, run_max_pico, dispatched_by, status, result, error, promote, queued_ms, started_ms, ended_ms, item";

    private TaskTable() {}

    /// Stores a new task; false where its id was used before.
    static Transaction<Boolean> insert(Work work) {
        return connection -> {
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO task (" + COLUMNS
                    + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', NULL, NULL, NULL, ?, 0, 0, 0)"
                    + " ON CONFLICT (id) DO NOTHING")) {
                Tasks.Dispatch ask = work.ask;
                insert.setString(1, ask.taskId());
                insert.setString(2, ask.agent().value());
                insert.setString(3, ask.workflowId());
                insert.setString(4, ask.stepId());
                insert.setString(5, ask.taskType());
                insert.setString(6, ask.inputData());
                insert.setString(7, ask.context());
                insert.setLong(8, ask.timeoutSeconds());
                insert.setObject(9, ask.maxTokens());
                insert.setObject(10, ask.maxPico());
                insert.setObject(11, ask.runMaxPico());
                insert.setString(12, ask.by());
                insert.setLong(13, work.queuedAtMillis);
                return insert.executeUpdate() > 0;
            }
        };
    }

    /// Stores that a task has begun.
    static Transaction<Boolean> started(String id, long startedAtMillis) {
        return connection -> update(
                connection, "UPDATE task SET status = 'running', started_ms = ? WHERE id = ?", startedAtMillis, id);
    }

    /// Stores that a task is in its agent's inbox.
    static Transaction<Boolean> sent(String id, long item) {
        return connection -> update(connection, "UPDATE task SET item = ? WHERE id = ?", item, id);
    }

    /// Stores how a task ended.
    static Transaction<Boolean> ended(String id, End end, long endedAtMillis) {
        return connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE task SET status = ?, result = ?, error = ?, promote = ?, ended_ms = ? WHERE id = ?")) {
                update.setString(1, end.status());
                update.setString(2, end.result());
                update.setString(3, end.error());
                update.setString(4, end.promote());
                update.setLong(5, endedAtMillis);
                update.setString(6, id);
                return update.executeUpdate() > 0;
            }
        };
    }

    /// Forgets tasks that ended before an instant.
    static Transaction<Integer> forget(long beforeMillis) {
        return connection -> {
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM task WHERE ended_ms > 0 AND ended_ms < ?")) {
                delete.setLong(1, beforeMillis);
                return delete.executeUpdate();
            }
        };
    }

    /// Forgets tasks that ended before an instant, and reads those that have not ended, in the order they came.
    static Transaction<List<Work>> open(long forgetBeforeMillis) {
        return connection -> {
            int _ = forget(forgetBeforeMillis).run(connection);
            List<Work> open = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                            "SELECT " + COLUMNS + " FROM task WHERE ended_ms = 0 ORDER BY number");
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    open.add(work(rows));
                }
            }
            return open;
        };
    }

    /// Reads one that has not ended; null where there is none.
    static Transaction<@Nullable Work> find(String id) {
        return connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT " + COLUMNS + " FROM task WHERE id = ? AND ended_ms = 0")) {
                select.setString(1, id);
                try (ResultSet row = select.executeQuery()) {
                    return row.next() ? work(row) : null;
                }
            }
        };
    }

    private static boolean update(Connection connection, String sql, long value, String id) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            update.setLong(1, value);
            update.setString(2, id);
            return update.executeUpdate() > 0;
        }
    }

    private static Work work(ResultSet row) throws SQLException {
        Work work = new Work(
                new Tasks.Dispatch(
                        row.getString("id"),
                        new AgentId(row.getString("agent")),
                        row.getString("workflow"),
                        row.getString("step"),
                        row.getString("type"),
                        row.getString("input"),
                        row.getString("context"),
                        row.getInt("timeout_s"),
                        number(row, "max_tokens"),
                        number(row, "max_pico"),
                        number(row, "run_max_pico"),
                        row.getString("dispatched_by")),
                row.getLong("queued_ms"));
        work.stored = true;
        work.startedAtMillis = row.getLong("started_ms");
        work.item = row.getLong("item");
        work.recovered = work.item > 0;
        return work;
    }

    private static @Nullable Long number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
