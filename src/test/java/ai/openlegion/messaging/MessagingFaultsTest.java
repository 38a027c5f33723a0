package ai.openlegion.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.MessagingRig.NextCommit;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Commits that fail, or of which nobody can tell.
final class MessagingFaultsTest {

    private static final AgentId A = new AgentId("a");
    private static final AgentId B = new AgentId("b");

    @TempDir
    private Path folder;

    private final MessagingRig.HandClock clock = new MessagingRig.HandClock();
    private MessagingRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new MessagingRig(folder.resolve("mesh.db"), clock, MessagingRig.LIMITS, A, B);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void an_item_that_was_not_stored_is_never_seen_and_its_place_goes_to_the_next() throws Exception {
        rig.send(A, "m1");
        rig.nextCommit.set(NextCommit.LOST);
        assertThat(rig.send(A, "lost")).isEqualTo(new Messaging.Unavailable());
        sendAgain("m2");
        assertThat(rig.payloads(A)).containsExactly("m1", "m2");
        assertThat(rig.items(A)).extracting(Inbox.Item::seq).containsExactly(1L, 2L);
    }

    @Test
    void an_item_that_was_stored_untold_keeps_its_place_and_is_delivered() throws Exception {
        rig.send(A, "m1");
        rig.nextCommit.set(NextCommit.STORED_BUT_UNTOLD);
        Future<Inbox.Fetched> waiting = rig.fetch(A, 1, 10, 30_000);
        assertThat(rig.send(A, "untold")).isEqualTo(new Messaging.Unavailable());
        assertThat(MessagingRig.items(MessagingRig.await(waiting)))
                .extracting(Inbox.Item::payload)
                .containsExactly("untold");
        sendAgain("m3");
        assertThat(rig.items(A)).extracting(Inbox.Item::seq).containsExactly(1L, 2L, 3L);
    }

    @Test
    void nothing_that_was_gathered_behind_a_lost_batch_is_stored() throws Exception {
        rig.nextCommit.set(NextCommit.LOST);
        List<Future<Messaging.Sent>> sent = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            sent.add(rig.bus.ask(Messaging.SEND, MessagingRig.message(i % 2 == 0 ? A : B, "x", 0)));
        }
        MessagingRig.await(Future.join(sent));
        long stored = sent.stream()
                .filter(future -> future.result() instanceof Messaging.Stored)
                .count();
        rig.eventually(() -> rig.send(A, "again") instanceof Messaging.Stored);
        assertThat(rig.items(A).size() + rig.items(B).size()).isEqualTo(stored + 1);
        assertThat(rig.rows()).isEqualTo(stored + 1);
        for (AgentId agent : List.of(A, B)) {
            assertThat(rig.items(agent))
                    .extracting(Inbox.Item::seq)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, rig.state(agent).lastSeq())
                                    .boxed()
                                    .toList());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = NextCommit.class,
            names = {"LOST", "STORED_BUT_UNTOLD"})
    void an_acknowledgement_that_may_be_lost_is_not_confirmed(NextCommit fate) throws Exception {
        rig.send(A, "m1");
        rig.send(A, "m2");
        rig.nextCommit.set(fate);
        assertThat(rig.ack(A, 1)).isEqualTo(new Inbox.Unavailable());
        sendAgain("m3");
        List<String> left = fate == NextCommit.LOST ? List.of("m1", "m2", "m3") : List.of("m2", "m3");
        assertThat(rig.payloads(A)).isEqualTo(left);
        assertThat(rig.ack(A, 3)).isEqualTo(new Inbox.Removed(3, left.size()));
        rig = rig.crash();
        assertThat(rig.send(A, "m4")).extracting("seq").isEqualTo(4L);
    }

    @ParameterizedTest
    @EnumSource(
            value = NextCommit.class,
            names = {"LOST", "STORED_BUT_UNTOLD"})
    void an_agent_that_left_while_nothing_could_be_stored_is_gone_all_the_same(NextCommit fate) throws Exception {
        rig.subscribe(A, "t");
        rig.publish("t", "shared");
        rig.nextCommit.set(fate);
        rig.configure(Set.of(B));
        rig.configure(Set.of(A, B));
        sendAgain("m2");
        assertThat(rig.payloads(A)).containsExactly("m2");
        assertThat(rig.state(A).topics()).isEmpty();
        rig = rig.restart();
        assertThat(rig.payloads(A)).containsExactly("m2");
        assertThat(rig.state(A).topics()).isEmpty();
        assertThat(rig.state(A).lastSeq()).isEqualTo(2);
    }

    @Test
    void a_locked_database_refuses_what_changes_and_lets_read_what_is_there() throws Exception {
        rig.send(A, "m1");
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("mesh.db"));
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            assertThat(rig.send(A, "m2")).isEqualTo(new Messaging.Unavailable());
            assertThat(rig.ack(A, 1)).isEqualTo(new Inbox.Unavailable());
            assertThat(rig.subscribe(A, "t")).isEqualTo(new Messaging.Unavailable());
            assertThat(rig.payloads(A)).containsExactly("m1");
            Future<Inbox.Fetched> waiting = rig.fetch(A, 1, 10, 30_000);
            rig.eventually(() -> rig.state(A).readers() == 1);
            statement.execute("COMMIT");
            rig.eventually(() -> rig.send(A, "m3") instanceof Messaging.Stored);
            assertThat(MessagingRig.items(MessagingRig.await(waiting)))
                    .extracting(Inbox.Item::payload)
                    .containsExactly("m3");
        }
        assertThat(rig.payloads(A)).containsExactly("m1", "m3");
    }

    @Test
    void a_place_seen_by_a_reader_never_means_another_item_after_a_fault() throws Exception {
        for (int round = 0; round < 6; round++) {
            rig.nextCommit.set(round % 2 == 0 ? NextCommit.LOST : NextCommit.STORED_BUT_UNTOLD);
            Future<Messaging.Sent> lost = rig.bus.ask(Messaging.SEND, MessagingRig.message(A, "r" + round, 0));
            List<Inbox.Item> before = rig.items(A);
            var _ = MessagingRig.await(lost);
            sendAgain("s" + round);
            assertThat(rig.items(A).subList(0, before.size())).isEqualTo(before);
        }
        assertThat(rig.payloads(A)).containsExactly("s0", "r1", "s1", "s2", "r3", "s3", "s4", "r5", "s5");
    }

    private void sendAgain(String payload) throws Exception {
        rig.eventually(() -> rig.send(A, payload) instanceof Messaging.Stored);
    }
}
