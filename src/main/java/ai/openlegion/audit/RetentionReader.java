package ai.openlegion.audit;

import ai.openlegion.store.Snapshot;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/// Finds how much of the audit's beginning is older than is to be kept.
final class RetentionReader {

    /// What one transaction removes at most.
    private static final int ROWS = 500;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /* Signed before that time, and everything before it too: a clock that was wrong for a while removes nothing. */
    private static final String BOUND = """
            SELECT MAX(seq) FROM audit_checkpoint WHERE seq <
              COALESCE((SELECT MIN(seq) FROM audit_checkpoint WHERE time_ms >= ?),
                (SELECT MAX(seq) FROM audit_checkpoint))""";
    private static final String GROUPS = """
            SELECT last_seq, hash FROM audit_group WHERE first_seq <= ? AND last_seq <= ? AND LENGTH(hash) = 32
            ORDER BY first_seq LIMIT\s""" + ROWS;

    private RetentionReader() {}

    /// What is to be removed next.
    ///
    /// @param afterSeq the number of the last entry that was removed before
    /// @param place the last entry to be removed
    record Cut(long afterSeq, Tail place) {}

    /// The next cut; empty where nothing is that old. Blocks.
    static Optional<Cut> cut(Path database, long cutoffMillis) {
        try (Snapshot snapshot = Snapshot.open(database, PATIENCE)) {
            try {
                return cut(snapshot.connection(), cutoffMillis);
            } catch (SQLException unreadable) {
                throw snapshot.explain(unreadable);
            }
        }
    }

    /// The place before the first entry that is kept. Blocks.
    static Tail base(Path database) {
        try (Snapshot snapshot = Snapshot.open(database, PATIENCE)) {
            try {
                return new TrailReader(snapshot.connection()).beginning();
            } catch (SQLException unreadable) {
                throw snapshot.explain(unreadable);
            }
        }
    }

    private static Optional<Cut> cut(Connection connection, long cutoffMillis) throws SQLException {
        long before = new TrailReader(connection).beginning().seq();
        long bound;
        try (PreparedStatement select = connection.prepareStatement(BOUND)) {
            select.setLong(1, cutoffMillis);
            try (ResultSet row = select.executeQuery()) {
                bound = row.next() ? row.getLong(1) : 0;
            }
        }
        Optional<Cut> found = Optional.empty();
        try (PreparedStatement select = connection.prepareStatement(GROUPS)) {
            select.setLong(1, bound);
            select.setLong(2, bound);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    found = Optional.of(new Cut(before, Tail.of(rows.getLong(1), rows.getBytes(2))));
                }
            }
        }
        return found;
    }
}
