package ai.openlegion.store;

import static ai.openlegion.store.StoreProbe.await;
import static ai.openlegion.store.StoreProbe.failure;
import static ai.openlegion.store.StoreProbe.put;
import static ai.openlegion.store.StoreProbe.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.openlegion.store.StoreException.Reason;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
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
class StoreFaultsTest {

    private static final StoreSettings QUICK =
            new StoreSettings(Duration.ofMillis(10), Duration.ofMillis(20), Duration.ofMillis(100), 64, 2, 16);

    @TempDir
    Path folder;

    private final BlockingQueue<Boolean> availability = new LinkedBlockingQueue<>();
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
    void a_full_disk_refuses_writes_until_there_is_room_again() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString()) == 0,
                "no tmpfs can be mounted here, so no disk can be filled");
        try (Database database = open(disk.resolve("openlegion.db"))) {
            Counter member = new Counter("member");
            database.join(member);
            member.add();
            member.awaitDurable(1);
            Path filler = disk.resolve("filler");
            fill(filler);

            String tooMuch = "x".repeat(2 << 20);
            assertThat(failure(put(database, "too much", tooMuch))).isIn(Reason.DISK_FULL, Reason.UNAVAILABLE);
            assertThat(awaitAvailability()).isFalse();
            member.add();
            member.awaitFailures(2);
            assertThat(database.trouble()).isEqualTo(Reason.DISK_FULL);
            assertThat(failure(put(database, "small", "x"))).isEqualTo(Reason.UNAVAILABLE);

            Files.delete(filler);
            assertThat(awaitAvailability()).isTrue();
            member.awaitDurable(2);
            await(put(database, "small", "x"));
            assertThat(value(database, "too much")).isEqualTo("nothing");
            assertThat(value(database, "member")).isEqualTo("2");
        } finally {
            assertThat(run("umount", disk.toString())).isZero();
        }
    }

    @Test
    void a_disk_that_fills_while_nothing_is_written_is_noticed() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString()) == 0,
                "no tmpfs can be mounted here, so no disk can be filled");
        try (Database database = open(disk.resolve("openlegion.db"))) {
            Path filler = disk.resolve("filler");
            fill(filler);
            assertThat(awaitAvailability()).isFalse();
            assertThat(database.trouble()).isEqualTo(Reason.DISK_FULL);
            Files.delete(filler);
            assertThat(awaitAvailability()).isTrue();
        } finally {
            assertThat(run("umount", disk.toString())).isZero();
        }
    }

    @Test
    void a_write_lock_held_by_somebody_else_refuses_writes_until_it_is_let_go() throws Exception {
        try (Database database = open(file);
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = other.createStatement()) {
            Counter member = new Counter("member");
            database.join(member);
            statement.execute("BEGIN EXCLUSIVE");
            member.add();
            assertThat(awaitAvailability()).isFalse();
            assertThat(database.trouble()).isEqualTo(Reason.LOCKED);
            assertThat(failure(put(database, "a", "b"))).isEqualTo(Reason.UNAVAILABLE);
            member.awaitFailures(3);

            statement.execute("COMMIT");
            assertThat(awaitAvailability()).isTrue();
            member.awaitDurable(1);
            await(put(database, "a", "b"));
        }
    }

    @Test
    void a_lock_that_somebody_holds_while_nothing_is_written_is_noticed() throws Exception {
        try (Database database = open(file);
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN EXCLUSIVE");
            assertThat(awaitAvailability()).isFalse();
            assertThat(database.trouble()).isEqualTo(Reason.LOCKED);
            statement.execute("COMMIT");
            assertThat(awaitAvailability()).isTrue();
        }
    }

    @Test
    void a_locked_database_is_not_opened() throws Exception {
        open(file).close();
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = other.createStatement()) {
            statement.execute("PRAGMA locking_mode = EXCLUSIVE");
            statement.execute("BEGIN EXCLUSIVE");
            StoreException refused = catchThrowableOfType(StoreException.class, () -> open(file));
            assertThat(refused.reason()).isEqualTo(Reason.LOCKED);
            assertThat(refused).hasMessageContaining(file.toString());
        }
    }

    @Test
    void a_file_damaged_while_it_is_open_refuses_writes_until_it_is_whole_again() throws Exception {
        try (Database database = open(file)) {
            await(put(database, "a", "b"));
            byte[] head = new byte[100];
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.readFully(head);
                bytes.seek(0);
                bytes.write(new byte[100]);
            }
            Counter member = new Counter("member");
            database.join(member);
            member.add();
            assertThat(awaitAvailability()).isFalse();
            assertThat(database.trouble()).isEqualTo(Reason.CORRUPT);
            member.awaitFailures(3);
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.write(head);
            }
            assertThat(awaitAvailability()).isTrue();
            member.awaitDurable(1);
        }
    }

    @Test
    void a_file_that_vanishes_refuses_writes_until_it_is_back() throws Exception {
        try (Database database = open(file)) {
            await(put(database, "a", "b"));
            Path elsewhere = folder.resolve("elsewhere.db");
            Files.move(file, elsewhere);
            assertThat(awaitAvailability()).isFalse();
            assertThat(database.trouble()).isEqualTo(Reason.IO_ERROR);
            assertThat(file).as("no new, empty database takes its place").doesNotExist();
            Files.move(elsewhere, file);
            assertThat(awaitAvailability()).isTrue();
            assertThat(value(database, "a")).isEqualTo("b");
        }
    }

    @Test
    void another_file_put_in_its_place_refuses_writes_until_a_restart() throws Exception {
        Path older = folder.resolve("older.db");
        open(file).close();
        Files.copy(file, older);
        try (Database database = open(file)) {
            await(put(database, "spent", "much"));
            Files.move(older, file, StandardCopyOption.REPLACE_EXISTING);
            assertThat(awaitAvailability()).isFalse();
            Counter member = new Counter("member");
            database.join(member);
            member.add();
            member.awaitFailures(3);
            assertThat(database.trouble()).isEqualTo(Reason.IO_ERROR);
        }
    }

    @Test
    void a_damaged_page_found_later_refuses_writes_until_the_file_is_whole_again() throws Exception {
        try (Database database = open(file)) {
            await(put(database, "large", "x".repeat(200_000)));
        }
        byte[] whole = Files.readAllBytes(file);
        try (Database database = open(file)) {
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.seek(4096);
                bytes.write("garbage!".repeat(whole.length / 8 - 512).getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(failure(database.write(connection ->
                            new MetaTable().get(connection, "large").orElse("gone"))))
                    .isEqualTo(Reason.CORRUPT);
            assertThat(awaitAvailability()).isFalse();
            assertThat(database.trouble()).isEqualTo(Reason.CORRUPT);
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.write(whole);
            }
            assertThat(awaitAvailability()).isTrue();
            assertThat(value(database, "large")).hasSize(200_000);
        }
    }

    private Database open(Path path) {
        Database database = Database.open(path, vertx, QUICK);
        database.onAvailability(availability::add);
        return database;
    }

    private boolean awaitAvailability() throws InterruptedException {
        Boolean news = availability.poll(20, TimeUnit.SECONDS);
        if (news == null) {
            throw new AssertionError("no news of the database's availability");
        }
        return news;
    }

    private static void fill(Path filler) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(filler.toFile(), "rw")) {
            while (true) {
                bytes.write(new byte[1024]);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
