package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ai.openlegion.identity.AgentId;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The operator's side over the bus, on a real database.
final class BudgetVerticleTest {

    private static final AgentId AGENT = new AgentId("researcher");
    private static final AgentId OTHER = new AgentId("writer");
    private static final Limits FILE = new Limits(1_000, 10_000);

    @TempDir
    private Path folder;

    private final MovableClock clock = new MovableClock();
    private BudgetRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new BudgetRig(folder.resolve("mesh.db"), clock);
        assertThat(configure(FILE).overridden()).isEmpty();
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void a_call_goes_as_soon_as_its_lease_is_on_disk() throws Exception {
        settle(hold(1_000), 600, 400);
        Budget.Accounts accounts = BudgetRig.await(rig.bus.ask(Budget.READ, new Budget.Read()));
        assertThat(accounts.agents()).extracting(BudgetState::agent).containsExactly(AGENT, OTHER);
        assertThat(accounts.agents().getFirst().daily().spentPico()).isEqualTo(600);
        assertThat(accounts.fleet().daily().unreconciledPico()).isEqualTo(400);
        long told = 0;
        while (told == 0) {
            told = BudgetRig.take(rig.spent).agents().stream()
                    .filter(state -> state.agent().equals(AGENT))
                    .mapToLong(state -> state.daily().spentPico())
                    .sum();
        }
        assertThat(told).isEqualTo(600);
        Budget.Warned warning = BudgetRig.take(rig.warned);
        assertThat(warning.agent()).isEqualTo(AGENT);
        assertThat(warning.window()).isEqualTo(Budget.Window.DAILY);
        assertThat(warning.percent()).isEqualTo(100);
    }

    @Test
    void usage_is_grouped_by_model_agent_and_day_and_holds_what_was_just_settled() throws Exception {
        settle(hold(100), 60, 40);
        clock.advance(86_400_000);
        settle(hold(100), 5, 0);
        assertThat(usage(null, 0, Budget.GroupBy.AGENT))
                .containsExactly(new Budget.UsageRow("researcher", 2, 2, 4, 0, 65, 40));
        assertThat(usage(AGENT, 0, Budget.GroupBy.DAY))
                .extracting(Budget.UsageRow::group, Budget.UsageRow::spentPico)
                .containsExactly(tuple("2026-11-15", 60L), tuple("2026-11-16", 5L));
        assertThat(usage(AGENT, clock.millis(), Budget.GroupBy.MODEL))
                .containsExactly(new Budget.UsageRow("m/x", 1, 1, 2, 0, 5, 0));
        assertThat(usage(OTHER, 0, Budget.GroupBy.MODEL)).isEmpty();
    }

    @Test
    void a_lowered_limit_is_told_as_a_cut_and_outlives_restart_and_reload_until_the_file_changes() throws Exception {
        Hold first = hold(100);
        Hold second = hold(100);
        Budget.Changed changed =
                BudgetRig.await(rig.bus.ask(Budget.SET_LIMITS, new Budget.SetLimits(AGENT, 150L, null, "req_1")));
        assertThat(changed.outcome()).isEqualTo(Budget.Change.DONE);
        assertThat(state(changed).daily().limitPico()).isEqualTo(150);
        assertThat(state(changed).monthly().limitPico()).isEqualTo(10_000);
        assertThat(BudgetRig.take(rig.cuts)).isEqualTo(new Budget.Cut(List.of(second.id()), "budget_exceeded"));
        assertThat(first.cut()).isFalse();
        // the month's value in the file changes, the day's does not
        assertThat(configure(new Limits(1_000, 20_000)).overridden()).containsExactly(AGENT);
        assertThat(limits()).isEqualTo(new Limits(150, 20_000));
        settle(first, 1, 0);
        settle(second, 1, 0);
        rig = rig.restart();
        assertThat(configure(new Limits(1_000, 20_000)).overridden()).containsExactly(AGENT);
        assertThat(limits()).isEqualTo(new Limits(150, 20_000));
        assertThat(configure(new Limits(900, 20_000)).overridden()).isEmpty();
        assertThat(limits()).isEqualTo(new Limits(900, 20_000));
        assertThat(configure(new Limits(1_000, 20_000)).overridden()).isEmpty();
    }

    @Test
    void an_overcharged_account_is_told_and_stays_frozen_until_its_limits_are_set() throws Exception {
        assertThat(settle(hold(100), 200, 0).froze()).isTrue();
        assertThat(BudgetRig.take(rig.frozen)).isEqualTo(new Budget.Frozen(AGENT));
        rig = rig.restart();
        assertThat(configure(FILE).overridden()).isEmpty();
        assertThat(rig.ledger.admit(AGENT, new Quote(0, 1, 1, 1))).isInstanceOf(Admission.Refused.class);
        Budget.Changed changed =
                BudgetRig.await(rig.bus.ask(Budget.SET_LIMITS, new Budget.SetLimits(AGENT, null, null, "req_1")));
        assertThat(state(changed).frozen()).isFalse();
        rig = rig.restart();
        assertThat(configure(FILE).overridden()).isEmpty();
        assertThat(hold(1).durable()).isTrue();
    }

