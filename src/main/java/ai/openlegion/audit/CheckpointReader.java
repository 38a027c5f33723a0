package ai.openlegion.audit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The rows of `audit_checkpoint`, one after the other. Whoever reads on behind one that is damaged gets the next.
public final class CheckpointReader implements AutoCloseable {

    private static final String ROWS = """
            SELECT seq, time_ms, CASE WHEN LENGTH(hash) = 32 THEN hash END, SUBSTR(key_id, 1, 17),
              CASE WHEN LENGTH(signature) = 64 THEN signature END
            FROM audit_checkpoint\s""";
    private static final String UPWARDS = ROWS + "WHERE seq >= ? ORDER BY seq";
    private static final String DOWNWARDS = ROWS + "ORDER BY seq DESC";

    private final PreparedStatement statement;
    private final ResultSet rows;

    CheckpointReader(Connection connection, long fromSeq) throws SQLException {
        statement = connection.prepareStatement(UPWARDS);
        statement.setLong(1, fromSeq);
        rows = statement.executeQuery();
    }

    private CheckpointReader(PreparedStatement statement) throws SQLException {
        this.statement = statement;
        rows = statement.executeQuery();
    }

    /// All of them, the last one first.
    static CheckpointReader downwards(Connection connection) throws SQLException {
        return new CheckpointReader(connection.prepareStatement(DOWNWARDS));
    }

    /// The next one, null behind the last. Throws [IllegalArgumentException] for a row that is none.
    public @Nullable Checkpoint next() throws SQLException {
        if (!rows.next()) {
            return null;
        }
        byte[] hash = rows.getBytes(3);
        String keyId = rows.getString(4);
        byte[] signature = rows.getBytes(5);
        if (hash == null || keyId == null || signature == null) {
            throw new IllegalArgumentException("the stored checkpoint " + rows.getLong(1) + " is damaged");
        }
        HexFormat hex = HexFormat.of();
        Checkpoint read =
                new Checkpoint(rows.getLong(1), rows.getLong(2), hex.formatHex(hash), keyId, hex.formatHex(signature));
        return Checkpoint.parse(read.text());
    }

    @Override
    public void close() throws SQLException {
        try (statement) {
            rows.close();
        }
    }
}
