package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Prepared;
import ai.openlegion.store.Transaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The ledger's SQL: a start's recovery, and storing a batch. For the writer thread only, inside its
/// transactions.
final class LedgerTable {

    private final Prepared upsertDay = new Prepared("""
            INSERT INTO account_day (agent, day, spent, unreconciled, leased) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (agent, day) DO UPDATE SET
              spent = excluded.spent, unreconciled = excluded.unreconciled, leased = excluded.leased""");

    private final Prepared addUsage = new Prepared("""
            INSERT INTO usage_day (agent, model, day, calls, input_tokens, output_tokens, cached_tokens,
              spent, unreconciled)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (agent, model, day) DO UPDATE SET
              calls = usage_day.calls + excluded.calls,
              input_tokens = usage_day.input_tokens + excluded.input_tokens,
              output_tokens = usage_day.output_tokens + excluded.output_tokens,
              cached_tokens = usage_day.cached_tokens + excluded.cached_tokens,
              spent = usage_day.spent + excluded.spent,
              unreconciled = usage_day.unreconciled + excluded.unreconciled""");

    private final TaskAccountTable tasks = new TaskAccountTable();

    private final Prepared insertGroup =
            new Prepared("INSERT INTO usage_group (seq, from_ms, to_ms, entries, data) VALUES (?, ?, ?, ?, ?)");

    /// The recovery as a unit of work.
    static Transaction<StoredLedger> recovery(long today) {
        return connection -> new LedgerTable().recover(connection, today);
    }

    /// A unit of work that only makes the group commit, and with it everything gathered before.
    static Transaction<Boolean> nothing() {
        return _ -> true;
    }

    /// Turns every lease into unreconciled, and reads what the ledger starts from.
    StoredLedger recover(Connection connection, long today) throws SQLException {
        List<DayImage> stranded = days(connection, "SELECT * FROM account_day WHERE leased > 0 ORDER BY day, agent");
        strand(connection, stranded);
        long newest = number(connection, "SELECT MAX(day) FROM account_day", Long.MIN_VALUE);
        long currentDay = Math.max(newest, today);
        List<DayImage> days = days(
                connection,
                "SELECT * FROM account_day WHERE day >= " + Utc.firstOfMonth(currentDay) + " ORDER BY day, agent");
        TaskAccountTable.Recovered open = tasks.recover(connection, stranded, currentDay);
        return new StoredLedger(
                number(connection, "SELECT MAX(seq) FROM usage_group", 0),
                newest,
                days,
                tokens(connection, currentDay),
                frozen(connection),
                open.tasks(),
                open.runs(),
                stranded);
    }

    /// Stores a batch. One that was tried before adds its bookings only if they are not there yet.
    void store(Connection connection, FlushBatch batch) throws SQLException {
        upsert(connection, batch.days());
        tasks.mark(connection, batch.tasks());
        for (Map.Entry<AgentId, Boolean> change : batch.frozen().entrySet()) {
            setFrozen(connection, change.getKey(), change.getValue(), batch.timeMillis());
        }
        if (!batch.entries().isEmpty() && !(batch.uncertain() && isStored(connection, batch.seq()))) {
            insertGroup(connection, batch);
            addUsage(connection, sums(batch.entries()));
            tasks.add(connection, batch.entries());
        }
    }

    private void strand(Connection connection, List<DayImage> stranded) throws SQLException {
        List<DayImage> reconciled = new ArrayList<>();
        Map<UsageKey, UsageSum> usage = new LinkedHashMap<>();
        for (DayImage day : stranded) {
            long unreconciled = Math.addExact(day.unreconciled(), day.leased());
            reconciled.add(new DayImage(day.agent(), day.day(), day.spent(), unreconciled, 0, 0));
            UsageSum sum = new UsageSum();
            sum.unreconciled = day.leased();
            usage.put(new UsageKey(day.agent(), UsageEntry.RESTART_MODEL, day.day()), sum);
        }
        upsert(connection, reconciled);
        addUsage(connection, usage);
    }

    private void upsert(Connection connection, List<DayImage> days) throws SQLException {
        for (DayImage day : days) {
            PreparedStatement statement = upsertDay.on(connection);
            statement.setString(1, day.agent().value());
            statement.setLong(2, day.day());
            statement.setLong(3, day.spent());
            statement.setLong(4, day.unreconciled());
            statement.setLong(5, day.leased());
            int _ = statement.executeUpdate();
        }
    }

