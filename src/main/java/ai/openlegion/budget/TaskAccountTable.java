package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Prepared;
import ai.openlegion.store.Transaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The SQL of tasks' accounts and of what is charged to them. For the writer thread only, inside its transactions.
final class TaskAccountTable {

    private static final String SUMS = "SELECT a.task, a.agent, a.max_tokens, a.max_pico, a.token_mark, a.closed_ms,"
            + " a.refused, COALESCE(SUM(u.input_tokens + u.output_tokens), 0), COALESCE(SUM(u.doubt_tokens), 0),"
            + " COALESCE(SUM(u.spent), 0), COALESCE(SUM(u.unreconciled), 0)"
            + " FROM task_account a LEFT JOIN usage_task u ON u.task = a.task";

    private final Prepared addUsage = new Prepared("""
            INSERT INTO usage_task (task, agent, day, calls, input_tokens, output_tokens, cached_tokens, doubt_tokens,
              spent, unreconciled)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (task, day) DO UPDATE SET
              calls = usage_task.calls + excluded.calls,
              input_tokens = usage_task.input_tokens + excluded.input_tokens,
              output_tokens = usage_task.output_tokens + excluded.output_tokens,
              cached_tokens = usage_task.cached_tokens + excluded.cached_tokens,
              doubt_tokens = usage_task.doubt_tokens + excluded.doubt_tokens,
              spent = usage_task.spent + excluded.spent,
              unreconciled = usage_task.unreconciled + excluded.unreconciled""");

    private final Prepared setMark = new Prepared("UPDATE task_account SET token_mark = ?, refused = ? WHERE task = ?");

    /// One account as it stands in the store.
    private record Row(StoredTask task, long mark, boolean open) {}

