package ai.openlegion.audit;

import ai.openlegion.store.MetaTable;
import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The table `audit_group`, and the end of the chain in `meta`: without that, rows missing at the end would not be
/// missed.
final class AuditTable {

    private static final String TAIL = "audit_tail";

    private final MetaTable meta = new MetaTable();
    private final Prepared insert = new Prepared("""
            INSERT INTO audit_group (first_seq, last_seq, time_ms, previous_hash, hash, data)
            VALUES (?, ?, ?, ?, ?, ?)""");
    private final Prepared next = new Prepared("""
            SELECT first_seq, last_seq, time_ms, previous_hash, hash, data FROM audit_group
            WHERE first_seq > ? ORDER BY first_seq LIMIT 1""");
    private final Prepared holder = new Prepared("SELECT MAX(first_seq) FROM audit_group WHERE first_seq <= ?");

    /// Where the chain ends.
    Tail tail(Connection connection) throws SQLException {
        Optional<String> stored = meta.get(connection, TAIL);
        return stored.isPresent() ? Tail.parse(stored.get()) : Tail.START;
    }

    void append(Connection connection, AuditGroup group) throws SQLException {
        PreparedStatement statement = insert.on(connection);
        statement.setLong(1, group.firstSeq());
        statement.setLong(2, group.tail().seq());
        statement.setLong(3, group.timeMillis());
        statement.setBytes(4, group.previous().hashBytes());
        statement.setBytes(5, group.tail().hashBytes());
        statement.setBytes(6, group.data());
        statement.executeUpdate();
        statement.clearParameters();
        meta.put(connection, TAIL, group.tail().text());
    }

    /// The group whose number of the first entry is the least above the given one; null when there is none.
    @Nullable
    AuditGroup after(Connection connection, long firstSeq) throws SQLException {
        PreparedStatement statement = next.on(connection);
        statement.setLong(1, firstSeq);
        try (ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                return null;
            }
            return new AuditGroup(
                    Tail.of(row.getLong(1) - 1, row.getBytes(4)),
                    Tail.of(row.getLong(2), row.getBytes(5)),
                    row.getLong(3),
                    row.getBytes(6));
        }
    }

    /// The number of the first entry of the group that should hold the given entry; without such a group, the entry's
    /// own.
    long firstSeqOfHolder(Connection connection, long seq) throws SQLException {
        PreparedStatement statement = holder.on(connection);
        statement.setLong(1, seq);
        try (ResultSet row = statement.executeQuery()) {
            long first = row.next() ? row.getLong(1) : 0;
            return row.wasNull() ? seq : first;
        }
    }
}
