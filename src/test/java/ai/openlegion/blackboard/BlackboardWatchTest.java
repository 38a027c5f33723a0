package ai.openlegion.blackboard;

import static ai.openlegion.blackboard.BoardRig.ANN;
import static ai.openlegion.blackboard.BoardRig.BOB;
import static ai.openlegion.blackboard.BoardRig.EVE;
import static ai.openlegion.blackboard.BoardRig.until;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.acl.Policy;
import ai.openlegion.blackboard.Blackboard.Configured;
import ai.openlegion.blackboard.Blackboard.Entry;
import ai.openlegion.blackboard.Blackboard.Outcome;
import ai.openlegion.blackboard.Blackboard.Present;
import ai.openlegion.blackboard.Blackboard.Put;
import ai.openlegion.blackboard.Blackboard.TooManyWatches;
import ai.openlegion.blackboard.Blackboard.Watch;
import ai.openlegion.blackboard.Blackboard.Watched;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.messaging.Messaging.Send;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BlackboardWatchTest {

    private static final Messaging.Unavailable UNAVAILABLE = new Messaging.Unavailable();

    @TempDir
    Path folder;

    private BoardRig board;

    @BeforeEach
    void start() throws Exception {
        board = new BoardRig(folder, new BoardLimits(10_000, 10_000, 1 << 20, 2, 1 << 20), 10_000);
    }

    @AfterEach
    void stop() throws Exception {
        board.stop();
    }

    @Test
    void a_watcher_hears_of_the_changes_of_others_before_they_are_answered() throws Exception {
        watch(BOB, "a/*");
        Entry _ = board.put(ANN, "a/\"x\"", "{}");
        assertThat(board.inbox.told("bob")).containsExactly("written a/\"x\" 1 by ann");

        Entry _ = board.put(BOB, "a/\"x\"", "{}");
        Entry _ = board.put(ANN, "b", "{}");
        Outcome _ = board.claim(ANN, "a/\"x\"", "{}", 2);
        Outcome _ = board.claim(ANN, "a/\"x\"", "{}", 2);
        Outcome _ = board.delete(ANN, "a/\"x\"");
        Outcome _ = board.delete(ANN, "a/\"x\"");
        assertThat(board.inbox.told("bob"))
                .containsExactly("written a/\"x\" 1 by ann", "claimed a/\"x\" 3 by ann", "deleted a/\"x\" 3 by ann");
        assertThat(board.inbox.taken()).allSatisfy(send -> {
            assertThat(send.kind()).isEqualTo(Messaging.Kind.WATCH);
            assertThat(send.from()).isEqualTo("ann");
            assertThat(send.id()).matches("wat_[0-9a-f]{12}");
        });
        assertThat(board.inbox.taken().getFirst().type()).isEqualTo("written");
    }

    @Test
    void two_patterns_of_one_watcher_make_one_notice() throws Exception {
        watch(BOB, "a*");
        watch(BOB, "*b");
        watch(EVE, "*b");
        board.may(EVE, "*");
        Entry _ = board.put(ANN, "ab", "{}");
        assertThat(board.inbox.told("bob")).containsExactly("written ab 1 by ann");
        assertThat(board.inbox.told("eve")).containsExactly("written ab 1 by ann");
    }

    @Test
    void a_watcher_hears_only_of_what_it_may_read_when_it_is_told() throws Exception {
        watch(EVE, "*");
        Entry _ = board.put(ANN, "a", "{}");
        board.may(EVE, "b");
        Entry _ = board.put(ANN, "a", "{}");
        Entry _ = board.put(ANN, "b", "{}");
        board.may(EVE);
        Entry _ = board.put(ANN, "b", "{}");
        assertThat(board.inbox.told("eve")).containsExactly("written b 1 by ann");
    }

    @Test
    void a_notice_that_waited_is_dropped_when_its_watcher_may_no_longer_read() throws Exception {
        board.may(EVE, "*");
        watch(EVE, "*");
        board.inbox.answers(_ -> Future.succeededFuture(UNAVAILABLE));
        Entry _ = board.put(ANN, "a", "{}");
        board.may(EVE, "b");
        board.inbox.takesEverything();
        Entry _ = board.put(ANN, "b", "{}");
        assertThat(board.inbox.told("eve")).containsExactly("written b 1 by ann");
    }

    @Test
    void watches_survive_a_restart_and_are_counted() throws Exception {
        watch(BOB, "a");
        watch(BOB, "b");
        assertThat(board.ask(Blackboard.WATCH, new Watch(BOB, "c"))).isEqualTo(new TooManyWatches(2));
        watch(BOB, "a");
        watch(EVE, "c");
        board.restart();
        watch(BOB, "b");
        assertThat(board.ask(Blackboard.WATCH, new Watch(BOB, "c"))).isEqualTo(new TooManyWatches(2));

        for (String key : List.of("a", "b", "c")) {
            Entry _ = board.put(ANN, key, "{}");
        }
        assertThat(board.inbox.told("bob")).containsExactly("written a 1 by ann", "written b 1 by ann");
    }

    @Test
    void a_watcher_hears_of_what_changes_while_its_watch_is_not_answered_yet() throws Exception {
        for (int round = 1; round <= 50; round++) {
            AgentId watcher = new AgentId("watcher" + round);
            board.may(watcher, "*");
            Future<Blackboard.Watching> watch = board.bus().ask(Blackboard.WATCH, new Watch(watcher, "k"));
            Future<Outcome> write = ask("k");
            assertThat(BoardRig.await(watch)).isEqualTo(new Watched());
            assertThat(BoardRig.await(write)).isInstanceOf(Blackboard.Stored.class);
            assertThat(board.inbox.told(watcher.value())).containsExactly("written k %d by ann".formatted(round));
        }
    }

    @Test
    void a_watch_that_fails_leaves_the_one_that_stood_before() {
        Policy policy = Policy.of(1, Map.of(BOB, BoardRig.reads("*")), null, Map.of());
        Watches watches = new Watches();
        Watch watch = new Watch(BOB, "a*");
        watches.begin(watch);
        watches.begin(watch);
        assertThat(watches.of("a", "ann", policy)).containsExactly(BOB);
        watches.withdraw(watch);
        assertThat(watches.of("a", "ann", policy)).as("asked for twice").containsExactly(BOB);
        watches.withdraw(watch);
        assertThat(watches.of("a", "ann", policy)).isEmpty();

        watches.begin(watch);
        watches.stands(watch);
        watches.begin(watch);
        watches.withdraw(watch);
        assertThat(watches.of("a", "ann", policy)).containsExactly(BOB);
    }

    @Test
    void an_agent_that_is_gone_watches_no_more_even_when_it_comes_back() throws Exception {
        watch(BOB, "*");
        watch(EVE, "*");
        board.may(EVE, "*");
        assertThat(board.ask(Blackboard.CONFIGURE, new Blackboard.Configure(Set.of(ANN, EVE))))
                .isEqualTo(new Configured());
        Entry _ = board.put(ANN, "a", "{}");
        until("nothing is left to tell", () -> rows() == 0);
        board.restart();
        Entry _ = board.put(ANN, "b", "{}");
        assertThat(board.inbox.told("bob")).isEmpty();
        assertThat(board.inbox.told("eve")).containsExactly("written a 1 by ann", "written b 1 by ann");
    }

    @Test
    void an_agent_that_is_gone_has_no_watch_though_it_asked_for_one_just_before() throws Exception {
        board.may(EVE, "*");
        for (int round = 0; round < 20; round++) {
            assertThat(board.ask(Blackboard.CONFIGURE, new Blackboard.Configure(Set.of(ANN, BOB, EVE))))
                    .isEqualTo(new Configured());
            Future<Blackboard.Watching> watch = board.bus().ask(Blackboard.WATCH, new Watch(BOB, "*"));
            Future<Configured> configured =
                    board.bus().ask(Blackboard.CONFIGURE, new Blackboard.Configure(Set.of(ANN, EVE)));
            assertThat(BoardRig.await(watch))
                    .as("it was in time, or not")
                    .isIn(new Watched(), new Blackboard.Unavailable());
            assertThat(BoardRig.await(configured)).isEqualTo(new Configured());
            assertThat(board.number("SELECT COUNT(*) FROM board_watch")).isZero();
        }
        assertThat(board.ask(Blackboard.WATCH, new Watch(BOB, "*"))).isEqualTo(new Blackboard.Unavailable());
        watch(EVE, "*");
        Entry _ = board.put(ANN, "a", "{}");
        assertThat(board.inbox.told("bob")).isEmpty();
        assertThat(board.inbox.told("eve")).containsExactly("written a 1 by ann");
    }

    @Test
    void notices_that_were_not_delivered_are_delivered_after_a_restart_with_the_same_id_in_order() throws Exception {
        watch(BOB, "*");
        board.may(EVE, "*");
        watch(EVE, "*");
        board.inbox.answers(send -> send.to().equals(BOB)
                ? Future.succeededFuture(UNAVAILABLE)
                : Future.succeededFuture(new Messaging.Stored("id", 1)));
        Future<Outcome> first = ask("a");
        Future<Outcome> second = ask("b");
        assertThat(BoardRig.await(first)).isInstanceOf(Blackboard.Stored.class);
        assertThat(BoardRig.await(second)).isInstanceOf(Blackboard.Stored.class);
        List<String> ids = board.inbox.taken().stream().map(Send::id).toList();
        assertThat(ids).hasSize(2);
        assertThat(rows()).isEqualTo(2);

        board.inbox.takesEverything();
        board.restart();

        until("all is told", () -> board.inbox.told("bob").size() == 2);
        assertThat(board.inbox.told("bob")).containsExactly("written a 1 by ann", "written b 1 by ann");
        assertThat(board.inbox.taken().stream()
                        .filter(send -> send.to().equals(BOB))
                        .map(Send::id))
                .containsExactlyElementsOf(ids);
        until("nothing is left to tell", () -> rows() == 0);
    }

    @Test
    void a_notice_of_a_commit_that_nobody_knows_of_is_delivered_after_the_next_write() throws Exception {
        watch(BOB, "*");
        Outcome outcome;
        try (Connection other = board.connect();
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            outcome = board.put(ANN, "a", "{}", 0);
            int _ = statement.executeUpdate("""
                    INSERT INTO board_notice (item, key, version, kind, author, recipients)
                    VALUES ('wat_ghost', 'ghost', 7, 'WRITTEN', 'ann', 'bob')""");
            statement.execute("COMMIT");
        }
        assertThat(outcome).isEqualTo(new Blackboard.Unavailable());
        while (outcome instanceof Blackboard.Unavailable) {
            outcome = board.put(ANN, "a", "{}", 0);
        }
        assertThat(outcome).isInstanceOf(Blackboard.Stored.class);
        until("all is told", () -> board.inbox.told("bob").size() == 2);
        until("nothing is left to tell", () -> rows() == 0);
        assertThat(board.inbox.told("bob")).containsExactlyInAnyOrder("written ghost 7 by ann", "written a 1 by ann");
        assertThat(board.inbox.asked()).hasSize(2);
    }

    @Test
    void what_an_inbox_will_never_take_is_not_offered_again() throws Exception {
        watch(BOB, "*");
        board.inbox.answers(_ -> Future.succeededFuture(new Messaging.InboxFull()));
        Entry _ = board.put(ANN, "a", "{}");
        board.inbox.answers(_ -> Future.succeededFuture(new Messaging.UnknownRecipient()));
        Entry _ = board.put(ANN, "b", "{}");
        until("nothing is left to tell", () -> rows() == 0);
        assertThat(board.inbox.asked()).hasSize(2);
    }

    @Test
    void an_author_waits_a_while_for_the_notices_but_not_for_ever() throws Exception {
        watch(BOB, "*");
        board.inbox.answers(_ -> Future.future(_ -> {}));
        Entry entry = board.put(ANN, "a", "{}");
        assertThat(board.get("a")).isEqualTo(new Present(entry));
        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void each_watcher_ends_with_every_change_in_order_however_its_inbox_fails() throws Exception {
        List<AgentId> watchers = IntStream.range(0, 5)
                .mapToObj(number -> new AgentId("watcher" + number))
                .toList();
        for (AgentId watcher : watchers) {
            board.may(watcher, "*");
            watch(watcher, "k*");
        }
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        AtomicInteger count = new AtomicInteger();
        board.inbox.answers(_ -> {
            int call = count.incrementAndGet();
            if (call == 23) {
                return Future.failedFuture(new IllegalStateException("a fault of the test"));
            }
            return Future.succeededFuture(random.nextInt(40) == 0 ? UNAVAILABLE : new Messaging.Stored("id", 1));
        });
        List<Future<Outcome>> writes = new ArrayList<>();
        for (int write = 0; write < 300; write++) {
            writes.add(ask("k"));
        }
        var _ = BoardRig.await(Future.all(writes));
        until("nothing is left to tell", () -> rows() == 0);

        List<String> all = IntStream.rangeClosed(1, 300)
                .mapToObj("written k %d by ann"::formatted)
                .toList();
        for (AgentId watcher : watchers) {
            List<String> told = board.inbox.told(watcher.value());
            String what = watcher + " seed " + seed;
            assertThat(new HashSet<>(told)).as(what).hasSize(300);
            assertThat(lastOfEach(told)).as(what).isEqualTo(all);
        }
    }

    private Future<Outcome> ask(String key) {
        return board.bus().ask(Blackboard.PUT, new Put("ann", key, "{}", 0, null));
    }

    private void watch(AgentId agent, String pattern) throws Exception {
        assertThat(board.ask(Blackboard.WATCH, new Watch(agent, pattern))).isEqualTo(new Watched());
    }

    private long rows() {
        try {
            return board.number("SELECT COUNT(*) FROM board_notice");
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }

    /// Each text once, in the order of their last occurrences.
    private static List<String> lastOfEach(List<String> texts) {
        return new ArrayList<>(new LinkedHashSet<>(texts.reversed()).reversed());
    }
}
