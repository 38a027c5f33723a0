package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Entry;
import ai.openlegion.store.MetaTable;
import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;

/// The table `board_entry`, as it is written. For the writer thread only.
final class EntryTable {

    /// The highest version of all keys whose removal was forgotten. A new key may be one of them and starts above it,
    /// so
    /// that versions never go back though only so many removed keys are remembered.
    private static final String VERSION_FLOOR = "board_version_floor";

    private final MetaTable meta = new MetaTable();
    private final Prepared find = new Prepared("""
            SELECT version, written_by, created_ms, expires_ms, bytes, value IS NOT NULL
            FROM board_entry WHERE key = ?""");
    private final Prepared upsert = new Prepared("""
            INSERT INTO board_entry (key, version, written_by, workflow_id, created_ms, updated_ms, ttl_s, expires_ms,
              bytes, value)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET
              version = excluded.version, written_by = excluded.written_by, workflow_id = excluded.workflow_id,
              created_ms = excluded.created_ms, updated_ms = excluded.updated_ms, ttl_s = excluded.ttl_s,
              expires_ms = excluded.expires_ms, bytes = excluded.bytes, value = excluded.value""");
    private final Prepared clear = new Prepared("""
            UPDATE board_entry SET value = NULL, bytes = 0, expires_ms = NULL, workflow_id = NULL, updated_ms = ?
            WHERE key = ?""");
    private final Prepared expired =
            new Prepared("SELECT key, written_by, bytes FROM board_entry WHERE expires_ms <= ? LIMIT ?");
    private final Prepared removed = new Prepared("SELECT COUNT(*) FROM board_entry WHERE value IS NULL");
    private final Prepared oldestRemoved = new Prepared(
            "SELECT key, version FROM board_entry WHERE value IS NULL ORDER BY updated_ms, version LIMIT ?");
    private final Prepared forget = new Prepared("DELETE FROM board_entry WHERE key = ?");

    Standing find(Connection connection, String key, long nowMillis) throws SQLException {
        PreparedStatement statement = find.on(connection);
        statement.setString(1, key);
        try (ResultSet row = statement.executeQuery()) {
            if (row.next()) {
                boolean held = row.getBoolean(6);
                long expires = row.getLong(4);
                boolean lasting = row.wasNull();
                return new Standing(
                        row.getLong(1),
                        held && (lasting || expires > nowMillis),
                        held,
                        row.getString(2),
                        row.getLong(5),
                        row.getLong(3));
            }
        }
        return Standing.unknown(versionFloor(connection));
    }

    void write(Connection connection, Entry entry, long bytes) throws SQLException {
        PreparedStatement statement = upsert.on(connection);
        statement.setString(1, entry.key());
        statement.setLong(2, entry.version());
        statement.setString(3, entry.writtenBy());
        statement.setString(4, entry.workflowId());
        statement.setLong(5, entry.createdAtMillis());
        statement.setLong(6, entry.updatedAtMillis());
        statement.setLong(7, entry.ttlSeconds());
        if (entry.ttlSeconds() > 0) {
            statement.setLong(8, Expiry.of(entry));
        } else {
            statement.setNull(8, Types.BIGINT);
        }
        statement.setLong(9, bytes);
        statement.setString(10, entry.value());
        int _ = statement.executeUpdate();
    }

    /// Leaves nothing of the entry but its version.
    void remove(Connection connection, String key, long nowMillis) throws SQLException {
        PreparedStatement statement = clear.on(connection);
        statement.setLong(1, nowMillis);
        statement.setString(2, key);
        int _ = statement.executeUpdate();
    }

    /// Entries that are over, at most `max`.
    List<Held> expired(Connection connection, long nowMillis, int max) throws SQLException {
        List<Held> found = new ArrayList<>();
        PreparedStatement statement = expired.on(connection);
        statement.setLong(1, nowMillis);
        statement.setInt(2, max);
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(new Held(rows.getString(1), rows.getString(2), rows.getLong(3)));
            }
        }
        return found;
    }

    /// Forgets the keys removed longest ago until `kept` are remembered, at most `max`; answers how many it forgot.
    int forget(Connection connection, int kept, int max) throws SQLException {
        int surplus = Math.min(removedKeys(connection) - kept, max);
        if (surplus <= 0) {
            return 0;
        }
        long floor = versionFloor(connection);
        List<String> keys = new ArrayList<>();
        PreparedStatement oldest = oldestRemoved.on(connection);
        oldest.setInt(1, surplus);
        try (ResultSet rows = oldest.executeQuery()) {
            while (rows.next()) {
                keys.add(rows.getString(1));
                floor = Math.max(floor, rows.getLong(2));
            }
        }
        for (String key : keys) {
            PreparedStatement statement = forget.on(connection);
            statement.setString(1, key);
            int _ = statement.executeUpdate();
        }
        meta.put(connection, VERSION_FLOOR, Long.toString(floor));
        return keys.size();
    }

    private int removedKeys(Connection connection) throws SQLException {
        try (ResultSet rows = removed.on(connection).executeQuery()) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    private long versionFloor(Connection connection) throws SQLException {
        return Long.parseLong(meta.get(connection, VERSION_FLOOR).orElse("0"));
    }

    /// An entry that the limits count.
    record Held(String key, String author, long bytes) {}
}
