package ai.openlegion.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging.Delivered;
import ai.openlegion.messaging.Messaging.InboxFull;
import ai.openlegion.messaging.Messaging.Stored;
import ai.openlegion.messaging.Messaging.SubscriptionSet;
import ai.openlegion.messaging.Messaging.TooManySubscriptions;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What inboxes promise, over the bus, on a real database.
final class MessagingVerticleTest {

    private static final AgentId A = new AgentId("a");
    private static final AgentId B = new AgentId("b-2");
    private static final AgentId C = new AgentId("c_3");

    @TempDir
    private Path folder;

    private final MessagingRig.HandClock clock = new MessagingRig.HandClock();
    private MessagingRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new MessagingRig(folder.resolve("mesh.db"), clock, MessagingRig.LIMITS, A, B, C);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void an_item_says_what_was_sent() throws Exception {
        Messaging.Send task = new Messaging.Send(
                Messaging.Kind.TASK, "orchestrator", A, "tsk_mine", "step", "{\"ä\":\"😀\"}", "b", "high", 60);
        assertThat(rig.ask(Messaging.SEND, task)).isEqualTo(new Stored("tsk_mine", 1));
        Inbox.Item expected = new Inbox.Item(
                1,
                Messaging.Kind.TASK,
                "tsk_mine",
                "orchestrator",
                "step",
                null,
                "{\"ä\":\"😀\"}",
                "b",
                "high",
                clock.millis());
        assertThat(rig.items(A)).containsExactly(expected);
        rig = rig.crash();
        assertThat(rig.items(A)).as("read back from the disk").containsExactly(expected);
    }

    @Test
    void ids_say_the_kind_and_are_all_different() throws Exception {
        rig.subscribe(A, "t");
        for (Messaging.Kind kind : Messaging.Kind.values()) {
            rig.ask(Messaging.SEND, Messaging.Send.of(kind, "mesh", A, "x", "{}"));
        }
        rig.publish("t", "{}");
        assertThat(rig.items(A).stream().map(Inbox.Item::id).distinct())
                .hasSize(6)
                .allMatch(id -> id.matches("(msg|evt|wat|tsk|str)_[0-9a-f]{12}"));
    }

    @Test
    void many_senders_at_once_get_places_without_gaps_in_the_order_of_their_answers() throws Exception {
        rig.close();
        InboxLimits wide = new InboxLimits(10_000, 1 << 20, 30, 5, 3, 1 << 20);
        rig = new MessagingRig(folder.resolve("busy.db"), clock, wide, A, B);
        List<Future<Messaging.Sent>> sent = new ArrayList<>();
        for (int i = 0; i < 2500; i++) {
            AgentId to = i % 2 == 0 ? A : B;
            sent.add(rig.bus.ask(
                    Messaging.SEND, Messaging.Send.of(Messaging.Kind.MESSAGE, "tester" + i % 10, to, "note", "" + i)));
        }
        MessagingRig.await(Future.join(sent));
        long after = 0;
        for (int page = 0; page < 13; page++) {
            List<Inbox.Item> items = MessagingRig.items(MessagingRig.await(rig.fetch(A, after, 100, 0)));
            long from = after;
            assertThat(items)
                    .extracting(Inbox.Item::seq)
                    .containsExactlyElementsOf(LongStream.rangeClosed(from + 1, Math.min(from + 100, 1250))
                            .boxed()
                            .toList());
            assertThat(items).allMatch(item -> item.payload().equals("" + 2 * (item.seq() - 1)));
            after += items.size();
        }
        assertThat(after).isEqualTo(1250);
        assertThat(rig.state(B).lastSeq()).isEqualTo(1250);
    }

    @Test
    void what_is_acknowledged_is_gone_and_can_be_neither_read_nor_acknowledged_again() throws Exception {
        for (int i = 1; i <= 5; i++) {
            rig.send(A, "m" + i);
        }
        assertThat(rig.ack(A, 3)).isEqualTo(new Inbox.Removed(3, 3));
        assertThat(rig.ack(A, 3)).isEqualTo(new Inbox.Removed(3, 0));
        assertThat(rig.ack(A, 1)).isEqualTo(new Inbox.Removed(3, 0));
        assertThat(rig.ack(A, -7)).isEqualTo(new Inbox.Removed(3, 0));
        assertThat(rig.ack(A, 6)).isEqualTo(new Inbox.BeyondTheEnd(5));
        assertThat(MessagingRig.items(MessagingRig.await(rig.fetch(A, 0, 100, 0))))
                .extracting(Inbox.Item::seq)
                .containsExactly(4L, 5L);
        assertThat(rig.rows()).isEqualTo(2);
    }

