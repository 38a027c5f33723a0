package ai.openlegion.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/// The table `meta`: single values under a name. For the writer thread only.
public final class MetaTable {

    private final Prepared select = new Prepared("SELECT value FROM meta WHERE name = ?");
    private final Prepared upsert = new Prepared("""
            INSERT INTO meta (name, value) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value""");

    /// The value under the name.
    public Optional<String> get(Connection connection, String name) throws SQLException {
        PreparedStatement statement = select.on(connection);
        statement.setString(1, name);
        try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
        }
    }

    /// Stores the value under the name, replacing what was there.
    public void put(Connection connection, String name, String value) throws SQLException {
        PreparedStatement statement = upsert.on(connection);
        statement.setString(1, name);
        statement.setString(2, value);
        statement.executeUpdate();
    }

    /// The number under the name, or 0. A value that is no number is a [SQLException]: somebody else wrote there.
    long number(Connection connection, String name) throws SQLException {
        String value = get(connection, name).orElse("0");
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException notOurs) {
            throw new SQLException("meta " + name + " is not a number", notOurs);
        }
    }
}
