package ai.openlegion.evidence.report;

import ai.openlegion.budget.Limits;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What the database knows beside the audit: what was booked, the limits that the operator set, who may not spend, and
/// the configuration that decides.
final class LedgerReader {

    /// The days that are read of an agent and model: years of a whole fleet fit into memory by their sums only.
    private static final String USAGE = """
            SELECT agent, model, SUM(calls), SUM(input_tokens), SUM(output_tokens), SUM(spent), SUM(unreconciled)
            FROM usage_day WHERE day BETWEEN ? AND ? GROUP BY agent, model ORDER BY agent, SUM(spent) DESC, model""";

    private static final String DAYS = """
            SELECT agent, day, SUM(spent) FROM usage_day WHERE day BETWEEN ? AND ? GROUP BY agent, day""";

    private LedgerReader() {}

    /// What an agent used of a model or service, in pico-USD and tokens.
    record Usage(
            String model, long calls, long inputTokens, long outputTokens, long spentPico, long unreconciledPico) {}

    /// What the ledger has of the days of a period.
    ///
    /// @param byAgent the accounts' usage, the dearest first
    /// @param byDay what each account spent on each day
    record Ledger(Map<String, List<Usage>> byAgent, Map<String, TreeMap<Long, Long>> byDay) {}

    /// The days from and up to these, both included.
    static Ledger ledger(Connection connection, long fromDay, long toDay) throws SQLException {
        Map<String, List<Usage>> byAgent = new TreeMap<>();
        try (PreparedStatement query = connection.prepareStatement(USAGE)) {
            query.setLong(1, fromDay);
            query.setLong(2, toDay);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    byAgent.computeIfAbsent(rows.getString(1), _ -> new ArrayList<>())
                            .add(new Usage(
                                    rows.getString(2),
                                    rows.getLong(3),
                                    rows.getLong(4),
                                    rows.getLong(5),
                                    rows.getLong(6),
                                    rows.getLong(7)));
                }
            }
        }
        Map<String, TreeMap<Long, Long>> byDay = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement(DAYS)) {
            query.setLong(1, fromDay);
            query.setLong(2, toDay);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    if (rows.getLong(3) != 0) {
                        byDay.computeIfAbsent(rows.getString(1), _ -> new TreeMap<>())
                                .put(rows.getLong(2), rows.getLong(3));
                    }
                }
            }
        }
        return new Ledger(byAgent, byDay);
    }

    /// Everybody who ever had an account, whether or not it is in the period.
    static Set<String> accounts(Connection connection) throws SQLException {
        return names(connection, "SELECT DISTINCT agent FROM usage_day");
    }

    /// The limits that the operator set beside the file's, by agent.
    static Map<String, Limits> overrides(Connection connection) throws SQLException {
        Map<String, Limits> limits = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT agent, daily, monthly FROM limit_override");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                limits.put(rows.getString(1), new Limits(rows.getLong(2), rows.getLong(3)));
            }
        }
        return limits;
    }

    /// The accounts that may not spend until the operator acts.
    static Set<String> frozen(Connection connection) throws SQLException {
        return names(connection, "SELECT agent FROM account_frozen");
    }

    private static Set<String> names(Connection connection, String query) throws SQLException {
        Set<String> names = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(query);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                var _ = names.add(rows.getString(1));
            }
        }
        return names;
    }

    /// The names of the credentials that each agent stored; never a value.
    static Map<String, List<String>> stored(Connection connection) throws SQLException {
        Map<String, List<String>> names = new HashMap<>();
        try (PreparedStatement query =
                        connection.prepareStatement("SELECT stored_by, name FROM vault_secret ORDER BY name");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                names.computeIfAbsent(rows.getString(1), _ -> new ArrayList<>()).add(rows.getString(2));
            }
        }
        return names;
    }

    /// A value of the table `meta`.
    static Optional<String> meta(Connection connection, String name) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT value FROM meta WHERE name = ?")) {
            query.setString(1, name);
            try (ResultSet rows = query.executeQuery()) {
                return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
            }
        }
    }
}