    @Test
    void a_kill_leaves_unreconciled_what_may_have_been_produced_and_the_operator_releases_it() throws Exception {
        Hold _ = hold(100);
        rig = rig.crash();
        assertThat(configure(FILE).overridden()).isEmpty();
        long stranded = account().daily().unreconciledPico();
        // the call, and the slack of one more
        assertThat(stranded).isBetween(100L, 200L);
        assertThat(usage(null, 0, Budget.GroupBy.MODEL))
                .containsExactly(new Budget.UsageRow("(restart)", 0, 0, 0, 0, 0, stranded));
        Budget.Changed released = BudgetRig.await(rig.bus.ask(Budget.RELEASE, new Budget.Release(AGENT, 50, "req_1")));
        assertThat(released.outcome()).isEqualTo(Budget.Change.DONE);
        assertThat(released.releasedPico()).isEqualTo(50);
        assertThat(state(released).daily().unreconciledPico()).isEqualTo(stranded - 50);
        rig = rig.crash();
        assertThat(configure(FILE).overridden()).isEmpty();
        assertThat(account().daily().unreconciledPico()).isEqualTo(stranded - 50);
        released = BudgetRig.await(rig.bus.ask(Budget.RELEASE, new Budget.Release(AGENT, 5_000, "req_1")));
        assertThat(released.releasedPico()).isEqualTo(stranded - 50);
    }

    @Test
    void a_clean_stop_leaves_nothing_leased() throws Exception {
        settle(hold(100), 60, 0);
        rig = rig.restart();
        assertThat(configure(FILE).overridden()).isEmpty();
        assertThat(account().daily().unreconciledPico()).isZero();
        assertThat(account().daily().spentPico()).isEqualTo(60);
        assertThat(account().tokensToday()).isEqualTo(3);
    }

    @Test
    void an_agent_that_vanishes_is_cut_and_unknown() throws Exception {
        Hold hold = hold(100);
        var _ = BudgetRig.await(rig.bus.ask(Budget.CONFIGURE, new Budget.Configure(Map.of(OTHER, FILE), Limits.NONE)));
        assertThat(BudgetRig.take(rig.cuts)).isEqualTo(new Budget.Cut(List.of(hold.id()), "agent_revoked"));
        Budget.Changed changed =
                BudgetRig.await(rig.bus.ask(Budget.SET_LIMITS, new Budget.SetLimits(AGENT, 1L, 1L, "req_1")));
        assertThat(changed).isEqualTo(new Budget.Changed(Budget.Change.UNKNOWN_AGENT, null, 0));
        changed = BudgetRig.await(rig.bus.ask(Budget.RELEASE, new Budget.Release(AGENT, 1, "req_1")));
        assertThat(changed.outcome()).isEqualTo(Budget.Change.UNKNOWN_AGENT);
    }

    private Budget.Configured configure(Limits limits) throws Exception {
        return BudgetRig.await(
                rig.bus.ask(Budget.CONFIGURE, new Budget.Configure(Map.of(AGENT, limits, OTHER, FILE), Limits.NONE)));
    }

    private List<Budget.UsageRow> usage(@Nullable AgentId agent, long since, Budget.GroupBy groupBy) throws Exception {
        return BudgetRig.await(rig.bus.ask(Budget.USAGE, new Budget.Usage(agent, since, groupBy)))
                .rows();
    }

    private Hold hold(long tokens) throws Exception {
        if (rig.ledger.admit(AGENT, new Quote(0, 1, tokens, 1)) instanceof Admission.Granted(Hold hold)) {
            BlockingQueue<Boolean> durable = new LinkedBlockingQueue<>();
            rig.ledger.whenDurable(hold, durable::add);
            assertThat(BudgetRig.take(durable)).isTrue();
            return hold;
        }
        throw new AssertionError("refused");
    }

    @CanIgnoreReturnValue
    private Settled settle(Hold hold, long pico, long unreconciled) {
        return rig.ledger.settle(
                hold, new Outcome("r" + hold.id(), 1, "m/x", 1, 2, 0, pico, unreconciled, Basis.USAGE));
    }

    private Limits limits() {
        BudgetState state = account();
        return new Limits(state.daily().limitPico(), state.monthly().limitPico());
    }

    private BudgetState account() {
        BudgetState state = rig.ledger.state(AGENT);
        if (state == null) {
            throw new AssertionError("no account");
        }
        return state;
    }

    private static BudgetState state(Budget.Changed changed) {
        BudgetState state = changed.state();
        if (state == null) {
            throw new AssertionError("no account in " + changed);
        }
        return state;
    }
}
