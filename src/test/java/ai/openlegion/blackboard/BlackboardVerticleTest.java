package ai.openlegion.blackboard;

import static ai.openlegion.blackboard.BoardRig.ANN;
import static ai.openlegion.blackboard.BoardRig.BOB;
import static ai.openlegion.blackboard.BoardRig.EVE;
import static ai.openlegion.blackboard.BoardRig.stored;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.blackboard.Blackboard.Absent;
import ai.openlegion.blackboard.Blackboard.AppendOnly;
import ai.openlegion.blackboard.Blackboard.Conflict;
import ai.openlegion.blackboard.Blackboard.Deleted;
import ai.openlegion.blackboard.Blackboard.Entry;
import ai.openlegion.blackboard.Blackboard.Full;
import ai.openlegion.blackboard.Blackboard.Outcome;
import ai.openlegion.blackboard.Blackboard.Present;
import ai.openlegion.blackboard.Blackboard.Put;
import ai.openlegion.blackboard.Blackboard.Stored;
import ai.openlegion.blackboard.Blackboard.Unavailable;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BlackboardVerticleTest {

    @TempDir
    Path folder;

    private BoardRig board;

    @BeforeEach
    void start() throws Exception {
        board = new BoardRig(folder, new BoardLimits(5, 5, 1_000, 2, 1 << 20), 2);
    }

    @AfterEach
    void stop() throws Exception {
        board.stop();
    }

    @Test
    void what_was_written_is_read_by_everybody_and_after_a_restart() throws Exception {
        Entry entry = stored(board.ask(Blackboard.PUT, new Put("ann", "a/b", "{\"ü\":1}", 60, "wf_1")));

        assertThat(entry)
                .isEqualTo(new Entry("a/b", "{\"ü\":1}", "ann", "wf_1", MovableClock.NOON, MovableClock.NOON, 60, 1));
        assertThat(board.get("a/b")).isEqualTo(new Present(entry));
        assertThat(board.list(BOB, "", null, 10).entries()).containsExactly(entry);

        board.restart();

        assertThat(board.get("a/b")).isEqualTo(new Present(entry));
        assertThat(board.get("a/B")).isEqualTo(new Absent());
    }

    @Test
    void an_overwrite_keeps_the_time_of_creation_and_nothing_else() throws Exception {
        Outcome _ = board.ask(Blackboard.PUT, new Put("ann", "k", "{}", 60, "wf_1"));
        board.clock.advance(1_000);

        assertThat(board.put(BOB, "k", "{\"b\":2}"))
                .isEqualTo(
                        new Entry("k", "{\"b\":2}", "bob", null, MovableClock.NOON, MovableClock.NOON + 1_000, 0, 2));
    }

    @Test
    void a_claim_wins_only_against_the_version_that_stands() throws Exception {
        assertThat(board.claim(ANN, "k", "{}", 1)).isEqualTo(new Conflict(0));
        assertThat(stored(board.claim(ANN, "k", "{}", 0)).version()).isEqualTo(1);
        assertThat(board.claim(BOB, "k", "{}", 0)).isEqualTo(new Conflict(1));
        assertThat(stored(board.claim(BOB, "k", "{}", 1)).version()).isEqualTo(2);
        assertThat(board.claim(ANN, "k", "{}", 1)).isEqualTo(new Conflict(2));
        assertThat(board.claim(ANN, "k", "{}", -1)).isEqualTo(new Conflict(2));
    }

    @Test
    void of_two_hundred_claims_at_once_one_wins_each_round() throws Exception {
        for (int round = 0; round < 100; round++) {
            List<Future<Outcome>> claims = new ArrayList<>();
            for (int claimant = 0; claimant < 200; claimant++) {
                claims.add(board.bus()
                        .ask(
                                Blackboard.CLAIM,
                                new Blackboard.Claim("agent" + claimant, "k", "{\"by\":" + claimant + "}", round, 0)));
            }
            var _ = BoardRig.await(Future.all(claims));
            List<Stored> winners = claims.stream()
                    .map(Future::result)
                    .filter(Stored.class::isInstance)
                    .map(Stored.class::cast)
                    .toList();

            assertThat(winners).as("round %d", round).hasSize(1);
            assertThat(board.get("k")).isEqualTo(new Present(winners.getFirst().entry()));
            assertThat(claims.stream().map(Future::result).filter(new Conflict(round + 1)::equals))
                    .hasSize(199);
        }
    }

    @Test
    void versions_never_go_back_over_deletion_and_expiry() throws Exception {
        Entry _ = board.put(ANN, "k", "{}");
        Entry _ = board.put(ANN, "k", "{}");

        assertThat(board.delete(BOB, "k")).isEqualTo(new Deleted(2));
        assertThat(board.get("k")).isEqualTo(new Absent());
        assertThat(board.delete(BOB, "k")).isEqualTo(new Absent());
        assertThat(board.claim(BOB, "k", "{}", 2)).isEqualTo(new Conflict(0));
        board.clock.advance(5);
        Entry again = stored(board.claim(BOB, "k", "{}", 0));
        assertThat(again.version()).isEqualTo(3);
        assertThat(again.createdAtMillis()).isEqualTo(MovableClock.NOON + 5);

        assertThat(stored(board.put(ANN, "k", "{}", 1)).version()).isEqualTo(4);
        board.clock.advance(1_000);
        assertThat(stored(board.claim(ANN, "k", "{}", 0)).version()).isEqualTo(5);

        assertThat(stored(board.put(ANN, "k", "{}", 1)).version()).isEqualTo(6);
        board.clock.advance(1_000);
        board.clean();
        assertThat(board.number("SELECT COUNT(*) FROM board_entry WHERE value IS NULL"))
                .isEqualTo(1);
        assertThat(board.put(ANN, "k", "{}").version()).isEqualTo(7);
    }

    @Test
    void versions_never_go_back_though_removed_keys_are_forgotten() throws Exception {
        for (int write = 0; write < 7; write++) {
            Entry _ = board.put(ANN, "old", "{}");
        }
        assertThat(board.delete(ANN, "old")).isEqualTo(new Deleted(7));
        for (String key : List.of("a", "b", "c")) {
            board.clock.advance(1);
            Entry _ = board.put(ANN, key, "{}");
            assertThat(board.delete(ANN, key)).isEqualTo(new Deleted(1));
        }
        board.clean();

        assertThat(board.number("SELECT COUNT(*) FROM board_entry")).isEqualTo(2);
        assertThat(board.put(ANN, "old", "{}").version()).isGreaterThan(7);
        assertThat(board.put(ANN, "a", "{}").version()).isGreaterThan(7);
        assertThat(board.put(ANN, "c", "{}").version()).isEqualTo(2);
        board.restart();
        assertThat(board.put(ANN, "new", "{}").version()).isEqualTo(8);
    }

    @Test
    void an_entry_is_gone_the_instant_it_expires() throws Exception {
        Entry entry = stored(board.put(ANN, "k", "{}", 10));
        board.clock.advance(9_999);
        assertThat(board.get("k")).isEqualTo(new Present(entry));
        assertThat(board.keys(ANN, "", 5)).containsExactly("k");
        assertThat(board.matches(ANN, "k*")).isTrue();

        board.clock.advance(1);

        assertThat(board.get("k")).isEqualTo(new Absent());
        assertThat(board.keys(ANN, "", 5)).isEmpty();
        assertThat(board.keys(null, "", 5)).isEmpty();
        assertThat(board.matches(ANN, "k*")).isFalse();
        assertThat(board.delete(ANN, "k")).isEqualTo(new Absent());
        assertThat(board.claim(ANN, "k", "{}", 1)).isEqualTo(new Conflict(0));
        board.restart();
        assertThat(board.get("k")).isEqualTo(new Absent());
        assertThat(stored(board.claim(ANN, "k", "{}", 0)).version()).isEqualTo(2);
    }

    @Test
    void a_time_to_live_beyond_all_time_is_for_ever() throws Exception {
        Entry entry = stored(board.put(ANN, "k", "{}", Long.MAX_VALUE));
        assertThat(board.get("k")).isEqualTo(new Present(entry));
        assertThat(board.keys(ANN, "", 5)).containsExactly("k");
    }

    @Test
    void history_is_written_once() throws Exception {
        Entry entry = board.put(ANN, "history/2026", "{}");

        assertThat(board.put(ANN, "history/2026", "{\"a\":1}", 0)).isInstanceOf(AppendOnly.class);
        assertThat(board.put(ANN, "history/2027", "{}", 5)).isInstanceOf(AppendOnly.class);
        assertThat(board.claim(ANN, "history/2026", "{}", 0)).isEqualTo(new Conflict(1));
        assertThat(board.claim(ANN, "history/2026", "{}", 1)).isInstanceOf(AppendOnly.class);
        assertThat(board.delete(ANN, "history/2026")).isInstanceOf(AppendOnly.class);
        assertThat(board.delete(ANN, "history/2027")).isEqualTo(new Absent());
        assertThat(board.get("history/2026")).isEqualTo(new Present(entry));
        assertThat(stored(board.claim(ANN, "history/2028", "{}", 0)).version()).isEqualTo(1);
        assertThat(board.put(ANN, "history", "{}").version()).isEqualTo(1);
        assertThat(board.put(ANN, "history", "{}").version()).isEqualTo(2);
    }

    @Test
    void a_full_board_takes_no_new_key_until_one_is_gone_or_over() throws Exception {
        for (int key = 0; key < 4; key++) {
            Entry _ = board.put(ANN, "k" + key, "{}");
        }
        Entry _ = stored(board.put(ANN, "short", "{}", 1));
        assertThat(board.put(BOB, "one more", "{}", 0)).isInstanceOf(Full.class);
        assertThat(board.get("one more")).isEqualTo(new Absent());
        assertThat(board.put(BOB, "k1", "{}").version()).isEqualTo(2);

        board.clock.advance(1_000);
        assertThat(board.put(BOB, "one more", "{}").version()).isEqualTo(1);
        assertThat(board.put(BOB, "yet one more", "{}", 0)).isInstanceOf(Full.class);
        assertThat(board.delete(BOB, "k1")).isEqualTo(new Deleted(2));
        assertThat(board.put(BOB, "yet one more", "{}").version()).isEqualTo(1);
        assertUsageIsTrue();
    }

    @Test
    void an_author_s_keys_and_values_take_so_many_bytes_and_no_more() throws Exception {
        Entry _ = board.put(ANN, "a", value(599));
        assertThat(board.put(ANN, "b", value(400), 0)).isInstanceOf(Full.class);
        assertThat(board.put(ANN, "ü".repeat(200), "{}", 0)).isInstanceOf(Full.class);
        Entry _ = board.put(ANN, "b", value(399));
        assertThat(board.put(ANN, "a", value(600), 0)).isInstanceOf(Full.class);
        assertThat(board.claim(ANN, "c", value(20), 0)).isInstanceOf(Full.class);

        assertThat(board.put(BOB, "c", value(999)).version()).isEqualTo(1);
        assertThat(board.put(BOB, "a", value(20), 0)).isInstanceOf(Full.class);
        assertThat(board.put(ANN, "a", value(598)).version()).isEqualTo(2);
        assertThat(board.delete(BOB, "b")).isEqualTo(new Deleted(1));
        assertThat(board.put(ANN, "b", "{\"v\":\"" + "ü".repeat(196) + "\"}").version())
                .isEqualTo(2);
        assertThat(board.put(ANN, "a", value(600), 0)).isInstanceOf(Full.class);
        assertUsageIsTrue();
    }

    @Test
    void an_author_s_entries_are_so_many_and_leave_room_for_others() throws Exception {
        board.stop();
        board = new BoardRig(folder, new BoardLimits(5, 2, 1_000, 2, 1 << 20), 2);
        Entry _ = board.put(ANN, "a", "{}");
        Entry _ = stored(board.put(ANN, "b", "{}", 1));
        Entry _ = board.put(BOB, "c", "{}");
        assertThat(board.put(ANN, "d", "{}", 0)).isInstanceOf(Full.class);
        assertThat(board.put(ANN, "c", "{}", 0)).as("another's").isInstanceOf(Full.class);
        assertThat(board.put(ANN, "a", "{}").version()).as("its own").isEqualTo(2);
        assertThat(board.put(BOB, "d", "{}").version()).isEqualTo(1);

        board.clock.advance(1_000);
        assertThat(board.put(ANN, "c", "{}").version()).as("one is over").isEqualTo(2);
        assertThat(board.put(ANN, "e", "{}", 0)).isInstanceOf(Full.class);
        assertThat(board.delete(BOB, "c")).isEqualTo(new Deleted(2));
        assertThat(board.put(ANN, "e", "{}").version()).isEqualTo(1);
        assertUsageIsTrue();
    }

    @Test
    void a_locked_database_is_an_answer_and_nothing_half_written_is_ever_read() throws Exception {
        Entry before = board.put(ANN, "k", "{\"n\":1}");
        Outcome outcome;
        try (Connection other = board.connect();
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            outcome = board.put(ANN, "k", "{\"n\":2}", 0);
            assertThat(board.get("k")).isEqualTo(new Present(before));
            assertThat(board.ask(Blackboard.WATCH, new Blackboard.Watch(ANN, "*")))
                    .isEqualTo(new Unavailable());
            statement.execute("ROLLBACK");
        }
        assertThat(outcome).isEqualTo(new Unavailable());

        Outcome after = board.put(ANN, "k", "{\"n\":3}", 0);
        while (after instanceof Unavailable) {
            after = board.put(ANN, "k", "{\"n\":3}", 0);
        }
        assertThat(stored(after).version()).isEqualTo(2);
        assertThat(board.get("k")).isEqualTo(new Present(stored(after)));
    }

    @Test
    void reads_that_overlap_writes_are_never_behind_what_was_answered() throws Exception {
        board.stop();
        board = new BoardRig(
                folder, new BoardLimits(5, 5, 1_000, 2, 600), 2); // holds two entries: most reads are loads
        for (int round = 0; round < 300; round++) {
            String key = "k" + round % 4;
            List<Future<?>> all = new ArrayList<>();
            IntStream.range(0, 4).forEach(at -> all.add(board.bus().ask(Blackboard.GET, new Blackboard.Get(key))));
            Future<Outcome> write = board.bus().ask(Blackboard.PUT, new Put("ann", key, "{}", 0, null));
            IntStream.range(0, 4).forEach(at -> all.add(board.bus().ask(Blackboard.GET, new Blackboard.Get(key))));
            Entry written = stored(BoardRig.await(write));

            assertThat(board.get(key)).as("round %d", round).isEqualTo(new Present(written));
            var _ = BoardRig.await(Future.join(all));
            assertThat(board.get(key)).as("round %d", round).isEqualTo(new Present(written));
        }
    }

    @Test
    void what_is_too_much_at_once_is_unavailable_and_leaves_no_trace() throws Exception {
        board.stop();
        board = new BoardRig(folder, new BoardLimits(5, 5, 64 << 20, 2, 1 << 20), 2);
        List<Future<Outcome>> writes = IntStream.range(0, 12)
                .mapToObj(_ -> board.bus().ask(Blackboard.PUT, new Put("ann", "k", value(1 << 20), 0, null)))
                .toList();
        var _ = BoardRig.await(Future.all(writes));
        long stored = writes.stream()
                .filter(write -> write.result() instanceof Stored)
                .count();
        assertThat(stored).isGreaterThanOrEqualTo(3);
        assertThat(writes).allMatch(write -> write.result() instanceof Stored || write.result() instanceof Unavailable);
        assertThat(board.put(ANN, "k", value(1 << 20)).version()).isEqualTo(stored + 1);
    }

    @Test
    void every_durable_change_is_published() throws Exception {
        List<Blackboard.Changed> heard = new CopyOnWriteArrayList<>();
        var _ = board.bus().subscribe(Blackboard.CHANGED, heard::add);
        Entry _ = board.put(ANN, "k", "{}");
        Outcome _ = board.claim(EVE, "k", "{}", 1);
        Outcome _ = board.claim(EVE, "k", "{}", 1);
        Outcome _ = board.delete(BOB, "k");
        Outcome _ = board.delete(BOB, "k");
        Entry _ = board.put(ANN, "last", "{}");

        BoardRig.until("heard of all", () -> heard.size() == 4);
        assertThat(heard)
                .containsExactly(
                        new Blackboard.Changed("k", 1, "ann", Blackboard.Change.WRITTEN),
                        new Blackboard.Changed("k", 2, "eve", Blackboard.Change.CLAIMED),
                        new Blackboard.Changed("k", 2, "bob", Blackboard.Change.DELETED),
                        new Blackboard.Changed("last", 1, "ann", Blackboard.Change.WRITTEN));
    }

    private void assertUsageIsTrue() throws Exception {
        assertThat(board.number("SELECT SUM(entries) * 1000000 + SUM(bytes) FROM board_usage"))
                .isEqualTo(board.number(
                        "SELECT COUNT(*) * 1000000 + SUM(bytes) FROM board_entry WHERE value IS NOT NULL"));
        assertThat(board.number("SELECT COUNT(*) FROM board_entry WHERE bytes <>"
                        + " COALESCE(octet_length(key) + octet_length(value), 0)"))
                .isZero();
        assertThat(board.number("""
                SELECT COUNT(*) FROM board_usage u WHERE u.bytes <> (SELECT COALESCE(SUM(e.bytes), 0)
                FROM board_entry e WHERE e.written_by = u.author AND e.value IS NOT NULL)""")).isZero();
    }

    /// A JSON object of so many bytes.
    private static String value(int bytes) {
        return "{\"v\":\"" + "x".repeat(bytes - 8) + "\"}";
    }
}
