package ai.openlegion.blackboard;

import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/// The table `board_usage`: how much of the board whose entries take. For the writer thread only.
///
/// It changes in the transactions that change the entries: no crash and no failed commit makes it differ from them.
final class UsageTable {

    private final Prepared entries = new Prepared("SELECT SUM(entries) FROM board_usage");
    private final Prepared entriesOf = new Prepared("SELECT entries FROM board_usage WHERE author = ?");
    private final Prepared bytes = new Prepared("SELECT bytes FROM board_usage WHERE author = ?");
    private final Prepared add = new Prepared("""
            INSERT INTO board_usage (author, entries, bytes) VALUES (?, ?, ?)
            ON CONFLICT (author) DO UPDATE SET
              entries = board_usage.entries + excluded.entries, bytes = board_usage.bytes + excluded.bytes""");

    /// Of the whole board.
    long entries(Connection connection) throws SQLException {
        try (ResultSet row = entries.on(connection).executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /// Those that one author wrote.
    long entries(Connection connection, String author) throws SQLException {
        return of(author, entriesOf.on(connection));
    }

    /// Of the keys and values that one author wrote.
    long bytes(Connection connection, String author) throws SQLException {
        return of(author, bytes.on(connection));
    }

    private static long of(String author, PreparedStatement statement) throws SQLException {
        statement.setString(1, author);
        try (ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    void add(Connection connection, String author, long moreEntries, long moreBytes) throws SQLException {
        if (moreEntries == 0 && moreBytes == 0) {
            return;
        }
        PreparedStatement statement = add.on(connection);
        statement.setString(1, author);
        statement.setLong(2, moreEntries);
        statement.setLong(3, moreBytes);
        int _ = statement.executeUpdate();
    }
}
