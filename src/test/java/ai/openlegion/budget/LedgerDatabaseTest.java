package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The ledger on real tables: what holds in memory holds on disk.
final class LedgerDatabaseTest {

    private static final int RUNS = 12;
    private static final int STEPS = 120;

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();

    @BeforeEach
    void sqliteIsThere() throws ClassNotFoundException {
        assertThat(Class.forName("org.sqlite.JDBC")).isNotNull();
    }

    @AfterEach
    void close() throws Exception {
        var _ = vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void no_history_breaks_an_invariant_on_disk() throws SQLException {
        for (int seed = 0; seed < RUNS; seed++) {
            Path file = folder.resolve("run" + seed + ".db");
            try (Database database = Database.open(file, vertx);
                    DatabaseStore store = new DatabaseStore(database, file)) {
                new LedgerWorld(seed, store, seed % 4 == 3).run(STEPS);
            } catch (AssertionError | IllegalStateException failure) {
                throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
            }
        }
    }

    @Test
    void bookings_come_back_as_they_were_written() {
        UsageEntry settled = new UsageEntry(
                1_000, new AgentId("a"), 20_000, "réq", 2, "sim/small", 1, 2, 3, 4, 5, Basis.UPPER_BOUND);
        UsageEntry released = UsageEntry.released(2_000, new DayImage(new AgentId("b"), 20_001, 7, 8, 9, 6));
        assertThat(UsageGroup.decode(UsageGroup.encode(List.of(settled, released))))
                .containsExactly(settled, released);
    }

    @Test
    void a_provider_that_reports_absurd_token_counts_cannot_overflow_the_sums() throws SQLException {
        Path file = folder.resolve("absurd.db");
        try (Database database = Database.open(file, vertx);
                DatabaseStore store = new DatabaseStore(database, file)) {
            Outcome outcome =
                    new Outcome("r", 1, "m/x", Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, 5, 0, Basis.USAGE);
            UsageEntry entry = UsageEntry.settled(1, new AgentId("a"), 20_000, outcome, 5, 0);
            for (long seq = 1; seq <= 3; seq++) {
                store.store(new FlushBatch(1, seq, List.of(), List.of(entry, entry), java.util.Map.of(), false));
            }
            assertThat(store.usage().spent()).isEqualTo(30);
            assertThat(store.entries()).hasSize(6).allMatch(stored -> stored.tokens() == 2 * UsageEntry.MAX_TOKENS);
        }
    }
}
