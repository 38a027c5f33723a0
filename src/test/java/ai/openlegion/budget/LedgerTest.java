package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ai.openlegion.identity.AgentId;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The rules of admission, settlement and limits, one by one.
final class LedgerTest {

    private static final AgentId AGENT = new AgentId("researcher");
    private static final AgentId OTHER = new AgentId("writer");

    private final MovableClock clock = new MovableClock();
    private final MemoryStore store = new MemoryStore();
    private Ledger ledger = new Ledger(clock);

    @BeforeEach
    void open() {
        restart();
        configure(1_000, 100_000, Limits.NONE);
    }

    @Test
    void an_empty_ledger_refuses_until_it_was_filled() {
        Ledger empty = new Ledger(clock);
        assertRefused(empty.admit(AGENT, quote(1)), Admission.Reason.STORE_UNAVAILABLE);
        empty.storeAvailable(true);
        assertRefused(empty.admit(AGENT, quote(1)), Admission.Reason.NO_ACCOUNT);
    }

    @Test
    void a_call_that_fits_holds_all_it_wants() {
        Hold hold = hold(AGENT, new Quote(10, 2, 100, 16));
        assertThat(hold.pico()).isEqualTo(210);
        assertThat(hold.outputTokens()).isEqualTo(100);
        assertThat(hold.remainingPico()).isEqualTo(790);
        assertThat(daily(AGENT).heldPico()).isEqualTo(210);
        assertThat(ledger.fleet().monthly().heldPico()).isEqualTo(210);
    }

    @Test
    void a_tight_account_clamps_to_its_fair_share() {
        Hold first = hold(AGENT, quote(600));
        assertThat(first.outputTokens()).isEqualTo(600);
        // 400 are left for this one and the running one: half of it each
        assertThat(hold(AGENT, quote(600)).outputTokens()).isEqualTo(200);
        assertThat(hold(AGENT, quote(600)).outputTokens()).isEqualTo(66);
    }

    @Test
    void the_fleets_share_clamps_too() {
        configure(1_000, 100_000, new Limits(300, 100_000));
        assertThat(hold(AGENT, quote(200)).outputTokens()).isEqualTo(200);
        assertThat(hold(OTHER, quote(200)).outputTokens()).isEqualTo(50);
    }

    @Test
    void the_floor_is_granted_while_it_is_left_and_nothing_below_it() {
        Hold _ = hold(AGENT, quote(970));
        assertThat(hold(AGENT, quote(600)).outputTokens()).isEqualTo(16);
        // 14 are left
        Admission.Refused refused = assertRefused(ledger.admit(AGENT, quote(600)), Admission.Reason.BUDGET_EXCEEDED);
        assertThat(refused.balance())
                .isEqualTo(new Balance(Balance.Account.AGENT_DAY, 1_000, 0, 0, 986, millis("2026-11-16T00:00:00Z")));
        assertThat(hold(AGENT, quote(14)).outputTokens()).isEqualTo(14);
    }

    @Test
    void a_higher_floor_is_never_undercut() {
        Hold _ = hold(AGENT, quote(800));
        assertRefused(ledger.admit(AGENT, new Quote(0, 1, 500, 250)), Admission.Reason.BUDGET_EXCEEDED);
        assertThat(hold(AGENT, new Quote(0, 1, 500, 150)).outputTokens()).isEqualTo(150);
    }

    @Test
    void a_limit_of_nothing_refuses_even_what_is_free() {
        Quote free = new Quote(0, 0, 100, 16);
        assertThat(hold(AGENT, free).pico()).isZero();
        configure(0, 100_000, Limits.NONE);
        assertRefused(ledger.admit(AGENT, free), Admission.Reason.BUDGET_EXCEEDED);
        configure(1_000, 0, Limits.NONE);
        assertRefused(ledger.admit(AGENT, free), Admission.Reason.BUDGET_EXCEEDED);
        configure(1_000, 1_000, new Limits(0, 1));
        assertRefused(ledger.admit(AGENT, free), Admission.Reason.BUDGET_EXCEEDED);
    }

