package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Watch;
import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Prepared;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// The table `board_watch`: who watches which keys. For the writer thread only.
final class WatchTable {

    private final Prepared insert = new Prepared(
            "INSERT INTO board_watch (agent, pattern) VALUES (?, ?) ON CONFLICT (agent, pattern) DO NOTHING");
    private final Prepared count = new Prepared("SELECT COUNT(*) FROM board_watch WHERE agent = ? AND pattern <> ?");
    private final Prepared drop = new Prepared("DELETE FROM board_watch WHERE agent = ?");

    /// Adds a watch unless its agent has `limit` others; answers whether it stands now.
    boolean add(Connection connection, Watch watch, int limit) throws SQLException {
        PreparedStatement others = count.on(connection);
        others.setString(1, watch.agent().value());
        others.setString(2, watch.pattern());
        try (ResultSet row = others.executeQuery()) {
            if (row.next() && row.getInt(1) >= limit) {
                return false;
            }
        }
        PreparedStatement statement = insert.on(connection);
        statement.setString(1, watch.agent().value());
        statement.setString(2, watch.pattern());
        int _ = statement.executeUpdate();
        return true;
    }

    void drop(Connection connection, AgentId agent) throws SQLException {
        PreparedStatement statement = drop.on(connection);
        statement.setString(1, agent.value());
        int _ = statement.executeUpdate();
    }

    static List<Watch> all(Connection connection) throws SQLException {
        List<Watch> watches = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("SELECT agent, pattern FROM board_watch");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                watches.add(new Watch(new AgentId(rows.getString(1)), rows.getString(2)));
            }
        }
        return watches;
    }
}