    private static void setFrozen(Connection connection, AgentId agent, boolean frozen, long timeMillis)
            throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM account_frozen WHERE agent = ?")) {
            delete.setString(1, agent.value());
            int _ = delete.executeUpdate();
        }
        if (frozen) {
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO account_frozen (agent, since_ms) VALUES (?, ?)")) {
                insert.setString(1, agent.value());
                insert.setLong(2, timeMillis);
                int _ = insert.executeUpdate();
            }
        }
    }

    private static boolean isStored(Connection connection, long seq) throws SQLException {
        return number(connection, "SELECT MAX(seq) FROM usage_group WHERE seq = " + seq, 0) == seq;
    }

    private void insertGroup(Connection connection, FlushBatch batch) throws SQLException {
        List<UsageEntry> entries = batch.entries();
        PreparedStatement statement = insertGroup.on(connection);
        statement.setLong(1, batch.seq());
        statement.setLong(2, entries.getFirst().timeMillis());
        statement.setLong(3, entries.getLast().timeMillis());
        statement.setLong(4, entries.size());
        statement.setBytes(5, UsageGroup.encode(entries));
        int _ = statement.executeUpdate();
    }

    private static Map<UsageKey, UsageSum> sums(List<UsageEntry> entries) {
        Map<UsageKey, UsageSum> sums = new LinkedHashMap<>();
        for (UsageEntry entry : entries) {
            if (entry.isCall() || entry.spentPico() != 0 || entry.unreconciledPico() != 0) {
                sums.computeIfAbsent(new UsageKey(entry.agent(), entry.model(), entry.day()), _ -> new UsageSum())
                        .add(entry);
            }
        }
        return sums;
    }

    private void addUsage(Connection connection, Map<UsageKey, UsageSum> sums) throws SQLException {
        for (Map.Entry<UsageKey, UsageSum> entry : sums.entrySet()) {
            UsageSum sum = entry.getValue();
            PreparedStatement statement = addUsage.on(connection);
            statement.setString(1, entry.getKey().agent().value());
            statement.setString(2, entry.getKey().model());
            statement.setLong(3, entry.getKey().day());
            statement.setLong(4, sum.calls);
            statement.setLong(5, sum.input);
            statement.setLong(6, sum.output);
            statement.setLong(7, sum.cached);
            statement.setLong(8, sum.spent);
            statement.setLong(9, sum.unreconciled);
            int _ = statement.executeUpdate();
        }
    }

    private static List<DayImage> days(Connection connection, String sql) throws SQLException {
        List<DayImage> days = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                days.add(new DayImage(
                        new AgentId(rows.getString("agent")),
                        rows.getLong("day"),
                        rows.getLong("spent"),
                        rows.getLong("unreconciled"),
                        rows.getLong("leased"),
                        0));
            }
        }
        return days;
    }

    private static Map<AgentId, Long> tokens(Connection connection, long day) throws SQLException {
        Map<AgentId, Long> tokens = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT agent, SUM(input_tokens + output_tokens) AS tokens FROM usage_day WHERE day = ? GROUP BY agent")) {
            statement.setLong(1, day);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    tokens.put(new AgentId(rows.getString("agent")), rows.getLong("tokens"));
                }
            }
        }
        return tokens;
    }

    private static Set<AgentId> frozen(Connection connection) throws SQLException {
        Set<AgentId> frozen = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement("SELECT agent FROM account_frozen");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                frozen.add(new AgentId(rows.getString("agent")));
            }
        }
        return frozen;
    }

    private static long number(Connection connection, String sql, long absent) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            long value = rows.next() ? rows.getLong(1) : absent;
            return rows.wasNull() ? absent : value;
        }
    }

    private record UsageKey(AgentId agent, String model, long day) {}

    /// What one group's bookings add to a row of usage.
    private static final class UsageSum {
        private long calls;
        private long input;
        private long output;
        private long cached;
        private long spent;
        private long unreconciled;

        void add(UsageEntry entry) {
            calls += entry.isCall() ? 1 : 0;
            input = Math.addExact(input, entry.inputTokens());
            output = Math.addExact(output, entry.outputTokens());
            cached = Math.addExact(cached, entry.cachedTokens());
            spent = Math.addExact(spent, entry.spentPico());
            unreconciled = Math.addExact(unreconciled, entry.unreconciledPico());
        }
    }
}
