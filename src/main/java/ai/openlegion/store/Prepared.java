package ai.openlegion.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// A statement that is prepared once a connection: the writer's connection lives for days, but is reopened after a
/// fault.
///
/// For the writer thread only. A result set must be closed before the statement is used again.
public final class Prepared {

    private final String sql;
    private @Nullable Connection owner;
    private @Nullable PreparedStatement statement;

    public Prepared(String sql) {
        this.sql = sql;
    }

    /// The statement on this connection, with whatever parameters it had last. A statement of an earlier connection
    /// died
    /// with it.
    public PreparedStatement on(Connection connection) throws SQLException {
        PreparedStatement current = statement;
        if (current == null || !connection.equals(owner)) {
            current = connection.prepareStatement(sql);
            statement = current;
            owner = connection;
        }
        return current;
    }
}
