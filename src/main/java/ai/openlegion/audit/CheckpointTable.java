package ai.openlegion.audit;

import ai.openlegion.store.MetaTable;
import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/// The table `audit_checkpoint`, and the signed beginning of what is kept in `meta`. For the writer thread only.
final class CheckpointTable {

    static final String BASE = "audit_base";

    private final MetaTable meta = new MetaTable();
    /* One that is there already stays: it may be the only witness of what was there before. */
    private final Prepared insert = new Prepared("""
            INSERT INTO audit_checkpoint (seq, time_ms, hash, key_id, signature) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (seq) DO NOTHING""");
    private final Prepared removeGroups = new Prepared("DELETE FROM audit_group WHERE first_seq <= ?");
    private final Prepared removeCheckpoints = new Prepared("DELETE FROM audit_checkpoint WHERE seq <= ?");

    void insert(Connection connection, List<Checkpoint> checkpoints) throws SQLException {
        PreparedStatement statement = insert.on(connection);
        for (Checkpoint each : checkpoints) {
            statement.setLong(1, each.seq());
            statement.setLong(2, each.timeMillis());
            statement.setBytes(3, each.place().hashBytes());
            statement.setString(4, each.keyId());
            statement.setBytes(5, each.signatureBytes());
            statement.executeUpdate();
        }
    }

    /// Makes this the beginning of what is kept.
    void begin(Connection connection, Checkpoint base) throws SQLException {
        meta.put(connection, BASE, base.text());
    }

    /// Removes what lies before the new beginning, too.
    void cut(Connection connection, Checkpoint base) throws SQLException {
        begin(connection, base);
        for (Prepared removal : List.of(removeGroups, removeCheckpoints)) {
            PreparedStatement statement = removal.on(connection);
            statement.setLong(1, base.seq());
            statement.executeUpdate();
        }
    }
}
