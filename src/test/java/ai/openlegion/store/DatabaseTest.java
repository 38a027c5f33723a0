package ai.openlegion.store;

import static ai.openlegion.store.StoreProbe.await;
import static ai.openlegion.store.StoreProbe.failure;
import static ai.openlegion.store.StoreProbe.occupy;
import static ai.openlegion.store.StoreProbe.put;
import static ai.openlegion.store.StoreProbe.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.store.StoreException.Reason;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DatabaseTest {

    // No commit comes by itself: each is asked for, so that a test sees which one did what.
    private static final StoreSettings PATIENT =
            new StoreSettings(Duration.ofHours(1), Duration.ofMillis(20), Duration.ofSeconds(2), 4, 2, 16);

    @TempDir
    Path folder;

    private Vertx vertx;
    private Path data;
    private Path file;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        data = folder.resolve("data");
        file = data.resolve("openlegion.db");
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    @Test
    void writes_that_wait_together_share_one_commit() throws Exception {
        try (Database database = Database.open(file, vertx)) {
            long before = commits(database);
            CountDownLatch release = new CountDownLatch(1);
            Future<String> first = occupy(database, release);
            List<Future<String>> waiting = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                waiting.add(put(database, "n" + i, "x"));
            }
            release.countDown();
            await(first);
            for (Future<String> write : waiting) {
                await(write);
            }
            assertThat(commits(database) - before)
                    .as("the first write, then all that waited for it, and this look")
                    .isLessThanOrEqualTo(3);
            assertThat(value(database, "n199")).isEqualTo("x");
        }
    }

    @Test
    void a_database_can_be_closed_when_vertx_is_gone_already() throws Exception {
        try (Database database = Database.open(file, vertx)) {
            await(put(database, "n", "x"));
            await(vertx.close());
        }
        assertThat(file).exists();
        assertThat(data.resolve("openlegion.db-wal")).doesNotExist();
    }

    @Test
    void a_failing_write_is_undone_and_no_other_in_its_group() throws Exception {
        try (Database database = Database.open(file, vertx)) {
            CountDownLatch release = new CountDownLatch(1);
            Future<String> gate = occupy(database, release);
            Future<String> before = put(database, "before", "1");
            Future<String> broken = database.write(connection -> {
                new MetaTable().put(connection, "half", "done");
                throw new IllegalArgumentException("the work's own fault");
            });
            Future<String> refused = database.write(connection -> {
                new MetaTable().put(connection, "half", "done");
                connection.createStatement().execute("INSERT INTO meta (name, value) VALUES ('before', NULL)");
                return "never";
            });
            Future<String> after = put(database, "after", "2");
            release.countDown();
            await(gate);
            await(before);
            await(after);
            assertThatThrownBy(() -> await(broken)).hasRootCauseMessage("the work's own fault");
            assertThat(failure(refused)).isEqualTo(Reason.REJECTED);
            assertThat(value(database, "half")).isEqualTo("nothing");
            assertThat(database.available()).isTrue();
        }
        try (Database again = Database.open(file, vertx)) {
            assertThat(value(again, "before")).isEqualTo("1");
            assertThat(value(again, "after")).isEqualTo("2");
        }
    }

    @Test
    void an_answer_arrives_on_the_callers_context() throws Exception {
        try (Database database = Database.open(file, vertx)) {
            Context context = vertx.getOrCreateContext();
            CompletableFuture<Context> seen = new CompletableFuture<>();
            context.runOnContext(_ -> put(database, "a", "b").onComplete(_ -> seen.complete(Vertx.currentContext())));
            assertThat(seen.get(30, TimeUnit.SECONDS)).isSameAs(context);

            CompletableFuture<Context> read = new CompletableFuture<>();
            context.runOnContext(_ -> database.reads()
                    .preparedQuery("SELECT value FROM meta WHERE name = ?")
                    .execute(Tuple.of("a"))
                    .onComplete(_ -> read.complete(Vertx.currentContext())));
            assertThat(read.get(30, TimeUnit.SECONDS)).isSameAs(context);
        }
    }

    @Test
    void readers_see_what_is_committed_and_cannot_write() throws Exception {
        try (Database database = Database.open(file, vertx)) {
            await(put(database, "seen", "yes"));
            String value = await(database.reads()
                    .query("SELECT value FROM meta WHERE name = 'seen'")
                    .execute()
                    .map(rows -> rows.iterator().next().getString(0)));
            assertThat(value).isEqualTo("yes");
            assertThatThrownBy(() ->
                            await(database.reads().query("DELETE FROM meta").execute()))
                    .hasMessageContaining("readonly");
        }
    }

    @Test
    void too_many_waiting_writes_are_refused() throws Exception {
        try (Database database = Database.open(file, vertx, PATIENT)) {
            CountDownLatch release = new CountDownLatch(1);
            Future<String> gate = occupy(database, release);
            List<Future<String>> fitting = new ArrayList<>();
            for (int i = 0; i < PATIENT.queuedWrites(); i++) {
                fitting.add(put(database, "n" + i, "x"));
            }
            assertThat(failure(put(database, "one too many", "x"))).isEqualTo(Reason.QUEUE_FULL);
            release.countDown();
            await(gate);
            for (Future<String> write : fitting) {
                await(write);
            }
        }
    }

    @Test
    void a_member_is_committed_when_the_writer_is_woken() throws Exception {
        try (Database database = Database.open(file, vertx, PATIENT)) {
            Counter member = new Counter("woken");
            database.join(member);
            member.add();
            database.wake();
            member.awaitDurable(1);
            assertThat(value(database, "woken")).isEqualTo("1");
        }
    }

    @Test
    void a_member_is_committed_without_being_woken_within_the_interval() throws Exception {
        try (Database database = Database.open(file, vertx)) {
            Counter member = new Counter("lazy");
            database.join(member);
            member.add();
            member.awaitDurable(1);
        }
    }

    @Test
    void a_failing_member_costs_the_others_nothing_and_makes_the_database_unavailable_until_it_recovers()
            throws Exception {
        try (Database database = Database.open(file, vertx, PATIENT)) {
            Counter sound = new Counter("sound");
            Counter broken = new Counter("broken");
            List<Boolean> news = new ArrayList<>();
            CompletableFuture<List<Boolean>> recovered = new CompletableFuture<>();
            database.onAvailability(available -> {
                news.add(available);
                if (available) {
                    recovered.complete(news);
                }
            });
            database.join(broken);
            database.join(sound);
            broken.breakWith(new IllegalStateException("a bug in one member"));
            broken.add();
            sound.add();
            Future<String> write = put(database, "in the same group", "yes");
            await(write);
            sound.awaitDurable(1);
            broken.awaitFailures(2);
            assertThat(database.available()).isFalse();
            assertThat(database.trouble()).isEqualTo(Reason.REJECTED);
            assertThat(failure(put(database, "meanwhile", "no"))).isEqualTo(Reason.UNAVAILABLE);
            assertThat(sound.failures()).isZero();

            broken.repair();
            broken.awaitDurable(1);
            assertThat(recovered.get(30, TimeUnit.SECONDS)).containsExactly(false, true);
            assertThat(database.available()).isTrue();
            assertThat(value(database, "broken")).isEqualTo("1");
        }
    }

    @Test
    void closing_commits_all_that_was_gathered() throws Exception {
        Counter member = new Counter("member");
        List<Future<String>> writes = new ArrayList<>();
        Database database = Database.open(file, vertx, PATIENT);
        try (database) {
            database.join(member);
            member.add();
            for (int i = 0; i < PATIENT.queuedWrites(); i++) {
                writes.add(put(database, "n" + i, "x"));
            }
        }
        for (Future<String> write : writes) {
            await(write);
        }
        assertThat(member.durable()).isEqualTo(1);
        assertThat(failure(put(database, "late", "x"))).isEqualTo(Reason.CLOSED);
        assertThat(database.available()).isFalse();
        assertThat(file.resolveSibling("openlegion.db-wal"))
                .as("the file alone is the whole database")
                .doesNotExist();
    }

    @Test
    void the_files_are_readable_by_their_owner_only() throws Exception {
        try (Database database = Database.open(file, vertx)) {
            await(put(database, "a", "b"));
            for (String name : List.of("openlegion.db", "openlegion.db-wal", "openlegion.db-shm")) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.resolveSibling(name))))
                        .as(name)
                        .isEqualTo("rw-------");
            }
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void a_revision_grows_only_with_another_content() throws Exception {
        try (Database database = Database.open(file, vertx)) {
            assertThat(await(database.revisionFor("hash a")).longValue()).isEqualTo(1);
            assertThat(await(database.revisionFor("hash a")).longValue()).isEqualTo(1);
            assertThat(await(database.revisionFor("hash b")).longValue()).isEqualTo(2);
        }
        try (Database database = Database.open(file, vertx)) {
            assertThat(await(database.revisionFor("hash b")).longValue()).isEqualTo(2);
            assertThat(await(database.revisionFor("hash a")).longValue())
                    .as("an older content come back is a new decision")
                    .isEqualTo(3);
        }
    }

    private static long commits(Database database) throws Exception {
        return await(database.write(connection -> new MetaTable().number(connection, "commits")));
    }
}
