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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The SQL of tasks' accounts and of what is charged to them. For the writer thread only, inside its transactions.
final class TaskAccountTable {

    private static final String ROWS = "SELECT a.task, a.agent, a.max_tokens, a.max_pico, a.run, a.run_max_pico,"
            + " a.refused, a.token_mark, a.closed_ms, a.settled,"
            + " COALESCE(SUM(u.input_tokens + u.output_tokens), 0), COALESCE(SUM(u.doubt_tokens), 0),"
            + " COALESCE(SUM(u.spent), 0), COALESCE(SUM(u.unreconciled), 0)"
            + " FROM task_account a LEFT JOIN usage_task u ON u.task = a.task WHERE ";

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

    private final Prepared setMark =
            new Prepared("UPDATE task_account SET token_mark = ?, refused = ?, settled = ? WHERE task = ?");

    /// One account as it stands in the store.
    private record Row(StoredTask task, long mark, boolean open, boolean settled) {}

    /// An account, whether it is open now, and its run's; null where that has no ceiling.
    record Opened(StoredTask task, boolean open, @Nullable StoredRun run) {}

    /// The accounts a start goes on with.
    record Recovered(List<StoredTask> tasks, List<StoredRun> runs) {}

    /// Opens an account, ending an open one of the same agent. One that was closed stays so.
    static Transaction<Opened> open(StoredTask task, long nowMillis) {
        return connection -> {
            try (PreparedStatement end = connection.prepareStatement(
                    "UPDATE task_account SET closed_ms = ? WHERE agent = ? AND task <> ? AND closed_ms = 0")) {
                end.setLong(1, nowMillis);
                end.setString(2, task.agent().value());
                end.setString(3, task.taskId());
                int _ = end.executeUpdate();
            }
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO task_account (task, agent,"
                    + " max_tokens, max_pico, run, run_max_pico, token_mark, opened_ms, closed_ms, refused, settled)"
                    + " VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, 0, 0) ON CONFLICT (task) DO NOTHING")) {
                insert.setString(1, task.taskId());
                insert.setString(2, task.agent().value());
                insert.setLong(3, task.maxTokens());
                insert.setLong(4, task.maxPico());
                insert.setString(5, task.runId());
                insert.setLong(6, task.runMaxPico());
                insert.setLong(7, nowMillis);
                int _ = insert.executeUpdate();
            }
            Row row = rows(connection, "a.task = ? GROUP BY a.task", task.taskId())
                    .getFirst();
            if (row.open() && row.settled()) {
                unsettle(connection, task.taskId());
            }
            boolean limited = task.runMaxPico() != Limits.UNLIMITED;
            return new Opened(row.task(), row.open(), limited ? run(connection, task.runId()) : null);
        };
    }

    /// Its last calls were booked, but its end was not stored: it goes on.
    private static void unsettle(Connection connection, String taskId) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE task_account SET settled = 0 WHERE task = ?")) {
            update.setString(1, taskId);
            int _ = update.executeUpdate();
        }
    }

    /// The sums over all tasks of a run, of which there is one.
    private static StoredRun run(Connection connection, String runId) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT MIN(a.run_max_pico),"
                + " COALESCE(SUM(u.spent), 0), COALESCE(SUM(u.unreconciled), 0)"
                + " FROM task_account a LEFT JOIN usage_task u ON u.task = a.task WHERE a.run = ?")) {
            select.setString(1, runId);
            try (ResultSet rows = select.executeQuery()) {
                if (!rows.next()) {
                    throw new SQLException("a sum has a row");
                }
                return new StoredRun(runId, rows.getLong(1), rows.getLong(2), rows.getLong(3));
            }
        }
    }

    /* A task without a run bears its agent's lease by itself. Of a run the open one bears it, or else the newest: all
    that was leased is charged to the run then, and nothing of it twice. */
    private static Set<String> bearers(List<Row> rows) {
        Map<List<String>, Row> ofRuns = new HashMap<>();
        Set<String> bearers = new HashSet<>();
        for (Row row : rows) {
            StoredTask task = row.task();
            if (!row.settled() && task.runId().isEmpty()) {
                bearers.add(task.taskId());
            } else if (!row.settled()) {
                ofRuns.merge(
                        List.of(task.agent().value(), task.runId()),
                        row,
                        (older, newer) -> older.open() ? older : newer);
            }
        }
        ofRuns.values().forEach(row -> bearers.add(row.task().taskId()));
        return bearers;
    }

    /// Ends an account.
    static Transaction<Boolean> close(String taskId, Budget.Ceiling refusedBy, long nowMillis) {
        return connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE task_account SET closed_ms = ?, refused = CASE WHEN refused = 0 THEN ? ELSE refused END"
                            + " WHERE task = ? AND closed_ms = 0")) {
                update.setLong(1, nowMillis);
                update.setLong(2, code(refusedBy));
                update.setString(3, taskId);
                return update.executeUpdate() > 0;
            }
        };
    }

    /// Deletes accounts and what was charged to them. What agents spent is counted elsewhere, and stays.
    static Transaction<Integer> forget(Budget.ForgetTasks ask) {
        return connection -> {
            int forgotten =
                    forget(connection, "run = '' AND closed_ms > 0 AND closed_ms < ?", ask.closedBeforeMillis());
            for (String runId : ask.runs()) {
                forgotten += forget(connection, "run = ? AND closed_ms > 0", runId);
            }
            return forgotten;
        };
    }

    private static int forget(Connection connection, String which, Object value) throws SQLException {
        String settled = "settled = 1 AND " + which;
        try (PreparedStatement usage = connection.prepareStatement(
                        "DELETE FROM usage_task WHERE task IN (SELECT task FROM task_account WHERE " + settled + ")");
                PreparedStatement account = connection.prepareStatement("DELETE FROM task_account WHERE " + settled)) {
            usage.setObject(1, value);
            int _ = usage.executeUpdate();
            account.setObject(1, value);
            return account.executeUpdate();
        }
    }

    /// The accounts that may have had calls in flight when the mesh ended without notice: what was leased of an agent
    /// is charged to each of its, of one run to one alone, and so are the tokens up to a mark.
    ///
    /// @return the open ones and their runs
    Recovered recover(Connection connection, List<DayImage> stranded, long day) throws SQLException {
        Map<AgentId, Long> leased = new HashMap<>();
        stranded.forEach(image -> leased.merge(image.agent(), image.leased(), Math::addExact));
        List<StoredTask> tasks = new ArrayList<>();
        List<Row> rows =
                rows(connection, "a.settled = 0 OR a.closed_ms = 0 GROUP BY a.task ORDER BY a.opened_ms, a.task", null);
        Set<String> bearers = bearers(rows);
        for (Row row : rows) {
            StoredTask task = row.task();
            long money = bearers.contains(task.taskId()) ? leased.getOrDefault(task.agent(), 0L) : 0;
            long known = task.used().allTokens();
            long tokens = task.maxTokens() == Limits.UNLIMITED ? 0 : Math.max(0, row.mark() - known);
            StoredTask charged = task.with(task.used().with(tokens, money));
            if (money > 0 || tokens > 0) {
                add(connection, task.taskId(), task.agent(), day, new long[] {0, 0, 0, 0, tokens, 0, money});
            }
            if (money > 0 || tokens > 0 || row.open() == row.settled()) {
                long mark = charged.used().allTokens();
                mark(connection, List.of(new TaskImage(task.taskId(), mark, task.refusedBy(), !row.open())));
            }
            if (row.open()) {
                tasks.add(charged);
            }
        }
        Map<String, StoredRun> runs = new HashMap<>();
        for (StoredTask task : tasks) {
            if (task.runMaxPico() != Limits.UNLIMITED && !runs.containsKey(task.runId())) {
                runs.put(task.runId(), run(connection, task.runId()));
            }
        }
        return new Recovered(tasks, List.copyOf(runs.values()));
    }

    /// Stores marks, refusals and settledness, which are absolute.
    void mark(Connection connection, List<TaskImage> images) throws SQLException {
        for (TaskImage image : images) {
            PreparedStatement statement = setMark.on(connection);
            statement.setLong(1, image.mark());
            statement.setLong(2, code(image.refusedBy()));
            statement.setLong(3, image.settled() ? 1 : 0);
            statement.setString(4, image.taskId());
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

    private static List<Row> rows(Connection connection, String which, @Nullable String taskId) throws SQLException {
        List<Row> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(ROWS + which)) {
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
                            rows.getString(5),
                            rows.getLong(6),
                            new StoredTask.Used(rows.getLong(11), rows.getLong(12), rows.getLong(13), rows.getLong(14)),
                            ceiling(rows.getLong(7)));
                    found.add(new Row(task, rows.getLong(8), rows.getLong(9) == 0, rows.getLong(10) != 0));
                }
            }
        }
        return found;
    }

    /// A ceiling as a number of the store.
    private static long code(Budget.Ceiling refusedBy) {
        return switch (refusedBy) {
            case NONE -> 0;
            case TASK -> 1;
            case RUN -> 2;
        };
    }

    static Budget.Ceiling ceiling(long code) {
        return code == 0 ? Budget.Ceiling.NONE : code == 2 ? Budget.Ceiling.RUN : Budget.Ceiling.TASK;
    }
}
