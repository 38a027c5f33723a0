package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// When a call may go, and what a crash leaves.
final class LeaseTest {

    private static final AgentId AGENT = new AgentId("researcher");

    private final MovableClock clock = new MovableClock();
    private final MemoryStore store = new MemoryStore();
    private final List<Boolean> answers = new ArrayList<>();
    private Ledger ledger = new Ledger(clock);
    private int wakes;

    @BeforeEach
    void open() {
        restart();
    }

    @Test
    void the_first_call_waits_for_a_commit_and_the_next_of_its_size_does_not() {
        Hold first = admit(100);
        assertThat(first.durable()).isFalse();
        assertThat(wakes).isEqualTo(1);
        ledger.whenDurable(first, answers::add);
        assertThat(answers).isEmpty();
        flush();
        assertThat(first.durable()).isTrue();
        assertThat(answers).containsExactly(true);
        Hold second = admit(100);
        assertThat(second.durable()).isTrue();
        assertThat(wakes).isEqualTo(1);
        ledger.whenDurable(second, answers::add);
        assertThat(answers).containsExactly(true, true);
        // the slack is used up and renewed by the next commit, for which nobody has to hurry
        assertThat(ledger.urgent()).isFalse();
        flush();
        assertThat(admit(100).durable()).isTrue();
    }

    @Test
    void nobody_overtakes_a_call_that_waits() {
        settle(covered(50), 50);
        flush();
        Hold large = admit(300);
        Hold small = admit(1);
        assertThat(large.durable()).isFalse();
        assertThat(small.durable()).isFalse();
        Settled _ = ledger.settle(large, Outcome.released("r", 1, "m"));
        flush();
        assertThat(small.durable()).isTrue();
        // the small one, and what was spent in the last two seconds as slack
        assertThat(store.days().getFirst().leased()).isEqualTo(51);
    }

    @Test
    void what_arrives_while_a_commit_is_under_way_is_checked_against_both_rows() {
        settle(covered(100), 100);
        flush();
        clock.advance(3_000);
        // this batch hands the lease back; until it is known to be stored, the lease must not be used
        FlushBatch batch = drain();
        Hold hold = admit(50);
        assertThat(hold.durable()).isFalse();
        store.store(batch);
        ledger.committed();
        assertThat(hold.durable()).isFalse();
        flush();
        assertThat(hold.durable()).isTrue();
    }

    @Test
    void when_the_store_fails_the_calls_that_wait_are_given_back_and_new_ones_are_refused() {
        Hold waiting = admit(100);
        ledger.whenDurable(waiting, answers::add);
        FlushBatch batch = drain();
        ledger.failed();
        assertThat(answers).containsExactly(false);
        assertThat(held()).isZero();
        assertThat(ledger.admit(AGENT, new Quote(0, 0, 1, 1))).isInstanceOf(Admission.Refused.class);
        ledger.whenDurable(waiting, answers::add);
        assertThat(answers).containsExactly(false, false);
        // its caller may not know yet
        assertThat(ledger.settle(waiting, Outcome.released("r", 1, "m")).froze())
                .isFalse();
        assertThatThrownBy(() -> settle(waiting, 1)).isInstanceOf(IllegalStateException.class);
        // the same batch is tried again, and marked so
        FlushBatch again = drain();
        assertThat(again.uncertain()).isTrue();
        assertThat(again.days()).isEqualTo(batch.days());
        store.store(again);
        ledger.committed();
        ledger.storeAvailable(true);
        flush();
        assertThat(store.days().getFirst().leased()).isLessThanOrEqualTo(100);
        assertThat(covered(100).durable()).isTrue();
    }

    @Test
    void a_running_call_goes_on_while_the_store_is_down() {
        Hold running = covered(100);
        ledger.storeAvailable(false);
        settle(running, 60);
        assertThat(ledger.pending()).isTrue();
        ledger.storeAvailable(true);
        flush();
        assertThat(store.usage().spent()).isEqualTo(60);
    }

    @Test
    void an_idle_account_hands_its_lease_back() {
        settle(covered(100), 40);
        flush();
        assertThat(store.days().getFirst().leased()).isEqualTo(100);
        assertThat(ledger.pending()).isFalse();
        clock.advance(1_999);
        assertThat(ledger.pending()).isFalse();
        clock.advance(1);
        assertThat(ledger.pending()).isTrue();
        flush();
        assertThat(store.days().getFirst().leased()).isZero();
        assertThat(ledger.pending()).isFalse();
    }

