package ai.openlegion.budget;

import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/// The end of rows of the table `usage_group`. For the writer thread only.
final class UsageGroupTable {

    /* The last row stays whatever its age: the next is numbered after it. Numbers follow each other and the time, so
    that only the rows to be removed are read. */
    private final Prepared remove = new Prepared("""
            DELETE FROM usage_group
            WHERE seq < COALESCE((SELECT seq FROM usage_group WHERE to_ms >= ? ORDER BY seq LIMIT 1),
                (SELECT MAX(seq) FROM usage_group))
              AND seq < (SELECT MIN(seq) FROM usage_group) + 500""");

    /// Removes some rows that ended before that time; returns how many, 0 when there are none.
    int removeSome(Connection connection, long beforeMillis) throws SQLException {
        PreparedStatement statement = remove.on(connection);
        statement.setLong(1, beforeMillis);
        return statement.executeUpdate();
    }
}
