package ai.openlegion.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How much of what waits for the disk may be of one sender.
final class MessagingSharesTest {

    private static final AgentId A = new AgentId("a");
    private static final int LARGE = 256 * 1024;

    @TempDir
    private Path folder;

    @Test
    void a_sender_of_much_keeps_nobody_else_out() throws Exception {
        Promise<Boolean> disk = Promise.promise();
        Vertx vertx = Vertx.vertx();
        Commits commits = new Commits(vertx, _ -> disk.future(), new Unmoved());
        int large = taken(commits, "flooder", LARGE, 128);
        int many = taken(commits, "chatterbox", 10, 20_000);
        assertThat(large).isEqualTo((4 << 20) / LARGE);
        assertThat(many).isEqualTo(2048);
        assertThat(taken(commits, "other", LARGE, 1)).isOne();
        disk.complete(true);
        assertThat(taken(commits, "flooder", LARGE, 1)).isOne();
        assertThat(taken(commits, "chatterbox", 10, 1)).isOne();
        MessagingRig.await(vertx.close());
    }

    @Test
    void all_together_have_a_bound_too() throws Exception {
        Promise<Boolean> disk = Promise.promise();
        Vertx vertx = Vertx.vertx();
        Commits commits = new Commits(vertx, _ -> disk.future(), new Unmoved());
        int taken = 0;
        for (int sender = 0; sender < 20; sender++) {
            taken += taken(commits, "sender " + sender, LARGE, 128);
        }
        assertThat(taken).isEqualTo((32 << 20) / LARGE);
        MessagingRig.await(vertx.close());
    }

    @Test
    void what_is_refused_takes_no_share() throws Exception {
        MessagingRig rig =
                new MessagingRig(folder.resolve("mesh.db"), new MessagingRig.HandClock(), MessagingRig.LIMITS, A);
        String large = "x".repeat(LARGE);
        List<Future<Messaging.Sent>> unknown = new ArrayList<>();
        List<Future<Messaging.Sent>> full = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            unknown.add(rig.bus.ask(Messaging.SEND, MessagingRig.message(new AgentId("nobody"), large, 0)));
            full.add(rig.bus.ask(Messaging.SEND, MessagingRig.message(A, large, 0)));
        }
        for (int i = 0; i < 40; i++) {
            assertThat(MessagingRig.await(unknown.get(i))).isEqualTo(new Messaging.UnknownRecipient());
            assertThat(MessagingRig.await(full.get(i))).isEqualTo(new Messaging.InboxFull());
        }
        rig.close();
    }

    private static int taken(Commits commits, String sender, long bytes, int most) {
        for (int i = 0; i < most; i++) {
            Batch batch = commits.open(sender);
            if (batch == null) {
                return i;
            }
            batch.mark(A);
            commits.whenDone(batch, sender, bytes, _ -> {});
        }
        return most;
    }

    /// Who is told of batches and does nothing.
    private static final class Unmoved implements Commits.Listener {
        @Override
        public void sending(Batch batch) {}

        @Override
        public void committed(Batch batch) {}

        @Override
        public void failed(List<Batch> batches, Throwable cause) {}
    }
}
