package ai.openlegion.audit;

import ai.openlegion.store.MetaTable;
import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;

/// The table `audit_group`, and the end of the chain in `meta`: without that, rows missing at the end would not be
/// missed.
final class AuditTable {

    static final String TAIL = "audit_tail";

    private final MetaTable meta = new MetaTable();
    private final Prepared insert = new Prepared("""
            INSERT INTO audit_group (first_seq, last_seq, previous_hash, hash, data)
            VALUES (?, ?, ?, ?, ?)""");

    /// Where the chain ends.
    Tail tail(Connection connection) throws SQLException {
        Optional<String> stored = meta.get(connection, TAIL);
        return stored.isPresent() ? Tail.parse(stored.get()) : Tail.START;
    }

    void append(Connection connection, AuditGroup group) throws SQLException {
        PreparedStatement statement = insert.on(connection);
        statement.setLong(1, group.firstSeq());
        statement.setLong(2, group.tail().seq());
        statement.setBytes(3, group.previous().hashBytes());
        statement.setBytes(4, group.tail().hashBytes());
        statement.setBytes(5, group.data());
        statement.executeUpdate();
        statement.clearParameters();
        meta.put(connection, TAIL, group.tail().text());
    }
}
