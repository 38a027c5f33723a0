package ai.openlegion.vault;

import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The table `vault_secret`. For the writer thread only.
final class SecretTable {

    private final Prepared select = new Prepared(
            "SELECT name, stored_by, stored_ms, key_id, wrapped_key, sealed FROM vault_secret ORDER BY name");
    private final Prepared upsert = new Prepared("""
            INSERT INTO vault_secret (name, stored_by, stored_ms, key_id, wrapped_key, sealed) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET stored_by = excluded.stored_by, stored_ms = excluded.stored_ms,
              key_id = excluded.key_id, wrapped_key = excluded.wrapped_key, sealed = excluded.sealed""");
    private final Prepared delete = new Prepared("DELETE FROM vault_secret WHERE name = ?");

    /// Everything that is stored, by name.
    List<SealedCredential> all(Connection connection) throws SQLException {
        List<SealedCredential> all = new ArrayList<>();
        try (ResultSet rows = select.on(connection).executeQuery()) {
            while (rows.next()) {
                all.add(new SealedCredential(
                        rows.getString(1),
                        rows.getString(2),
                        rows.getLong(3),
                        rows.getString(4),
                        rows.getBytes(5),
                        rows.getBytes(6)));
            }
        }
        return all;
    }

    /// Stores these, each in the place of the one of its name.
    boolean put(Connection connection, Collection<SealedCredential> credentials) throws SQLException {
        PreparedStatement statement = upsert.on(connection);
        for (SealedCredential each : credentials) {
            statement.setString(1, each.name());
            statement.setString(2, each.storedBy());
            statement.setLong(3, each.storedMillis());
            statement.setString(4, each.keyId());
            statement.setBytes(5, each.wrappedKey());
            statement.setBytes(6, each.sealed());
            statement.executeUpdate();
        }
        return !credentials.isEmpty();
    }

    /// Forgets one; whether it was there.
    boolean remove(Connection connection, String name) throws SQLException {
        PreparedStatement statement = delete.on(connection);
        statement.setString(1, name);
        return statement.executeUpdate() > 0;
    }
}