    @Test
    void places_are_never_given_twice_whatever_was_deleted() throws Exception {
        rig.send(A, "one");
        rig.send(A, "two", 1);
        rig.ack(A, 1);
        clock.advance(Duration.ofSeconds(1));
        assertThat(rig.state(A).items()).isZero();
        rig = rig.restart();
        assertThat(rig.rows()).isZero();
        assertThat(rig.send(A, "three")).extracting("seq").isEqualTo(3L);
        assertThat(rig.ack(A, 3)).isEqualTo(new Inbox.Removed(3, 1));
        rig = rig.crash();
        assertThat(rig.send(A, "four")).extracting("seq").isEqualTo(4L);
    }

    @Test
    void a_restart_keeps_everything_that_is_not_acknowledged() throws Exception {
        rig.subscribe(A, "news");
        rig.subscribe(B, "news");
        rig.send(A, "m1");
        rig.publish("news", "m2");
        rig.send(B, "m3");
        rig.send(A, "m4", 60);
        rig.ack(B, 1);
        rig = rig.restart();
        assertThat(rig.payloads(A)).containsExactly("m1", "m2", "m4");
        assertThat(rig.payloads(B)).containsExactly("m3");
        assertThat(rig.state(B).ackedUpTo()).isEqualTo(1);
        clock.advance(Duration.ofSeconds(60));
        rig = rig.crash();
        assertThat(rig.payloads(A)).containsExactly("m1", "m2");
        assertThat(rig.state(A).topics()).containsExactly("news");
        assertThat(rig.publish("news", "m5")).extracting("notified").isEqualTo(2);
    }

    @Test
    void a_full_inbox_refuses_and_loses_nothing() throws Exception {
        for (int i = 1; i <= 20; i++) {
            assertThat(rig.send(A, "m" + i)).isInstanceOf(Stored.class);
        }
        assertThat(rig.send(A, "too many")).isEqualTo(new InboxFull());
        assertThat(rig.items(A)).hasSize(20);
        rig.ack(A, 1);
        assertThat(rig.send(A, "m21")).extracting("seq").isEqualTo(21L);
        assertThat(rig.send(A, "too many")).isEqualTo(new InboxFull());
    }

    @Test
    void an_inbox_is_bounded_in_bytes_of_texts() throws Exception {
        assertThat(rig.send(A, "x".repeat(10_001))).isEqualTo(new InboxFull());
        assertThat(rig.send(A, "ä".repeat(4_000))).isInstanceOf(Stored.class);
        assertThat(rig.state(A).bytes()).isBetween(8_000L, 8_100L);
        assertThat(rig.send(A, "x".repeat(2_000))).isEqualTo(new InboxFull());
        assertThat(rig.send(A, "x".repeat(1_900))).isInstanceOf(Stored.class);
        rig.ack(A, 2);
        assertThat(rig.state(A).bytes()).isZero();
    }

    @Test
    void a_full_inbox_lets_go_of_what_was_pushed_oldest_first() throws Exception {
        for (int i = 1; i <= 20; i++) {
            rig.send(A, "m" + i);
        }
        for (long seq : new long[] {2, 3, 5, 99}) {
            rig.ask(Inbox.PUSHED, new Inbox.Pushed(A, seq));
        }
        assertThat(rig.state(A).pushedUpTo()).isEqualTo(20);
        assertThat(rig.items(A)).as("pushed items stay readable").hasSize(20);
        rig.send(A, "m21");
        assertThat(rig.items(A))
                .extracting(Inbox.Item::seq)
                .startsWith(1L, 3L, 4L)
                .hasSize(20);
        rig.send(A, "m22");
        rig.send(A, "m23");
        assertThat(rig.send(A, "too many")).isEqualTo(new InboxFull());
        assertThat(rig.items(A))
                .extracting(Inbox.Item::seq)
                .startsWith(1L, 4L, 6L)
                .endsWith(22L, 23L);
    }

