package ai.openlegion.schedule;

import ai.openlegion.identity.AgentId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The SQL of jobs and of how they stand. For the writer thread only.
final class JobTable {

    private static final String INSERT_JOB = "INSERT INTO cron_job (id, owner, spec, created_ms) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT (id) DO UPDATE SET spec = excluded.spec";
    private static final String UPSERT_STATE = "INSERT INTO cron_state"
            + " (id, timetable, due_ms, covered, last_run_ms, runs, errors, last_error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (id) DO UPDATE SET timetable = excluded.timetable, due_ms = excluded.due_ms,"
            + " covered = excluded.covered, last_run_ms = excluded.last_run_ms, runs = excluded.runs,"
            + " errors = excluded.errors, last_error = excluded.last_error";

    /// A job as it was stored.
    record StoredJob(String id, @Nullable String owner, String spec, long createdMillis) {}

    /// How a job stood, under the timetable of this fingerprint.
    record StoredState(String fingerprint, Standing standing) {}

    /// Everything that was stored.
    record Stored(List<StoredJob> jobs, Map<String, StoredState> states) {}

    private JobTable() {}

    static Stored load(Connection connection) throws SQLException {
        return new Stored(jobs(connection), states(connection));
    }

    private static List<StoredJob> jobs(Connection connection) throws SQLException {
        List<StoredJob> jobs = new ArrayList<>();
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT id, owner, spec, created_ms FROM cron_job");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                jobs.add(new StoredJob(rows.getString(1), rows.getString(2), rows.getString(3), rows.getLong(4)));
            }
        }
        return jobs;
    }

    private static Map<String, StoredState> states(Connection connection) throws SQLException {
        Map<String, StoredState> states = new HashMap<>();
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT id, timetable, due_ms, covered, last_run_ms, runs, errors,"
                                + " last_error FROM cron_state");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                Standing standing = new Standing(
                        rows.getLong(3),
                        rows.getLong(5),
                        rows.getLong(6),
                        rows.getLong(7),
                        rows.getString(8),
                        covered(rows.getString(4)));
                states.put(rows.getString(1), new StoredState(rows.getString(2), standing));
            }
        }
        return states;
    }

    private static Covered covered(String text) {
        try {
            return Covered.parse(text);
        } catch (RuntimeException notOurs) {
            return Covered.NOTHING;
        }
    }

    /// Stores a job that is not of the file, and how it stands.
    static void put(Connection connection, KeptJob job) throws SQLException {
        AgentId owner = job.owner();
        try (PreparedStatement insert = connection.prepareStatement(INSERT_JOB)) {
            insert.setString(1, job.id());
            insert.setString(2, owner == null ? null : owner.value());
            insert.setString(3, SpecText.of(job.spec()));
            insert.setLong(4, job.createdMillis());
            int _ = insert.executeUpdate();
        }
        stand(connection, List.of(job));
    }

    /// Stores how jobs stand.
    static void stand(Connection connection, Collection<KeptJob> jobs) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement(UPSERT_STATE)) {
            for (KeptJob job : jobs) {
                Standing standing = job.standing();
                upsert.setString(1, job.id());
                upsert.setString(2, KeptJob.fingerprint(job.spec()));
                upsert.setLong(3, standing.dueMillis());
                upsert.setString(4, standing.covered().text());
                upsert.setLong(5, standing.lastRunMillis());
                upsert.setLong(6, standing.runs());
                upsert.setLong(7, standing.errors());
                upsert.setString(8, standing.lastError());
                int _ = upsert.executeUpdate();
            }
        }
    }

    /// Forgets jobs and how they stood.
    static void remove(Connection connection, Collection<String> ids) throws SQLException {
        for (String table : List.of("cron_job", "cron_state")) {
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM " + table + " WHERE id = ?")) {
                for (String id : ids) {
                    delete.setString(1, id);
                    int _ = delete.executeUpdate();
                }
            }
        }
    }
}
