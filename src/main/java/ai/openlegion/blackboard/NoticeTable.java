package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Change;
import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The table `board_notice`: what watchers have not been told yet. For the writer thread only.
final class NoticeTable {

    private final Prepared insert = new Prepared("""
            INSERT INTO board_notice (item, key, version, kind, author, recipients) VALUES (?, ?, ?, ?, ?, ?)""");
    private final Prepared delete = new Prepared("DELETE FROM board_notice WHERE item = ?");

    void add(Connection connection, Notice notice) throws SQLException {
        PreparedStatement statement = insert.on(connection);
        statement.setString(1, notice.item());
        statement.setString(2, notice.key());
        statement.setLong(3, notice.version());
        statement.setString(4, notice.change().name());
        statement.setString(5, notice.author());
        statement.setString(6, notice.recipients().stream().map(AgentId::value).collect(Collectors.joining(",")));
        int _ = statement.executeUpdate();
    }

    void remove(Connection connection, List<String> items) throws SQLException {
        for (String item : items) {
            PreparedStatement statement = delete.on(connection);
            statement.setString(1, item);
            int _ = statement.executeUpdate();
        }
    }

    /// All that there are, oldest first.
    static List<Notice> all(Connection connection) throws SQLException {
        List<Notice> notices = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(
                        "SELECT item, key, version, kind, author, recipients FROM board_notice ORDER BY id");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                notices.add(new Notice(
                        rows.getString(1),
                        rows.getString(2),
                        rows.getLong(3),
                        Change.valueOf(rows.getString(4)),
                        rows.getString(5),
                        Stream.of(rows.getString(6).split(","))
                                .map(AgentId::new)
                                .toList()));
            }
        }
        return notices;
    }
}
