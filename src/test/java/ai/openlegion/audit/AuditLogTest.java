package ai.openlegion.audit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.ChainCheck.Broken;
import ai.openlegion.audit.ChainCheck.Intact;
import ai.openlegion.bus.Bus;
import ai.openlegion.store.Database;
import ai.openlegion.store.StoreSettings;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AuditLogTest {

    private static final long SEED = 20261122;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private Vertx vertx;
    private Path file;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        file = folder.resolve("openlegion.db");
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    @Test
    void what_was_offered_is_read_back_in_order_and_unchanged() throws Exception {
        List<AuditEntry> offered = new ArrayList<>();
        for (int group = 0; group < 5; group++) {
            offered.addAll(record(20));
        }
        try (Database database = Database.open(file, vertx)) {
            List<Recorded> read = await(database.write(connection -> AuditReader.read(connection, 1, 1000)));
            assertThat(read).extracting(Recorded::entry).as("seed %d", SEED).isEqualTo(offered);
            assertThat(read.getFirst().seq()).isEqualTo(1);
            assertThat(read.getLast().seq()).isEqualTo(100);
            List<Recorded> part = await(database.write(connection -> AuditReader.read(connection, 30, 15)));
            assertThat(part).isEqualTo(read.subList(29, 44));
            List<Recorded> none = await(database.write(connection -> AuditReader.read(connection, 101, 10)));
            assertThat(none).isEmpty();
        }
        assertThat(verify())
                .isInstanceOfSatisfying(
                        Intact.class, intact -> assertThat(intact.end().seq()).isEqualTo(100));
    }

    @Test
    void what_became_durable_is_told_once_and_in_order() throws Exception {
        record(3);
        Bus bus = new Bus(vertx);
        BlockingQueue<Audits.Written> told = new LinkedBlockingQueue<>();
        var _ = bus.subscribe(Audits.RECORDED, told::add);
        List<AuditEntry> offered = new ArrayList<>();
        try (Database database = Database.open(file, vertx)) {
            AuditLog log = AuditLog.open(database, bus);
            for (int i = 0; i < 200; i++) {
                AuditEntry entry = entry();
                offered.add(entry);
                assertThat(log.offer(entry)).isTrue();
                if (i % 20 == 0) {
                    database.wake();
                }
            }
        }
        List<AuditEntry> heard = new ArrayList<>();
        while (heard.size() < offered.size()) {
            Audits.Written written = told.poll(20, TimeUnit.SECONDS);
            assertThat(written).as("told of %d", heard.size()).isNotNull();
            assertThat(written.firstSeq()).isEqualTo(4 + heard.size());
            heard.addAll(written.entries());
        }
        assertThat(heard).as("seed %d", SEED).isEqualTo(offered);
        assertThat(told).isEmpty();
    }

    @Test
    void a_full_queue_takes_no_entry_until_the_writer_took_some() throws Exception {
        try (Database database = Database.open(file, vertx)) {
            AuditLog log = AuditLog.open(database, new Bus(vertx), 8);
            assertThat(log.accepting()).isTrue();
            Future<Boolean> full = database.write(connection -> {
                for (int i = 0; i < 8; i++) {
                    assertThat(log.offer(entry())).isTrue();
                }
                assertThat(log.accepting()).isFalse();
                return log.offer(entry());
            });
            assertThat(await(full).booleanValue()).isFalse();
            List<Recorded> recorded = await(database.write(connection -> AuditReader.read(connection, 1, 100)));
            assertThat(recorded)
                    .as("they were committed with the write that offered them")
                    .hasSize(8);
            assertThat(log.accepting()).isTrue();
        }
    }

    @Test
    void an_unavailable_database_makes_the_log_accept_nothing_and_loses_nothing() throws Exception {
        StoreSettings quick =
                new StoreSettings(Duration.ofMillis(10), Duration.ofMillis(20), Duration.ofMillis(50), 8, 1, 8);
        try (Database database = Database.open(file, vertx, quick);
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = other.createStatement()) {
            BlockingQueue<Boolean> availability = new LinkedBlockingQueue<>();
            database.onAvailability(availability::add);
            AuditLog log = AuditLog.open(database, new Bus(vertx));
            statement.execute("BEGIN EXCLUSIVE");
            assertThat(log.offer(entry())).isTrue();
            assertThat(availability.poll(20, TimeUnit.SECONDS)).isFalse();
            assertThat(log.accepting()).isFalse();
            assertThat(log.offer(entry())).as("a call that was let in before").isTrue();
            statement.execute("COMMIT");
            assertThat(availability.poll(20, TimeUnit.SECONDS)).isTrue();
            assertThat(log.accepting()).isTrue();
        }
        assertThat(verify())
                .isInstanceOfSatisfying(
                        Intact.class, intact -> assertThat(intact.end().seq()).isEqualTo(2));
    }

    @Test
    void a_group_whose_commit_only_seemed_to_fail_is_written_once() throws Exception {
        record(2);
        AuditLog log = detached();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            assertThat(log.offer(entry())).isTrue();
            log.write(connection);
            log.failed();
            assertThat(log.offer(entry())).isTrue();
            flush(log, connection);
        }
        assertThat(verify())
                .isInstanceOfSatisfying(
                        Intact.class, intact -> assertThat(intact.end().seq()).isEqualTo(4));
    }

    @Test
    void a_group_whose_commit_did_fail_is_written_again_with_what_it_held() throws Exception {
        record(2);
        AuditLog log = detached();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            connection.setAutoCommit(false);
            assertThat(log.offer(entry())).isTrue();
            log.write(connection);
            connection.rollback();
            log.failed();
            assertThat(log.offer(entry())).isTrue();
            flush(log, connection);
            connection.commit();
        }
        assertThat(verify())
                .isInstanceOfSatisfying(
                        Intact.class, intact -> assertThat(intact.end().seq()).isEqualTo(4));
    }

    @Test
    void every_single_flipped_byte_is_found_and_its_entry_named() throws Exception {
        record(1);
        record(3);
        record(1);
        byte[] data = data(2);
        long[] entryOfByte = new long[data.length];
        int start = 0;
        for (int entry = 0; entry < 3; entry++) {
            int end = end(data, start);
            Arrays.fill(entryOfByte, start, end, 2 + entry);
            start = end;
        }
        assertThat(start).isEqualTo(data.length);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                PreparedStatement update =
                        connection.prepareStatement("UPDATE audit_group SET data = ? WHERE first_seq = 2")) {
            for (int i = 0; i < data.length; i++) {
                byte[] altered = data.clone();
                altered[i] ^= (byte) (1 << random.nextInt(8));
                update.setBytes(1, altered);
                assertThat(update.executeUpdate()).isEqualTo(1);
                ChainCheck check = AuditReader.verifyChain(connection);
                assertThat(check).as("byte %d, seed %d", i, SEED).isInstanceOf(Broken.class);
                assertThat(((Broken) check).seq())
                        .as("byte %d, seed %d", i, SEED)
                        .isEqualTo(entryOfByte[i]);
            }
            update.setBytes(1, data);
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
        assertThat(verify())
                .isInstanceOfSatisfying(
                        Intact.class, intact -> assertThat(intact.end().seq()).isEqualTo(5));
    }

    @Test
    void a_removed_row_is_found() throws Exception {
        for (int i = 0; i < 4; i++) {
            record(2);
        }
        execute("DELETE FROM audit_group WHERE first_seq = 3");
        assertThat(verify()).isEqualTo(new Broken(Flaw.REMOVED, 3, "missing: the next stored entry is 5"));
    }

    @Test
    void a_removed_first_row_is_found() throws Exception {
        record(2);
        record(2);
        execute("DELETE FROM audit_group WHERE first_seq = 1");
        assertThat(verify()).isEqualTo(new Broken(Flaw.REMOVED, 1, "missing: the next stored entry is 3"));
    }

    @Test
    void rows_removed_at_the_end_are_found_and_later_entries_do_not_hide_it() throws Exception {
        record(2);
        record(2);
        execute("DELETE FROM audit_group WHERE first_seq = 3");
        assertThat(verify()).isEqualTo(new Broken(Flaw.TRUNCATED, 3, "the chain ends here, but went on to entry 4"));
        record(2);
        assertThat(verify()).isEqualTo(new Broken(Flaw.REMOVED, 3, "missing: the next stored entry is 5"));
    }

    @Test
    void reordered_rows_are_found() throws Exception {
        for (int i = 0; i < 4; i++) {
            record(2);
        }
        execute("UPDATE audit_group SET first_seq = -1, last_seq = 0 WHERE first_seq = 3");
        execute("UPDATE audit_group SET first_seq = 3, last_seq = 4 WHERE first_seq = 5");
        execute("UPDATE audit_group SET first_seq = 5, last_seq = 6 WHERE first_seq = -1");
        assertThat(verify()).isInstanceOf(Broken.class).extracting("seq").isEqualTo(3L);
    }

    @Test
    void an_inserted_row_is_found() throws Exception {
        record(2);
        execute("INSERT INTO audit_group SELECT -1, 0, previous_hash, hash, data FROM audit_group");
        assertThat(verify()).isInstanceOf(Broken.class);
    }

    @Test
    void text_of_any_length_and_kind_is_kept_within_its_bound() throws Exception {
        String long1 = "é😀\u0000\n'\"".repeat(200);
        AuditEntry odd = new AuditEntry(Long.MAX_VALUE, "", long1, "a", "b", "c", -1, "d", "e", Long.MIN_VALUE);
        assertThat(odd.action()).hasSize(AuditEntry.TEXT_CHARS);
        try (Database database = Database.open(file, vertx)) {
            AuditLog log = AuditLog.open(database, new Bus(vertx));
            assertThat(log.offer(odd)).isTrue();
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            assertThat(AuditReader.read(connection, 1, 10)).containsExactly(new Recorded(1, odd));
        }
        assertThat(verify())
                .isInstanceOfSatisfying(
                        Intact.class, intact -> assertThat(intact.end().seq()).isEqualTo(1));
    }

    /// A log whose database is closed: the test plays the writer.
    private AuditLog detached() {
        try (Database database = Database.open(file, vertx)) {
            return AuditLog.open(database, new Bus(vertx));
        }
    }

    private static void flush(AuditLog log, Connection connection) throws SQLException {
        while (log.pending()) {
            log.write(connection);
            log.committed();
        }
    }

    /// Records entries in one group and closes the database.
    @CanIgnoreReturnValue
    private List<AuditEntry> record(int count) {
        List<AuditEntry> entries = new ArrayList<>();
        try (Database database = Database.open(file, vertx)) {
            AuditLog log = AuditLog.open(database, new Bus(vertx));
            // Offered on the writer thread, so that one group holds them all.
            await(database.write(connection -> {
                for (int i = 0; i < count; i++) {
                    AuditEntry entry = entry();
                    entries.add(entry);
                    assertThat(log.offer(entry)).isTrue();
                }
                return count;
            }));
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
        return entries;
    }

    private AuditEntry entry() {
        return new AuditEntry(
                random.nextLong(),
                "researcher",
                "use model",
                "openai/gpt-" + random.nextInt(),
                random.nextBoolean() ? "allowed" : "denied",
                "permissions.researcher.allowed_apis[\"llm\"]",
                random.nextInt(),
                "req_" + random.nextInt(),
                random.nextBoolean() ? "" : "chatcmpl-" + random.nextInt(),
                random.nextLong());
    }

    private ChainCheck verify() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            return AuditReader.verifyChain(connection);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).as(sql).isEqualTo(1);
        }
    }

    private byte[] data(long firstSeq) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                PreparedStatement select =
                        connection.prepareStatement("SELECT data FROM audit_group WHERE first_seq = ?")) {
            select.setLong(1, firstSeq);
            try (ResultSet rows = select.executeQuery()) {
                assertThat(rows.next()).isTrue();
                return rows.getBytes(1);
            }
        }
    }

    /// Where the entry that starts here ends, found without the code under test.
    private static int end(byte[] data, int start) {
        ByteBuffer bytes = ByteBuffer.wrap(data);
        int at = start + 1 + 8;
        for (int text = 0; text < 7; text++) {
            at += text == 5 ? 8 : 0;
            int begin = Short.toUnsignedInt(bytes.getShort(at));
            at += 2 + (begin < 0x8000 ? begin : 0);
        }
        return at + 8 + 8;
    }

    @CanIgnoreReturnValue
    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
