package ai.openlegion.webhook;

import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/// The table `webhook_signature`. For the writer thread only.
final class SignatureTable {

    private final Prepared select = new Prepared("SELECT signature, time_ms FROM webhook_signature WHERE time_ms >= ?");
    private final Prepared upsert = new Prepared("""
            INSERT INTO webhook_signature (signature, time_ms) VALUES (?, ?)
            ON CONFLICT (signature) DO UPDATE SET time_ms = excluded.time_ms""");
    private final Prepared delete = new Prepared("DELETE FROM webhook_signature WHERE signature = ?");
    private final Prepared prune = new Prepared("DELETE FROM webhook_signature WHERE time_ms < ?");

    /// Every signature that was made at this time or later, with its time.
    Map<String, Long> since(Connection connection, long millis) throws SQLException {
        PreparedStatement statement = select.on(connection);
        statement.setLong(1, millis);
        Map<String, Long> signatures = new HashMap<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                signatures.put(rows.getString(1), rows.getLong(2));
            }
        }
        return signatures;
    }

    /// Stores a signature; one that is there already, from a commit whose outcome was not known, stays.
    void store(Connection connection, String signature, long millis) throws SQLException {
        PreparedStatement statement = upsert.on(connection);
        statement.setString(1, signature);
        statement.setLong(2, millis);
        statement.executeUpdate();
    }

    void delete(Connection connection, String signature) throws SQLException {
        PreparedStatement statement = delete.on(connection);
        statement.setString(1, signature);
        statement.executeUpdate();
    }

    /// Removes what was made before this time.
    void prune(Connection connection, long millis) throws SQLException {
        PreparedStatement statement = prune.on(connection);
        statement.setLong(1, millis);
        statement.executeUpdate();
    }
}