    @Test
    void what_was_pushed_is_known_after_a_restart_and_what_was_not_is_never_let_go() throws Exception {
        for (int i = 1; i <= 20; i++) {
            rig.send(A, "m" + i);
        }
        rig.ask(Inbox.PUSHED, new Inbox.Pushed(A, 1));
        rig.ask(Inbox.PUSHED, new Inbox.Pushed(A, 3));
        rig = rig.restart();
        assertThat(rig.state(A).pushedUpTo()).isEqualTo(3);
        rig.send(A, "m21");
        rig.send(A, "m22");
        assertThat(rig.send(A, "too many")).isEqualTo(new InboxFull());
        assertThat(rig.items(A)).extracting(Inbox.Item::seq).startsWith(2L, 4L).hasSize(20);
    }

    @Test
    void items_expire_at_their_own_time_or_after_the_days_an_inbox_keeps_them() throws Exception {
        rig.send(A, "short", 10);
        rig.send(A, "long", Long.MAX_VALUE);
        rig.send(A, "forever");
        clock.advance(Duration.ofMillis(9_999));
        assertThat(rig.items(A)).hasSize(3);
        clock.advance(Duration.ofMillis(1));
        assertThat(rig.payloads(A)).containsExactly("long", "forever");
        assertThat(rig.state(A).items()).isEqualTo(2);
        clock.advance(Duration.ofDays(30));
        assertThat(rig.items(A)).isEmpty();
        assertThat(rig.ack(A, 3)).isEqualTo(new Inbox.Removed(3, 0));
        assertThat(rig.rows()).isZero();
    }

    @Test
    void expired_items_make_room() throws Exception {
        for (int i = 1; i <= 20; i++) {
            rig.send(A, "m" + i, 10 + i);
        }
        clock.advance(Duration.ofSeconds(12));
        assertThat(rig.send(A, "m21")).isInstanceOf(Stored.class);
        assertThat(rig.send(A, "m22")).isInstanceOf(Stored.class);
        assertThat(rig.send(A, "m23")).isEqualTo(new InboxFull());
    }

    @Test
    void an_event_goes_to_each_subscriber_that_still_may_have_it_and_has_room() throws Exception {
        assertThat(rig.subscribe(A, "t")).isEqualTo(new SubscriptionSet(true));
        assertThat(rig.subscribe(A, "t")).isEqualTo(new SubscriptionSet(false));
        rig.subscribe(B, "t");
        rig.subscribe(C, "t");
        rig.subscribe(C, "T");
        for (int i = 1; i <= 20; i++) {
            rig.send(C, "m" + i);
        }
        assertThat(rig.publish("t", "one")).extracting("notified", "full").containsExactly(2, 1);
        rig.allow(Map.of(B, List.of("other")));
        assertThat(rig.publish("t", "two")).extracting("notified", "full").containsExactly(1, 1);
        rig.allow(Map.of(B, List.of("t")));
        assertThat(rig.publish("t", "three")).extracting("notified").isEqualTo(2);
        assertThat(rig.payloads(A)).containsExactly("one", "two", "three");
        assertThat(rig.payloads(B)).containsExactly("one", "three");
        assertThat(rig.publish("T", "x")).isEqualTo(new InboxFull());
        assertThat(rig.publish("nobody's", "x")).extracting("notified").isEqualTo(0);
        assertThat(rig.items(A).getFirst()).satisfies(item -> {
            assertThat(item.kind()).isEqualTo(Messaging.Kind.EVENT);
            assertThat(item.topic()).isEqualTo("t");
            assertThat(item.from()).isEqualTo("tester");
        });
        assertThat(rig.rows()).as("one row an event").isEqualTo(20 + 3);
        rig.ack(A, 3);
        assertThat(rig.rows()).isEqualTo(20 + 2);
        rig.ack(B, 2);
        assertThat(rig.rows()).isEqualTo(20);
    }

    @Test
    void a_subscription_ends_and_is_bounded() throws Exception {
        for (int i = 0; i < 5; i++) {
            rig.subscribe(A, "t" + i);
        }
        assertThat(rig.subscribe(A, "t5")).isEqualTo(new TooManySubscriptions(5));
        Messaging.Unsubscribe end = new Messaging.Unsubscribe(A, "t0");
        assertThat(rig.ask(Messaging.UNSUBSCRIBE, end)).isEqualTo(new SubscriptionSet(true));
        assertThat(rig.ask(Messaging.UNSUBSCRIBE, end)).isEqualTo(new SubscriptionSet(false));
        assertThat(rig.subscribe(A, "t5")).isEqualTo(new SubscriptionSet(true));
        assertThat(rig.publish("t0", "x")).extracting("notified").isEqualTo(0);
        rig = rig.restart();
        assertThat(rig.state(A).topics()).containsExactly("t1", "t2", "t3", "t4", "t5");
    }

