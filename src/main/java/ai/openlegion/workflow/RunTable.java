package ai.openlegion.workflow;

import ai.openlegion.store.Transaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The SQL of runs that changes something, or must see what was written last. For the writer thread only.
final class RunTable {

    private static final String EVENTS =
            "SELECT seq, time_ms, transition, name, data FROM run_event WHERE run = ? ORDER BY seq";
    private static final String TRANSITIONS =
            "SELECT seq, time_ms, transition, NULL, NULL FROM run_event WHERE run = ? ORDER BY seq";

    private RunTable() {}

    /// Stores a new run, where there is none of its id or event.
    static Transaction<RunRow.Begun> begin(RunRow.Birth birth, RunRow.Standing standing, List<RunRow.Event> events) {
        return connection -> {
            String event = birth.event();
            if (event != null && isKnown(connection, event)) {
                return RunRow.Begun.REPEATED;
            }
            try (PreparedStatement definition = connection.prepareStatement(
                    "INSERT INTO run_definition (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING")) {
                definition.setString(1, birth.hash());
                definition.setString(2, birth.definition());
                definition.executeUpdate();
            }
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO run (id, workflow, definition, started_by, started_ms,"
                            + " steps_total, event, status, finished_ms, tokens, spent, steps_done, owes)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, 0, 0) ON CONFLICT (id) DO NOTHING")) {
                insert.setString(1, birth.id());
                insert.setString(2, birth.workflow());
                insert.setString(3, birth.hash());
                insert.setString(4, birth.by());
                insert.setLong(5, birth.atMillis());
                insert.setLong(6, birth.steps());
                insert.setString(7, event);
                if (insert.executeUpdate() == 0) {
                    return RunRow.Begun.TAKEN;
                }
            }
            var _ = append(birth.id(), standing, events).run(connection);
            return RunRow.Begun.YES;
        };
    }

    private static boolean isKnown(Connection connection, String event) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT 1 FROM run WHERE event = ?")) {
            select.setString(1, event);
            try (ResultSet row = select.executeQuery()) {
                return row.next();
            }
        }
    }

    /// Stores what happened to a run, and how it stands after it.
    static Transaction<Boolean> append(String run, RunRow.Standing standing, List<RunRow.Event> events) {
        return connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO run_event (run, seq, time_ms, transition, name, data) VALUES (?, ?, ?, ?, ?, ?)")) {
                for (RunRow.Event event : events) {
                    insert.setString(1, run);
                    insert.setLong(2, event.seq());
                    insert.setLong(3, event.atMillis());
                    insert.setString(4, event.transition());
                    insert.setString(5, event.name());
                    insert.setString(6, event.data());
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            try (PreparedStatement update = connection.prepareStatement("UPDATE run SET status = ?, error = ?,"
                    + " finished_ms = ?, tokens = ?, spent = ?, steps_done = ?, owes = ? WHERE id = ?")) {
                update.setString(1, standing.status());
                update.setString(2, standing.error());
                update.setLong(3, standing.finishedAtMillis());
                update.setLong(4, standing.tokens());
                update.setLong(5, standing.spentPico());
                update.setLong(6, standing.stepsDone());
                update.setLong(7, standing.owes() ? 1 : 0);
                update.setString(8, run);
                return update.executeUpdate() > 0;
            }
        };
    }

    /// Stores that a run's topic was published.
    static Transaction<Boolean> announced(String run) {
        return connection -> {
            try (PreparedStatement update = connection.prepareStatement("UPDATE run SET owes = 0 WHERE id = ?")) {
                update.setString(1, run);
                return update.executeUpdate() > 0;
            }
        };
    }

    /// Stores that a run ends as failed though its transitions do not say so.
    static Transaction<Boolean> abandon(String run, String why, long atMillis) {
        return connection -> {
            try (PreparedStatement update = connection.prepareStatement("UPDATE run SET status = 'failed', error = ?,"
                    + " finished_ms = ?, owes = 0 WHERE id = ? AND finished_ms = 0")) {
                update.setString(1, why);
                update.setLong(2, atMillis);
                update.setString(3, run);
                return update.executeUpdate() > 0;
            }
        };
    }

    /// Every run that is not over, or whose topic is still to be published, in the order they came.
    static Transaction<List<String>> open() {
        return connection -> {
            List<String> runs = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                            "SELECT id FROM run WHERE finished_ms = 0 OR owes > 0 ORDER BY number");
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    runs.add(rows.getString(1));
                }
            }
            return runs;
        };
    }

    /// Reads one run behind all that was written before; null where there is none.
    static Transaction<@Nullable RunRow> find(String run) {
        return connection -> find(connection, run, EVENTS);
    }

    /// As [#find], without what its watchers got.
    static Transaction<@Nullable RunRow> history(String run) {
        return connection -> find(connection, run, TRANSITIONS);
    }

    private static @Nullable RunRow find(Connection connection, String run, String sql) throws SQLException {
        List<RunRow.Event> events = events(connection, sql, run);
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT run.id, text, owes FROM run JOIN run_definition ON hash = definition WHERE run.id = ?")) {
            select.setString(1, run);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? new RunRow(run, row.getString(2), row.getLong(3) > 0, events) : null;
            }
        }
    }

    /// Some runs that ended before an instant and owe nothing.
    static Transaction<List<String>> endedBefore(long millis, int most) {
        return connection -> {
            List<String> old = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT id FROM run WHERE finished_ms > 0 AND finished_ms < ? AND owes = 0 LIMIT ?")) {
                select.setLong(1, millis);
                select.setInt(2, most);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        old.add(rows.getString(1));
                    }
                }
            }
            return old;
        };
    }

    /// Forgets these runs; how many there were.
    static Transaction<Integer> forget(List<String> runs) {
        return connection -> {
            delete(connection, "DELETE FROM run_event WHERE run = ?", runs);
            delete(connection, "DELETE FROM run WHERE id = ?", runs);
            try (PreparedStatement delete = connection.prepareStatement(
                    "DELETE FROM run_definition WHERE hash NOT IN (SELECT definition FROM run)")) {
                delete.executeUpdate();
            }
            return runs.size();
        };
    }

    private static void delete(Connection connection, String sql, List<String> ids) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            for (String id : ids) {
                delete.setString(1, id);
                delete.addBatch();
            }
            delete.executeBatch();
        }
    }

    private static List<RunRow.Event> events(Connection connection, String sql, String run) throws SQLException {
        List<RunRow.Event> events = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, run);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    events.add(new RunRow.Event(
                            rows.getLong(1), rows.getLong(2), rows.getString(3), rows.getString(4), rows.getString(5)));
                }
            }
        }
        return events;
    }
}