    @Test
    void a_clock_that_goes_back_does_not_keep_a_lease() {
        settle(covered(100), 40);
        flush();
        clock.advance(-3_600_000);
        assertThat(ledger.pending()).isTrue();
        flush();
        assertThat(store.days().getFirst().leased()).isZero();
    }

    @Test
    void a_long_call_of_an_idle_account_keeps_its_own_lease_and_no_more() {
        Hold hold = covered(100);
        clock.advance(60_000);
        flush();
        assertThat(store.days().getFirst().leased()).isEqualTo(100);
        clock.set("2026-11-16T12:00:00Z");
        flush();
        assertThat(store.days().getFirst().leased()).isEqualTo(100);
        settle(hold, 100);
        flush();
        assertThat(store.days().getFirst().leased()).isZero();
        assertThat(store.days().getFirst().spent()).isEqualTo(100);
    }

    @Test
    void a_stop_hands_everything_back_as_its_calls_end() {
        Hold hold = covered(100);
        ledger.close();
        assertThat(ledger.admit(AGENT, new Quote(0, 0, 1, 1))).isInstanceOf(Admission.Refused.class);
        flush();
        assertThat(store.days().getFirst().leased()).isEqualTo(100);
        settle(hold, 30);
        flush();
        assertThat(store.days().getFirst().leased()).isZero();
        assertThat(ledger.pending()).isFalse();
    }

    @Test
    void a_crash_turns_what_was_leased_into_unreconciled() {
        Hold hold = covered(100);
        assertThat(hold.durable()).isTrue();
        restart();
        WindowState daily = state().daily();
        // the call that went, and the slack for one more
        assertThat(daily.unreconciledPico()).isEqualTo(200);
        assertThat(daily.heldPico()).isZero();
        restart();
        assertThat(state().daily().unreconciledPico()).isEqualTo(200);
        assertThat(store.usage()).isEqualTo(new BatchStore.UsageTotal(0, 200));
        assertThat(ledger.release(AGENT, 1_000)).isEqualTo(200);
        flush();
        assertThat(store.usage()).isEqualTo(new BatchStore.UsageTotal(0, 0));
    }

    @Test
    void a_batch_of_unknown_outcome_books_once() {
        settle(covered(100), 60);
        FlushBatch batch = drain();
        store.store(batch);
        ledger.failed();
        FlushBatch again = drain();
        store.store(again);
        ledger.committed();
        ledger.storeAvailable(true);
        assertThat(store.usage().spent()).isEqualTo(60);
        settle(covered(100), 5);
        flush();
        assertThat(store.usage().spent()).isEqualTo(65);
    }

    @Test
    void a_lease_never_exceeds_what_is_left() {
        settle(covered(900), 900);
        flush();
        assertThat(store.days().getFirst().leased()).isLessThanOrEqualTo(100);
        Hold last = covered(100);
        assertThat(last.outputTokens()).isEqualTo(100);
        flush();
        assertThat(store.days().getFirst().total()).isEqualTo(1_000);
    }

    private Hold admit(long tokens) {
        if (ledger.admit(AGENT, new Quote(0, 1, tokens, 1)) instanceof Admission.Granted(Hold hold)) {
            return hold;
        }
        throw new AssertionError("refused");
    }

    private Hold covered(long tokens) {
        Hold hold = admit(tokens);
        if (!hold.durable()) {
            flush();
        }
        assertThat(hold.durable()).isTrue();
        return hold;
    }

    private void settle(Hold hold, long spent) {
        Settled _ = ledger.settle(hold, new Outcome("r" + hold.id(), 1, "m/x", 1, 1, 0, spent, 0, Basis.USAGE));
    }

    private FlushBatch drain() {
        FlushBatch batch = ledger.drain();
        if (batch == null) {
            throw new AssertionError("nothing to store");
        }
        return batch;
    }

    private void flush() {
        for (FlushBatch batch = ledger.drain(); batch != null; batch = ledger.drain()) {
            store.store(batch);
            ledger.committed();
        }
    }

    private long held() {
        return state().daily().heldPico();
    }

    private BudgetState state() {
        BudgetState state = ledger.state(AGENT);
        if (state == null) {
            throw new AssertionError("no account");
        }
        return state;
    }

    private void restart() {
        ledger = new Ledger(clock);
        ledger.restore(store.recover(Utc.dayOf(clock.millis())));
        ledger.onUrgent(() -> wakes++);
        assertThat(ledger.configure(Map.of(AGENT, new Limits(1_000, 100_000)), Limits.NONE)
                        .overLimit())
                .isEmpty();
        ledger.storeAvailable(true);
    }
}