    @Test
    void a_registration_is_kept_and_subscribes_as_far_as_it_may() throws Exception {
        List<String> topics = IntStream.range(0, 7).mapToObj(i -> "t" + i).toList();
        Messaging.Register register = new Messaging.Register(A, List.of("a \"b\"", "c"), 8400, topics);
        assertThat(rig.ask(Messaging.REGISTER, register)).isEqualTo(new Messaging.Recorded());
        assertThat(rig.ask(Messaging.REGISTER, register)).isEqualTo(new Messaging.Recorded());
        rig = rig.crash();
        assertThat(rig.state(A).topics()).containsExactlyElementsOf(topics.subList(0, 5));
        assertThat(rig.ask(Messaging.DIRECTORY, new Messaging.ReadDirectory()))
                .isEqualTo(new Messaging.Registrations(
                        Map.of(A, new Messaging.Registration(List.of("a \"b\"", "c"), 8400, clock.millis()))));
    }

    @Test
    void what_the_clock_of_the_mesh_sent_is_counted_apart() throws Exception {
        for (String type : List.of("cron", "heartbeat", "webhook")) {
            rig.ask(Messaging.SEND, Messaging.Send.of(Messaging.Kind.MESSAGE, "mesh", A, type, "{}"));
        }
        rig.ask(Messaging.SEND, Messaging.Send.of(Messaging.Kind.MESSAGE, "b-2", A, "cron", "{}"));
        assertThat(rig.state(A)).extracting("items", "fromMesh").containsExactly(4L, 2L);
        rig = rig.restart();
        assertThat(rig.state(A)).extracting("items", "fromMesh").containsExactly(4L, 2L);
    }

    @Test
    void an_agent_that_is_gone_has_nothing_and_does_not_find_it_again() throws Exception {
        rig.subscribe(A, "t");
        rig.subscribe(B, "t");
        rig.ask(Messaging.REGISTER, new Messaging.Register(A, List.of(), 0, List.of()));
        rig.publish("t", "shared");
        rig.send(A, "own");
        Future<Inbox.Fetched> waiting = rig.fetch(A, 2, 10, 30_000);
        rig.configure(Set.of(B));
        assertThat(MessagingRig.await(waiting)).isInstanceOf(Inbox.Refused.class);
        assertThat(MessagingRig.await(rig.fetch(A, 0, 10, 0))).isInstanceOf(Inbox.Refused.class);
        assertThat(rig.send(A, "x")).isEqualTo(new Messaging.UnknownRecipient());
        assertThat(rig.publish("t", "later")).extracting("notified").isEqualTo(1);
        assertThat(rig.rows()).isEqualTo(2);
        rig.configure(Set.of(A, B, C));
        assertThat(rig.items(A)).isEmpty();
        assertThat(rig.state(A).topics()).isEmpty();
        rig = rig.restart();
        assertThat(rig.items(A)).isEmpty();
        assertThat(rig.send(A, "again"))
                .as("a reader of then may hold the places of then")
                .extracting("seq")
                .isEqualTo(3L);
        assertThat(rig.payloads(B)).containsExactly("shared", "later");
        assertThat(rig.ask(Messaging.DIRECTORY, new Messaging.ReadDirectory()))
                .isEqualTo(new Messaging.Registrations(Map.of()));
    }

    @Test
    void nobody_is_unknown_before_it_is_told_who_there_is() throws Exception {
        rig.undeploy();
        var _ = MessagingRig.await(rig.vertx.deployVerticle(
                new MessagingVerticle(rig.bus, rig.database, rig.policy::get, clock, MessagingRig.LIMITS)));
        assertThat(rig.send(A, "x")).isEqualTo(new Messaging.Unavailable());
        assertThat(rig.publish("t", "x")).isEqualTo(new Messaging.Unavailable());
        assertThat(rig.ack(A, 1)).isEqualTo(new Inbox.Unavailable());
        assertThat(MessagingRig.await(rig.fetch(A, 0, 1, 0))).isEqualTo(new Inbox.Unavailable());
        rig.configure(Set.of(A));
        assertThat(rig.send(A, "x")).isInstanceOf(Stored.class);
    }

    @Test
    void the_publisher_gets_its_own_event_if_it_subscribed() throws Exception {
        rig.subscribe(A, "t");
        assertThat(rig.ask(Messaging.PUBLISH, new Messaging.Publish("a", "t", "{}")))
                .isInstanceOf(Delivered.class)
                .extracting("notified")
                .isEqualTo(1);
    }
}
