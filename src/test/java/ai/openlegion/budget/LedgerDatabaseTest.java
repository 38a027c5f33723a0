package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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
    void many_threads_and_the_writer_together_keep_every_account_exact() throws Exception {
        Path file = folder.resolve("threads.db");
        AgentId agent = new AgentId("a");
        try (Database database = Database.open(file, vertx);
                DatabaseStore store = new DatabaseStore(database, file)) {
            Ledger ledger = new Ledger(new MovableClock());
            ledger.restore(store.recover(0));
            Limits limits = new Limits(40_000, Limits.UNLIMITED);
            assertThat(ledger.configure(Map.of(agent, limits), Limits.NONE).overLimit())
                    .isEmpty();
            ledger.onUrgent(database::wake);
            database.onAvailability(ledger::storeAvailable);
            database.join(new LedgerFlush(ledger, () -> {}));
            ledger.storeAvailable(true);
            List<Thread> threads = new ArrayList<>();
            LongAdder produced = new LongAdder();
            for (int i = 0; i < 4; i++) {
                threads.add(Thread.ofVirtual().start(() -> callUntilRefused(ledger, agent, produced)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            ledger.close();
            while (ledger.pending()) {
                boolean _ = BudgetRig.await(database.write(LedgerTable.nothing()));
            }
            assertThat(ledger.fleet().daily().heldPico()).isZero();
            assertThat(ledger.fleet().daily().spentPico()).isEqualTo(produced.sum());
            assertThat(produced.sum()).isBetween(39_000L, 40_000L);
            assertThat(store.usage()).isEqualTo(new BatchStore.UsageTotal(produced.sum(), 0));
            assertThat(store.days()).allMatch(row -> row.leased() == 0 && row.spent() == produced.sum());
        }
    }

    private static void callUntilRefused(Ledger ledger, AgentId agent, LongAdder produced) {
        Quote quote = new Quote(0, 1, 300, 16);
        while (ledger.admit(agent, quote) instanceof Admission.Granted(Hold hold)) {
            CompletableFuture<Boolean> durable = new CompletableFuture<>();
            ledger.whenDurable(hold, durable::complete);
            assertThat(durable.join()).isTrue();
            long tokens = hold.outputTokens() / 2 + 1;
            produced.add(tokens);
            Settled _ =
                    ledger.settle(hold, new Outcome("r" + hold.id(), 1, "m/x", 0, tokens, 0, tokens, 0, Basis.USAGE));
        }
    }

    @Test
    void bookings_come_back_as_they_were_written() {
        UsageEntry settled = new UsageEntry(
                1_000, new AgentId("a"), 20_000, "réq", 2, "sim/small", 1, 2, 3, 4, 5, Basis.UPPER_BOUND, "täsk-1", 6);
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
            UsageEntry entry = UsageEntry.settled(1, new AgentId("a"), 20_000, outcome, 5, 0, "", 0);
            for (long seq = 1; seq <= 3; seq++) {
                store.store(new FlushBatch(1, seq, List.of(), List.of(), List.of(entry, entry), Map.of(), false));
            }
            assertThat(store.usage().spent()).isEqualTo(30);
            assertThat(store.entries()).hasSize(6).allMatch(stored -> stored.tokens() == 2 * UsageEntry.MAX_TOKENS);
        }
    }
}