    @Test
    void a_cost_that_overflows_is_refused_and_never_wraps() {
        configure(Limits.UNLIMITED, Limits.UNLIMITED, Limits.NONE);
        assertRefused(ledger.admit(AGENT, new Quote(1, Long.MAX_VALUE / 2, 3, 3)), Admission.Reason.BUDGET_EXCEEDED);
        Hold huge = hold(AGENT, new Quote(Long.MAX_VALUE - 5, 0, 1, 1));
        assertRefused(ledger.admit(AGENT, quote(16)), Admission.Reason.BUDGET_EXCEEDED);
        assertThat(huge.remainingPico()).isEqualTo(Limits.UNLIMITED);
    }

    @Test
    void an_overflowing_settlement_books_the_whole_hold_as_unreconciled_and_freezes() {
        configure(Limits.UNLIMITED, Limits.UNLIMITED, Limits.NONE);
        Hold hold = hold(AGENT, quote(100));
        settle(hold(AGENT, quote(10)), 10, 0);
        assertThatThrownBy(() -> settle(hold, Long.MAX_VALUE, 0)).isInstanceOf(ArithmeticException.class);
        assertThat(daily(AGENT).unreconciledPico()).isEqualTo(100);
        assertThat(daily(AGENT).heldPico()).isZero();
        assertRefused(ledger.admit(AGENT, quote(1)), Admission.Reason.ACCOUNT_FROZEN);
    }

