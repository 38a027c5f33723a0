package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import ai.openlegion.store.Transaction;
import io.vertx.core.Future;
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
        assertThat(write(TaskAccountTable.open(StoredTask.opened(ask), 1)).open())
                .isTrue();
    }

    @Override
    public void closeTask(String taskId) {
        assertThat(write(TaskAccountTable.close(taskId, Budget.Ceiling.NONE, 2)))
                .isTrue();
    }

    @Override
    public Budget.TaskAccount task(String taskId) {
        return await(TaskAccountReader.task(database.reads(), taskId));
    }

    @Override
    public StoredRun run(String runId) {
        long spent = 0;
        long unreconciled = 0;
        for (Budget.TaskAccount task : await(TaskAccountReader.run(database.reads(), runId))) {
            spent += task.spentPico();
            unreconciled += task.unreconciledPico();
        }
        return new StoredRun(runId, 0, spent, unreconciled);
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
        return await(database.write(work));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException failure) {
            throw new IllegalStateException("the database failed", failure);
        }
    }
}
