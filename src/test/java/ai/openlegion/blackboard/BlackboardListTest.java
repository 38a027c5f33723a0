package ai.openlegion.blackboard;

import static ai.openlegion.blackboard.BoardRig.ANN;
import static ai.openlegion.blackboard.BoardRig.BOB;
import static ai.openlegion.blackboard.BoardRig.EVE;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.acl.Glob;
import ai.openlegion.blackboard.Blackboard.Entry;
import ai.openlegion.blackboard.Blackboard.Outcome;
import ai.openlegion.blackboard.Blackboard.Page;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BlackboardListTest {

    /// What keys and patterns are made of: neighbours in the order, either side of the surrogates, metacharacters that
    /// a key may hold, and both cases.
    private static final List<String> PIECES =
            List.of("a", "A", "b", "ab", "/", "/", "_", "%", "é", "\uD7FF", "\uE000", "\uFFFF", "😀", "\uDBFF\uDFFF");

    private static final List<String> WILD = List.of("*", "*", "?", "[a-c]", "[!b]", "[A/]");

    @TempDir
    Path folder;

    private BoardRig board;

    @BeforeEach
    void start() throws Exception {
        board = new BoardRig(folder);
    }

    @AfterEach
    void stop() throws Exception {
        board.stop();
    }

    @Test
    void a_list_shows_what_may_be_read_and_begins_so_and_nothing_else() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        TreeSet<String> keys = new TreeSet<>(KeyRange.ORDER);
        while (keys.size() < 400) {
            String key = text(random, PIECES, 5);
            if (BlackboardKey.flaw(key).isEmpty()) {
                keys.add(key);
            }
        }
        writeAll(keys.stream().toList());
        for (int round = 0; round < 150; round++) {
            List<String> patterns = Stream.generate(() -> text(
                            random,
                            Stream.concat(PIECES.stream(), WILD.stream()).toList(),
                            4))
                    .limit(random.nextInt(4))
                    .toList();
            List<Glob> globs = patterns.stream().map(Glob::compile).toList();
            board.may(EVE, patterns.toArray(String[]::new));
            String prefix = random.nextBoolean() ? "" : text(random, PIECES, 2);
            int limit = 1 + random.nextInt(60);
            String watched = text(random, WILD, 1) + text(random, PIECES, 1) + "*";
            String what = "seed %d round %d globs %s prefix %s limit %d match %s"
                    .formatted(seed, round, patterns, prefix, limit, watched);
            List<String> readable = keys.stream()
                    .filter(key -> globs.stream().anyMatch(glob -> glob.matches(key)))
                    .toList();

            assertThat(board.keys(EVE, prefix, limit))
                    .as(what)
                    .containsExactlyElementsOf(readable.stream()
                            .filter(key -> key.startsWith(prefix))
                            .toList());
            assertThat(board.matches(EVE, watched))
                    .as(what)
                    .isEqualTo(readable.stream().anyMatch(Glob.compile(watched)::matches));
        }
    }

    @Test
    void pages_continue_behind_any_place_and_say_whether_there_is_more() throws Exception {
        writeAll(List.of("a", "a/b", "a b", "aa", "b", "c"));

        assertThat(board.list(ANN, "a", null, 3)).satisfies(page -> {
            assertThat(names(page)).containsExactly("a", "a b", "a/b");
            assertThat(page.more()).isTrue();
        });
        assertThat(board.list(ANN, "a", "a/b", 3)).satisfies(page -> {
            assertThat(names(page)).containsExactly("aa");
            assertThat(page.more()).isFalse();
        });
        assertThat(names(board.list(ANN, "", "a/zzz", 9))).containsExactly("aa", "b", "c");
        assertThat(board.list(ANN, "a", "b", 3)).isEqualTo(new Page(List.of(), false));
        assertThat(board.list(ANN, "", "c", 3)).isEqualTo(new Page(List.of(), false));
        assertThat(names(board.list(ANN, "", null, 6))).hasSize(6);
        assertThat(board.list(ANN, "", null, 6).more()).isFalse();
    }

    @Test
    void a_page_is_never_empty_while_there_is_something_to_show() throws Exception {
        List<String> keys = new ArrayList<>(
                IntStream.range(0, 1_700).mapToObj("hidden/%05d"::formatted).toList());
        keys.add("hidden/00900/mine");
        keys.add("hidden/99999/mine");
        writeAll(keys);
        board.may(EVE, "*mine");

        Page first = board.list(EVE, "", null, 1);
        assertThat(names(first)).containsExactly("hidden/00900/mine");
        assertThat(first.more()).isTrue();
        Page last = board.list(EVE, "hidden/", "hidden/00900/mine", 1);
        assertThat(names(last)).containsExactly("hidden/99999/mine");
        assertThat(last.more()).isFalse();
        assertThat(board.matches(EVE, "hidden/9*")).isTrue();
        assertThat(board.matches(EVE, "hidden/01*")).isFalse();
    }

    @Test
    void what_expires_while_a_page_is_made_is_not_in_it() throws Exception {
        Entry _ = board.put(ANN, "lasting", "{}");
        int expired = 0;
        for (int look = 1; look <= 6; look++) {
            for (String key : List.of("a", "b", "c")) {
                Entry _ = BoardRig.stored(board.put(ANN, key, "{}", 1));
            }
            long before = board.clock.millis();
            board.clock.advanceAtLook(look, 1_000);
            Page page = board.list(null, "", null, 2);
            board.clock.advanceAtLook(0, 0);
            boolean leapt = board.clock.millis() > before;
            expired += leapt ? 1 : 0;
            assertThat(names(page)).as("look %d", look).isEqualTo(leapt ? List.of("lasting") : List.of("a", "b"));
        }
        assertThat(expired).isGreaterThanOrEqualTo(3);
    }

    @Test
    void a_reader_without_an_entry_sees_nothing_and_the_operator_everything() throws Exception {
        writeAll(List.of("a", "b"));
        assertThat(board.keys(EVE, "", 10)).isEmpty();
        assertThat(board.matches(EVE, "*")).isFalse();
        assertThat(board.keys(null, "", 10)).containsExactly("a", "b");

        board.may(EVE, "b");
        assertThat(board.keys(EVE, "", 10)).containsExactly("b");
        board.may(EVE, "B", "a*", "a", "a");
        assertThat(board.keys(EVE, "", 10)).containsExactly("a");
    }

    @Test
    void pages_are_bounded_in_bytes_but_give_one_entry_at_least() throws Exception {
        String big = "{\"v\":\"" + "x".repeat(400_000) + "\"}";
        for (String key : List.of("a", "b", "c", "d")) {
            Entry _ = board.put(ANN, key, big);
        }
        Entry _ = board.put(BOB, "e", "{\"v\":\"" + "x".repeat(5_000_000) + "\"}");

        assertThat(names(board.list(ANN, "", null, 100))).containsExactly("a", "b");
        assertThat(names(board.list(ANN, "", "b", 100))).containsExactly("c", "d");
        assertThat(board.list(ANN, "", "b", 100).more()).isTrue();
        assertThat(names(board.list(ANN, "", "d", 100))).containsExactly("e");
    }

    @Test
    void an_agent_that_lists_without_end_keeps_nobody_else_from_reading() throws Exception {
        writeAll(IntStream.range(0, 2_000).mapToObj("k%d"::formatted).toList());
        board.may(EVE, "*never");
        List<Future<Blackboard.Listed>> flood = Stream.generate(
                        () -> board.bus().ask(Blackboard.LIST, new Blackboard.ListEntries(EVE, "", null, 10)))
                .limit(1_000)
                .toList();

        assertThat(board.keys(BOB, "k1", 1_000)).hasSize(1_111);
        assertThat(board.matches(BOB, "*999")).isTrue();
        var _ = BoardRig.await(Future.all(flood));
        assertThat(flood)
                .allMatch(list -> list.result().equals(new Page(List.of(), false))
                        || list.result().equals(new Blackboard.Unavailable()));
        assertThat(board.keys(EVE, "", 10)).isEmpty();
    }

    private void writeAll(List<String> keys) throws Exception {
        for (int from = 0; from < keys.size(); from += InFlight.AUTHOR_WRITES) {
            List<Future<Outcome>> writes =
                    keys.subList(from, Math.min(from + InFlight.AUTHOR_WRITES, keys.size())).stream()
                            .map(key -> board.bus().ask(Blackboard.PUT, new Blackboard.Put("ann", key, "{}", 0, null)))
                            .toList();
            var _ = BoardRig.await(Future.all(writes));
            assertThat(writes).allMatch(write -> write.result() instanceof Blackboard.Stored);
        }
    }

    private static List<String> names(Page page) {
        return page.entries().stream().map(Entry::key).toList();
    }

    private static String text(Random random, List<String> pieces, int most) {
        StringBuilder text = new StringBuilder();
        for (int left = 1 + random.nextInt(most); left > 0; left--) {
            text.append(pieces.get(random.nextInt(pieces.size())));
        }
        return text.toString();
    }
}