    @Test
    void a_hold_is_settled_once() {
        Hold hold = hold(AGENT, quote(100));
        settle(hold, 40, 60);
        assertThat(daily(AGENT)).isEqualTo(window(1_000, 40, 0, 60, "2026-11-16T00:00:00Z"));
        assertThatThrownBy(() -> settle(hold, 40, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(daily(AGENT).spentPico()).isEqualTo(40);
    }

    @Test
    void what_is_billed_above_the_hold_is_booked_and_freezes_until_the_operator_acts() {
        Hold hold = hold(AGENT, quote(100));
        assertThat(settle(hold, 130, 0).froze()).isTrue();
        assertThat(daily(AGENT).spentPico()).isEqualTo(130);
        Admission.Refused refused = assertRefused(ledger.admit(AGENT, quote(1)), Admission.Reason.ACCOUNT_FROZEN);
        assertThat(refused.balance().spentPico()).isEqualTo(130);
        assertThat(ledger.takeChanges().frozen()).containsExactly(AGENT);
        flush();
        restart();
        configure(1_000, 100_000, Limits.NONE);
        assertRefused(ledger.admit(AGENT, quote(1)), Admission.Reason.ACCOUNT_FROZEN);
        ledger.unfreeze(AGENT);
        settle(hold(AGENT, quote(1)), 1, 0);
        flush();
        restart();
        configure(1_000, 100_000, Limits.NONE);
        assertThat(ledger.admit(AGENT, quote(1))).isInstanceOf(Admission.Granted.class);
    }

    @Test
    void a_new_day_and_month_open_new_windows_and_a_hold_stays_in_its_own() {
        clock.set("2026-11-30T23:59:59.999Z");
        Hold late = hold(AGENT, quote(1_000));
        assertRefused(ledger.admit(AGENT, quote(1)), Admission.Reason.BUDGET_EXCEEDED);
        clock.set("2026-12-01T00:00:00Z");
        assertThat(daily(AGENT)).isEqualTo(window(1_000, 0, 0, 0, "2026-12-02T00:00:00Z"));
        assertThat(state(AGENT).monthly()).isEqualTo(window(100_000, 0, 0, 0, "2027-01-01T00:00:00Z"));
        assertThat(hold(AGENT, quote(1_000)).outputTokens()).isEqualTo(500);
        settle(late, 1_000, 0);
        assertThat(daily(AGENT).spentPico()).isZero();
        flush();
        assertThat(store.days())
                .anyMatch(row -> row.day() == Utc.dayOf(millis("2026-11-30T12:00:00Z")) && row.spent() == 1_000);
    }

    @Test
    void the_month_goes_on_over_its_days() {
        configure(1_000, 1_500, Limits.NONE);
        settle(hold(AGENT, quote(1_000)), 1_000, 0);
        clock.set("2026-11-16T00:00:00Z");
        settle(hold(AGENT, quote(500)), 500, 0);
        Admission.Refused refused = assertRefused(ledger.admit(AGENT, quote(1)), Admission.Reason.BUDGET_EXCEEDED);
        assertThat(refused.balance().account()).isEqualTo(Balance.Account.AGENT_MONTH);
        assertThat(refused.balance().resetsAtMillis()).isEqualTo(millis("2026-12-01T00:00:00Z"));
    }

    @Test
    void a_clock_that_goes_back_never_reopens_a_window() throws SQLException {
        clock.set("2026-11-16T00:00:01Z");
        settle(hold(AGENT, quote(1_000)), 1_000, 0);
        clock.set("2026-11-15T23:00:00Z");
        assertRefused(ledger.admit(AGENT, quote(1)), Admission.Reason.BUDGET_EXCEEDED);
        flush();
        restart();
        configure(1_000, 100_000, Limits.NONE);
        assertRefused(ledger.admit(AGENT, quote(1)), Admission.Reason.BUDGET_EXCEEDED);
    }

    @Test
    void a_lowered_limit_cuts_the_newest_first_until_the_others_fit() {
        List<Hold> holds = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            holds.add(hold(AGENT, quote(100)));
        }
        List<Hold> cut = ledger.setLimits(AGENT, new Limits(250, 100_000));
        assertThat(cut).containsExactly(holds.get(4), holds.get(3), holds.get(2));
        assertThat(holds).extracting(Hold::cut).containsExactly(false, false, true, true, true);
        // the cut ones are on their way out already
        assertThat(ledger.setLimits(AGENT, new Limits(200, 100_000))).isEmpty();
        assertThat(ledger.setLimits(AGENT, new Limits(199, 100_000))).containsExactly(holds.get(1));
        assertThat(ledger.setLimits(AGENT, new Limits(0, 100_000))).containsExactly(holds.get(0));
    }

    @Test
    void a_lowered_limit_also_reaches_calls_of_a_day_that_has_ended() {
        clock.set("2026-11-15T23:59:00Z");
        Hold yesterday = hold(AGENT, quote(300));
        clock.set("2026-11-16T00:01:00Z");
        Hold today = hold(AGENT, quote(300));
        assertThat(ledger.setLimits(AGENT, new Limits(300, 100_000))).isEmpty();
        assertThat(ledger.setLimits(AGENT, new Limits(299, 100_000))).containsExactly(today, yesterday);
    }

    @Test
    void the_fleets_lowered_limit_cuts_across_agents_newest_first() {
        Hold first = hold(AGENT, quote(100));
        Hold second = hold(OTHER, quote(100));
        Hold third = hold(AGENT, quote(100));
        Cuts cuts = configure(1_000, 100_000, new Limits(150, 100_000));
        assertThat(cuts.overLimit()).containsExactly(third, second);
        assertThat(first.cut()).isFalse();
    }

    @Test
    void a_removed_agents_calls_are_cut_and_still_count_for_the_fleet() {
        Hold hold = hold(OTHER, quote(100));
        Cuts cuts = ledger.configure(Map.of(AGENT, new Limits(1_000, 100_000)), Limits.NONE);
        assertThat(cuts.revoked()).containsExactly(hold);
        assertThat(ledger.state(OTHER)).isNull();
        assertRefused(ledger.admit(OTHER, quote(1)), Admission.Reason.NO_ACCOUNT);
        settle(hold, 70, 0);
        assertThat(ledger.fleet().daily().spentPico()).isEqualTo(70);
    }

    @Test
    void a_release_frees_money_when_it_is_stored_and_not_before() {
        settle(hold(AGENT, quote(1_000)), 100, 900);
        flush();
        assertThat(ledger.release(AGENT, 5_000)).isEqualTo(900);
        assertThat(ledger.release(AGENT, 1)).isZero();
        assertThat(ledger.releasing(AGENT)).isTrue();
        assertRefused(ledger.admit(AGENT, quote(1)), Admission.Reason.BUDGET_EXCEEDED);
        flush();
        assertThat(ledger.releasing(AGENT)).isFalse();
        assertThat(daily(AGENT).unreconciledPico()).isZero();
        assertThat(store.usage()).isEqualTo(new BatchStore.UsageTotal(100, 0));
        assertThat(hold(AGENT, quote(900)).outputTokens()).isEqualTo(900);
    }

    @Test
    void a_release_takes_the_newest_day_first() {
        settle(hold(AGENT, quote(300)), 0, 300);
        clock.set("2026-11-16T01:00:00Z");
        settle(hold(AGENT, quote(200)), 0, 200);
        assertThat(ledger.release(AGENT, 250)).isEqualTo(250);
        flush();
        assertThat(daily(AGENT).unreconciledPico()).isZero();
        assertThat(state(AGENT).monthly().unreconciledPico()).isEqualTo(250);
    }

    @Test
    void marks_are_told_once_a_window_and_again_after_the_limit_was_raised() {
        settle(hold(AGENT, quote(499)), 499, 0);
        assertThat(ledger.takeChanges().warnings()).isEmpty();
        settle(hold(AGENT, quote(1)), 1, 0);
        assertThat(ledger.takeChanges().warnings())
                .extracting(Budget.Warned::agent, Budget.Warned::window, Budget.Warned::percent)
                .containsExactly(tuple(AGENT, Budget.Window.DAILY, 50));
        settle(hold(AGENT, quote(10)), 10, 0);
        assertThat(ledger.takeChanges().warnings()).isEmpty();
        List<Hold> _ = ledger.setLimits(AGENT, new Limits(2_000, 100_000));
        settle(hold(AGENT, quote(500)), 500, 0);
        assertThat(ledger.takeChanges().warnings())
                .extracting(Budget.Warned::percent)
                .containsExactly(50);
        settle(hold(AGENT, quote(990)), 990, 0);
        assertThat(ledger.takeChanges().warnings())
                .extracting(Budget.Warned::percent)
                .containsExactly(100);
    }

    private Hold hold(AgentId agent, Quote quote) {
        if (ledger.admit(agent, quote) instanceof Admission.Granted(Hold hold)) {
            if (!hold.durable()) {
                flush();
            }
            assertThat(hold.durable()).isTrue();
            return hold;
        }
        throw new AssertionError("refused");
    }

    @CanIgnoreReturnValue
    private Settled settle(Hold hold, long spent, long unreconciled) {
        return ledger.settle(hold, new Outcome("r" + hold.id(), 1, "m/x", 1, 2, 0, spent, unreconciled, Basis.USAGE));
    }

    private void flush() {
        for (FlushBatch batch = ledger.drain(); batch != null; batch = ledger.drain()) {
            store.store(batch);
            ledger.committed();
        }
    }

    private void restart() {
        ledger = new Ledger(clock);
        ledger.restore(store.recover(Utc.dayOf(clock.millis())));
        ledger.storeAvailable(true);
    }

    @CanIgnoreReturnValue
    private Cuts configure(long daily, long monthly, Limits fleet) {
        Limits limits = new Limits(daily, monthly);
        return ledger.configure(Map.of(AGENT, limits, OTHER, limits), fleet);
    }

    private BudgetState state(AgentId agent) {
        BudgetState state = ledger.state(agent);
        if (state == null) {
            throw new AssertionError("no account");
        }
        return state;
    }

    private WindowState daily(AgentId agent) {
        return state(agent).daily();
    }

    private static WindowState window(long limit, long spent, long held, long unreconciled, String resets) {
        return new WindowState(limit, spent, held, unreconciled, millis(resets));
    }

    private static Quote quote(long tokens) {
        return new Quote(0, 1, tokens, 16);
    }

    private static long millis(String instant) {
        return Instant.parse(instant).toEpochMilli();
    }

    @CanIgnoreReturnValue
    private static Admission.Refused assertRefused(Admission admission, Admission.Reason reason) {
        if (admission instanceof Admission.Refused refused) {
            assertThat(refused.reason()).isEqualTo(reason);
            return refused;
        }
        throw new AssertionError("admitted");
    }
}
