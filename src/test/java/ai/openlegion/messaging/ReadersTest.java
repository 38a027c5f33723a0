package ai.openlegion.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Reading an inbox: where a reader stands, how long it waits, and what one answer holds.
final class ReadersTest {

    private static final AgentId A = new AgentId("a");
    private static final AgentId B = new AgentId("b");
    private static final InboxLimits WIDE = new InboxLimits(5_000, 64 << 20, 30, 5, 3, 64 << 10);

    @TempDir
    private Path folder;

    private final MessagingRig.HandClock clock = new MessagingRig.HandClock();
    private MessagingRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new MessagingRig(folder.resolve("mesh.db"), clock, WIDE, A, B);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void a_reader_stands_where_it_says_but_not_before_what_is_acknowledged_nor_behind_the_end() throws Exception {
        for (int i = 1; i <= 4; i++) {
            rig.send(A, "m" + i);
        }
        rig.ack(A, 1);
        assertThat(read(-1, 10)).isEqualTo(List.of(2L, 3L, 4L));
        assertThat(read(0, 10)).isEqualTo(List.of(2L, 3L, 4L));
        assertThat(read(2, 1)).isEqualTo(List.of(3L));
        assertThat(read(2, 0)).as("a limit is at least one").isEqualTo(List.of(3L));
        assertThat(last(4)).isEqualTo(4);
        assertThat(last(99)).isEqualTo(4);
        Future<Inbox.Fetched> ahead = rig.fetch(A, 99, 10, 30_000);
        rig.send(A, "m5");
        assertThat(MessagingRig.items(MessagingRig.await(ahead)))
                .extracting(Inbox.Item::seq)
                .containsExactly(5L);
    }

    @Test
    void a_waiting_reader_is_answered_as_soon_as_there_is_something() throws Exception {
        Future<Inbox.Fetched> first = rig.fetch(A, 0, 10, 30_000);
        Future<Inbox.Fetched> second = rig.fetch(A, -1, 10, 30_000);
        Future<Inbox.Fetched> other = rig.fetch(B, 0, 10, 30_000);
        rig.eventually(() -> rig.state(A).readers() == 2);
        rig.send(A, "m1");
        assertThat(MessagingRig.items(MessagingRig.await(first))).hasSize(1);
        assertThat(MessagingRig.items(MessagingRig.await(second))).hasSize(1);
        assertThat(other.isComplete()).isFalse();
        assertThat(rig.state(A).readers()).isZero();
        assertThat(rig.state(B).readers()).isEqualTo(1);
    }

    @Test
    void a_wait_ends_with_nothing_where_the_reader_stood() throws Exception {
        rig.send(A, "m1");
        long before = System.nanoTime();
        assertThat(MessagingRig.await(rig.fetch(A, 1, 10, 300))).isEqualTo(new Inbox.Items(List.of(), 1));
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
        assertThat(MessagingRig.await(rig.fetch(B, -1, 10, -5))).isEqualTo(new Inbox.Items(List.of(), 0));
    }

    @Test
    void only_so_many_may_wait_and_who_leaves_makes_place() throws Exception {
        List<Future<Inbox.Fetched>> waiting = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            names.add(MessagingRig.newReader());
            waiting.add(rig.bus.ask(Inbox.FETCH, new Inbox.Fetch(A, 0, 10, 30_000, names.get(i))));
        }
        assertThat(MessagingRig.await(rig.fetch(A, 0, 10, 30_000))).isInstanceOf(Inbox.Refused.class);
        assertThat(MessagingRig.await(rig.fetch(A, 0, 10, 0)))
                .as("who does not wait needs no place")
                .isEqualTo(new Inbox.Items(List.of(), 0));
        rig.bus.publish(Inbox.LEFT, new Inbox.Left(A, names.getFirst()));
        assertThat(MessagingRig.await(waiting.getFirst())).isEqualTo(new Inbox.Items(List.of(), 0));
        Future<Inbox.Fetched> fourth = rig.fetch(A, 0, 10, 30_000);
        Future<Inbox.Fetched> again = rig.bus.ask(Inbox.FETCH, new Inbox.Fetch(A, 0, 10, 30_000, names.get(1)));
        assertThat(MessagingRig.await(waiting.get(1)))
                .as("its older question")
                .isEqualTo(new Inbox.Items(List.of(), 0));
        rig.send(A, "m1");
        assertThat(MessagingRig.items(MessagingRig.await(fourth))).hasSize(1);
        assertThat(MessagingRig.items(MessagingRig.await(again))).hasSize(1);
        assertThat(MessagingRig.items(MessagingRig.await(waiting.get(2)))).hasSize(1);
    }

    @Test
    void an_answer_is_bounded_in_bytes_but_holds_one_item_however_large() throws Exception {
        String half = "x".repeat(600_000);
        rig.send(A, half);
        rig.send(A, half);
        rig.send(A, "y".repeat(3 << 20));
        rig.send(A, "small");
        assertThat(read(0, 10)).isEqualTo(List.of(1L));
        assertThat(read(1, 10)).isEqualTo(List.of(2L));
        assertThat(read(2, 10)).isEqualTo(List.of(3L));
        assertThat(read(3, 10)).isEqualTo(List.of(4L));
    }

    @Test
    void what_memory_no_longer_holds_is_read_back_from_the_disk_in_order() throws Exception {
        List<Future<Messaging.Sent>> sent = new ArrayList<>();
        for (int i = 1; i <= 2_000; i++) {
            sent.add(rig.bus.ask(Messaging.SEND, MessagingRig.message(A, "m" + i, 0)));
        }
        MessagingRig.await(Future.join(sent));
        List<Future<Inbox.Fetched>> pages = new ArrayList<>();
        for (int after = 0; after < 2_000; after += 50) {
            pages.add(rig.fetch(A, after, 50, 0));
        }
        long expected = 0;
        for (Future<Inbox.Fetched> page : pages) {
            for (Inbox.Item item : MessagingRig.items(MessagingRig.await(page))) {
                expected++;
                assertThat(item.seq()).isEqualTo(expected);
                assertThat(item.payload()).isEqualTo("m" + expected);
            }
        }
        assertThat(expected).isEqualTo(2_000);
    }

    @Test
    void a_stop_lets_nobody_wait() throws Exception {
        Future<Inbox.Fetched> waiting = rig.fetch(A, 0, 10, 30_000);
        rig.eventually(() -> rig.state(A).readers() == 1);
        rig.undeploy();
        assertThat(MessagingRig.await(waiting)).isEqualTo(new Inbox.Items(List.of(), 0));
    }

    @Test
    void an_agent_that_comes_back_is_read_from_where_it_was() throws Exception {
        rig.send(A, "m1");
        rig.configure(Set.of(B));
        rig.configure(Set.of(A, B));
        Future<Inbox.Fetched> waiting = rig.fetch(A, 1, 10, 30_000);
        rig.send(A, "m2");
        assertThat(MessagingRig.items(MessagingRig.await(waiting)))
                .extracting(Inbox.Item::seq)
                .containsExactly(2L);
    }

    private List<Long> read(long after, int limit) throws Exception {
        return MessagingRig.items(MessagingRig.await(rig.fetch(A, after, limit, 0))).stream()
                .map(Inbox.Item::seq)
                .toList();
    }

    private long last(long after) throws Exception {
        if (MessagingRig.await(rig.fetch(A, after, 10, 0)) instanceof Inbox.Items(List<Inbox.Item> _, long last)) {
            return last;
        }
        throw new AssertionError("no items");
    }
}
