package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import ai.openlegion.store.Transaction;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The real tables in a real database on disk, written by its writer and read beside it.
final class DatabaseStore implements BatchStore, AutoCloseable {

    private final Database database;
    private final Connection reader;
    private final LedgerTable table = new LedgerTable();

    DatabaseStore(Database database, Path file) throws SQLException {
        this.database = database;
        this.reader = DriverManager.getConnection("jdbc:sqlite:" + file);
    }

    @Override
    public void store(FlushBatch batch) {
        boolean _ = write(connection -> {
            table.store(connection, batch);
            return true;
        });
    }

    @Override
    public StoredLedger recover(long today) {
        return write(LedgerTable.recovery(today));
    }

    @Override
    public List<DayImage> days() throws SQLException {
        List<DayImage> days = new ArrayList<>();
        try (Statement statement = reader.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT agent, day, spent, unreconciled, leased FROM account_day ORDER BY day, agent")) {
            while (rows.next()) {
                days.add(new DayImage(
                        new AgentId(rows.getString(1)),
                        rows.getLong(2),
                        rows.getLong(3),
                        rows.getLong(4),
                        rows.getLong(5),
                        0));
            }
        }
        return days;
    }

    @Override
    public List<UsageEntry> entries() throws SQLException {
        List<UsageEntry> entries = new ArrayList<>();
        try (Statement statement = reader.createStatement();
                ResultSet rows = statement.executeQuery("SELECT entries, data FROM usage_group ORDER BY seq")) {
            while (rows.next()) {
                List<UsageEntry> group = UsageGroup.decode(rows.getBytes(2));
                if (group.size() != rows.getLong(1)) {
                    throw new AssertionError("a group says it has " + rows.getLong(1) + " entries");
                }
                entries.addAll(group);
            }
        }
        return entries;
    }

    @Override
    public void openTask(Budget.OpenTask ask) {
        assertThat(write(TaskAccountTable.open(ask, 1))).isTrue();
    }

    @Override
    public void closeTask(String taskId) {
        assertThat(write(TaskAccountTable.close(taskId, false, 2))).isTrue();
    }

    @Override
    public Budget.TaskAccount task(String taskId) {
        return write(TaskAccountTable.read(taskId));
    }

    @Override
    public UsageTotal usage() throws SQLException {
        try (Statement statement = reader.createStatement();
                ResultSet row = statement.executeQuery("SELECT SUM(spent), SUM(unreconciled) FROM usage_day")) {
            return new UsageTotal(row.getLong(1), row.getLong(2));
        }
    }

    @Override
    public void close() throws SQLException {
        reader.close();
    }

    private <T> T write(Transaction<T> work) {
        try {
            return database.write(work)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException failure) {
            throw new IllegalStateException("the database failed", failure);
        }
    }
}