    /// Opens an account, ending an open one of the same agent. Answers whether it is open now: one that was closed
    /// stays so.
    static Transaction<Boolean> open(Budget.OpenTask ask, long nowMillis) {
        return connection -> {
            try (PreparedStatement end = connection.prepareStatement(
                    "UPDATE task_account SET closed_ms = ? WHERE agent = ? AND task <> ? AND closed_ms = 0")) {
                end.setLong(1, nowMillis);
                end.setString(2, ask.agent().value());
                end.setString(3, ask.taskId());
                int _ = end.executeUpdate();
            }
            StoredTask task = StoredTask.opened(ask);
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO task_account (task, agent, max_tokens, max_pico, token_mark, opened_ms, closed_ms, refused)"
                            + " VALUES (?, ?, ?, ?, 0, ?, 0, 0) ON CONFLICT (task) DO NOTHING")) {
                insert.setString(1, task.taskId());
                insert.setString(2, task.agent().value());
                insert.setLong(3, task.maxTokens());
                insert.setLong(4, task.maxPico());
                insert.setLong(5, nowMillis);
                int _ = insert.executeUpdate();
            }
            Row row = row(connection, ask.taskId());
            return row != null && row.open();
        };
    }

    /// Ends an account.
    static Transaction<Boolean> close(String taskId, boolean refused, long nowMillis) {
        return connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE task_account SET closed_ms = ?, refused = CASE WHEN ? = 1 THEN 1 ELSE refused END"
                            + " WHERE task = ? AND closed_ms = 0")) {
                update.setLong(1, nowMillis);
                update.setLong(2, refused ? 1 : 0);
                update.setString(3, taskId);
                return update.executeUpdate() > 0;
            }
        };
    }

    /// How an account stands, with everything in it that was settled before; in the commit that stores that.
    static Transaction<Budget.TaskAccount> read(String taskId) {
        return connection -> {
            Row row = row(connection, taskId);
            return row == null ? unknown(taskId) : state(row);
        };
    }

    static Budget.TaskAccount unknown(String taskId) {
        return new Budget.TaskAccount(taskId, false, false, 0, 0, 0, 0, 0, false);
    }

    private static Budget.TaskAccount state(Row row) {
        StoredTask task = row.task();
        return new Budget.TaskAccount(
                task.taskId(),
                true,
                row.open(),
                task.tokens(),
                task.unreconciledTokens(),
                task.spentPico(),
                task.unreconciledPico(),
                0,
                task.refused());
    }

    /// The open accounts at a start. What was leased of an agent when the mesh ended without notice is charged to its
    /// open task, and so are the tokens up to its mark.
    List<StoredTask> recover(Connection connection, List<DayImage> stranded, long day) throws SQLException {
        Map<AgentId, Long> leased = new HashMap<>();
        stranded.forEach(image -> leased.merge(image.agent(), image.leased(), Math::addExact));
        List<StoredTask> tasks = new ArrayList<>();
        for (Row row : rows(connection, SUMS + " WHERE a.closed_ms = 0 GROUP BY a.task ORDER BY a.task", null)) {
            StoredTask task = row.task();
            long money = leased.getOrDefault(task.agent(), 0L);
            long known = Math.addExact(task.tokens(), task.unreconciledTokens());
            long tokens = task.maxTokens() == Limits.UNLIMITED ? 0 : Math.max(0, row.mark() - known);
            if (money > 0 || tokens > 0) {
                add(connection, task.taskId(), task.agent(), day, new long[] {0, 0, 0, 0, tokens, 0, money});
                mark(connection, List.of(new TaskImage(task.taskId(), Math.addExact(known, tokens), task.refused())));
            }
            tasks.add(new StoredTask(
                    task.taskId(),
                    task.agent(),
                    task.maxTokens(),
                    task.maxPico(),
                    task.tokens(),
                    Math.addExact(task.unreconciledTokens(), tokens),
                    task.spentPico(),
                    Math.addExact(task.unreconciledPico(), money),
                    task.refused()));
        }
        return tasks;
    }

    /// Stores marks and refusals, which are absolute.
    void mark(Connection connection, List<TaskImage> images) throws SQLException {
        for (TaskImage image : images) {
            PreparedStatement statement = setMark.on(connection);
            statement.setLong(1, image.mark());
            statement.setLong(2, image.refused() ? 1 : 0);
            statement.setString(3, image.taskId());
            int _ = statement.executeUpdate();
        }
    }

    /// Adds bookings, those of one task and day together.
    void add(Connection connection, List<UsageEntry> entries) throws SQLException {
        Map<String, Map<Long, long[]>> sums = new HashMap<>();
        Map<String, AgentId> agents = new HashMap<>();
        for (UsageEntry entry : entries) {
            if (!entry.task().isEmpty() && entry.isCall()) {
                agents.put(entry.task(), entry.agent());
                long[] sum = sums.computeIfAbsent(entry.task(), _ -> new HashMap<>())
                        .computeIfAbsent(entry.day(), _ -> new long[7]);
                long[] parts = {
                    1,
                    entry.inputTokens(),
                    entry.outputTokens(),
                    entry.cachedTokens(),
                    entry.doubtTokens(),
                    entry.spentPico(),
                    entry.unreconciledPico()
                };
                for (int i = 0; i < parts.length; i++) {
                    sum[i] = Math.addExact(sum[i], parts[i]);
                }
            }
        }
        for (Map.Entry<String, Map<Long, long[]>> task : sums.entrySet()) {
            AgentId agent = agents.get(task.getKey());
            for (Map.Entry<Long, long[]> day : task.getValue().entrySet()) {
                if (agent != null) {
                    add(connection, task.getKey(), agent, day.getKey(), day.getValue());
                }
            }
        }
    }

    private void add(Connection connection, String taskId, AgentId agent, long day, long[] sum) throws SQLException {
        PreparedStatement statement = addUsage.on(connection);
        statement.setString(1, taskId);
        statement.setString(2, agent.value());
        statement.setLong(3, day);
        for (int i = 0; i < sum.length; i++) {
            statement.setLong(4 + i, sum[i]);
        }
        int _ = statement.executeUpdate();
    }

    private static @Nullable Row row(Connection connection, String taskId) throws SQLException {
        List<Row> rows = rows(connection, SUMS + " WHERE a.task = ? GROUP BY a.task", taskId);
        return rows.isEmpty() ? null : rows.getFirst();
    }

    private static List<Row> rows(Connection connection, String sql, @Nullable String taskId) throws SQLException {
        List<Row> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (taskId != null) {
                statement.setString(1, taskId);
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    StoredTask task = new StoredTask(
                            rows.getString(1),
                            new AgentId(rows.getString(2)),
                            rows.getLong(3),
                            rows.getLong(4),
                            rows.getLong(8),
                            rows.getLong(9),
                            rows.getLong(10),
                            rows.getLong(11),
                            rows.getLong(7) != 0);
                    found.add(new Row(task, rows.getLong(5), rows.getLong(6) == 0));
                }
            }
        }
        return found;
    }
}
