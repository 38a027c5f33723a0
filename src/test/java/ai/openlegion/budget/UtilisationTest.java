package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A hard limit is worth little if it leaves money unused: how much of an account many workers get.
final class UtilisationTest {

    private static final AgentId AGENT = new AgentId("researcher");
    private static final long LIMIT_TOKENS = 20_000;
    private static final int WORKERS = 128;

    @Test
    void many_workers_use_the_whole_account_and_never_more() {
        double least = 1;
        for (int seed = 0; seed < 50; seed++) {
            long used = run(seed);
            assertThat(used).as("seed %d", seed).isLessThanOrEqualTo(LIMIT_TOKENS);
            least = Math.min(least, (double) used / LIMIT_TOKENS);
        }
        System.getLogger("openlegion.budget.test").log(System.Logger.Level.INFO, "least share used=" + least);
        assertThat(least).isGreaterThanOrEqualTo(0.987);
    }

    /// Workers call again and again until they are refused, one token a turn each; answers with what was
    /// produced.
    private static long run(long seed) {
        Random random = new Random(seed);
        MovableClock clock = new MovableClock();
        MemoryStore store = new MemoryStore();
        Ledger ledger = new Ledger(clock);
        ledger.restore(store.recover(Utc.dayOf(clock.millis())));
        Limits limits = new Limits(LIMIT_TOKENS, Limits.UNLIMITED);
        assertThat(ledger.configure(Map.of(AGENT, limits), Limits.NONE).overLimit())
                .isEmpty();
        ledger.storeAvailable(true);
        Queue<Integer> idle = new ArrayDeque<>();
        for (int worker = 0; worker < WORKERS; worker++) {
            idle.add(worker);
        }
        List<Stream> streams = new ArrayList<>();
        long produced = 0;
        while (!idle.isEmpty() || !streams.isEmpty()) {
            while (!idle.isEmpty()) {
                int worker = idle.remove();
                if (ledger.admit(AGENT, new Quote(0, 1, 1_024, 16)) instanceof Admission.Granted(Hold hold)) {
                    long length = Math.round(150 * Math.exp(0.6 * random.nextGaussian()));
                    streams.add(new Stream(worker, hold, Math.max(1, Math.min(length, hold.outputTokens()))));
                }
            }
            flush(ledger, store);
            clock.advance(20);
            for (Stream stream : List.copyOf(streams)) {
                produced++;
                stream.left--;
                if (stream.left == 0) {
                    streams.remove(stream);
                    idle.add(stream.worker);
                    assertThat(ledger.settle(stream.hold, stream.outcome()).froze())
                            .isFalse();
                }
            }
        }
        assertThat(ledger.fleet().daily().spentPico()).isEqualTo(produced);
        return produced;
    }

    private static void flush(Ledger ledger, MemoryStore store) {
        for (FlushBatch batch = ledger.drain(); batch != null; batch = ledger.drain()) {
            store.store(batch);
            ledger.committed();
        }
    }

    /// One answer under way.
    private static final class Stream {
        final int worker;
        final Hold hold;
        final long length;
        long left;

        Stream(int worker, Hold hold, long length) {
            this.worker = worker;
            this.hold = hold;
            this.length = length;
            this.left = length;
        }

        Outcome outcome() {
            return new Outcome("r" + hold.id(), 1, "m/x", 0, length, 0, length, 0, Basis.USAGE);
        }
    }
}
