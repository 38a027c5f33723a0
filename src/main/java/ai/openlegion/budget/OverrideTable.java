package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Transaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/// The SQL of limits an operator set.
final class OverrideTable {

    private OverrideTable() {}

    static Transaction<Map<AgentId, LimitOverride>> load() {
        return connection -> {
            Map<AgentId, LimitOverride> overrides = new HashMap<>();
            try (PreparedStatement statement = connection.prepareStatement(
                            "SELECT agent, daily, monthly, file_daily, file_monthly FROM limit_override");
                    ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    var _ = overrides.put(
                            new AgentId(rows.getString(1)),
                            new LimitOverride(
                                    new Limits(rows.getLong(2), rows.getLong(3)),
                                    new Limits(rows.getLong(4), rows.getLong(5))));
                }
            }
            return overrides;
        };
    }

    /// Stores these overrides; a void one is deleted.
    static Transaction<Boolean> save(Map<AgentId, LimitOverride> overrides) {
        return connection -> {
            for (Map.Entry<AgentId, LimitOverride> entry : overrides.entrySet()) {
                save(connection, entry.getKey(), entry.getValue());
            }
            return true;
        };
    }

    private static void save(Connection connection, AgentId agent, LimitOverride override) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM limit_override WHERE agent = ?")) {
            delete.setString(1, agent.value());
            int _ = delete.executeUpdate();
        }
        if (override.isVoid()) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO limit_override"
                + " (agent, daily, monthly, file_daily, file_monthly) VALUES (?, ?, ?, ?, ?)")) {
            insert.setString(1, agent.value());
            insert.setLong(2, override.limits().dailyPico());
            insert.setLong(3, override.limits().monthlyPico());
            insert.setLong(4, override.file().dailyPico());
            insert.setLong(5, override.file().monthlyPico());
            int _ = insert.executeUpdate();
        }
    }
}
