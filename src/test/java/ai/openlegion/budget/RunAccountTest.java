package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
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

/// The accounts of runs over the bus, on a real database.
final class RunAccountTest {

    private static final AgentId ONE = new AgentId("one");
    private static final AgentId TWO = new AgentId("two");
    private static final String RUN = "wf_000000000001";

    @TempDir
    private Path folder;

    private final MovableClock clock = new MovableClock();
    private BudgetRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new BudgetRig(folder.resolve("mesh.db"), clock);
        configure();
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void the_tasks_of_a_run_share_its_ceiling_fairly_and_never_pass_it() throws Exception {
        open(ONE, "a", null, 1_000L);
        open(TWO, "b", null, 1_000L);
        Hold first = hold(ONE, 600);
        // 400 are left for this one and the running one: half of it each
        Hold second = hold(TWO, 600);
        assertThat(second.outputTokens()).isEqualTo(200);
        assertThat(rig.ledger.taskBound(first)).isNull();
        Balance bound = rig.ledger.taskBound(second);
        assertThat(bound).isEqualTo(new Balance(Balance.Account.RUN, 1_000, 0, 0, 800, 0));
        settle(first, 600);
        settle(second, 200);
        Hold last = hold(ONE, 600);
        assertThat(last.outputTokens()).isEqualTo(200);
        // nothing is left but what a call in flight holds: its own refusal, which fails nobody
        Admission.Refused held = refused(TWO);
        assertThat(held.reason()).isEqualTo(Admission.Reason.RUN_BUDGET_HELD);
        assertThat(held.balance()).isEqualTo(new Balance(Balance.Account.RUN, 1_000, 800, 0, 200, 0));
        assertThat(task("b").refusedBy()).isEqualTo(Budget.Ceiling.NONE);
        // what would not fit into an idle run either is refused for good, and so is all once nothing is left
        var dear = new Quote(201, 1, 600, 16);
        assertThat(rig.ledger.admit(TWO, dear, false))
                .isInstanceOfSatisfying(
                        Admission.Refused.class,
                        never -> assertThat(never.reason()).isEqualTo(Admission.Reason.TASK_BUDGET_EXCEEDED));
        settle(last, 200);
        Admission.Refused refused = refused(TWO);
        assertThat(refused.reason()).isEqualTo(Admission.Reason.TASK_BUDGET_EXCEEDED);
        assertThat(refused.balance().account()).isEqualTo(Balance.Account.RUN);

        assertThat(close("b").refusedBy()).isEqualTo(Budget.Ceiling.RUN);
        assertThat(close("a").refusedBy()).isEqualTo(Budget.Ceiling.NONE);
        Budget.RunAccount run = read();
        assertThat(run.tasks()).extracting(Budget.TaskAccount::taskId).containsExactly("a", "b");
        assertThat(run.tasks()).extracting(Budget.TaskAccount::spentPico).containsExactly(800L, 200L);
        assertThat(run.spentPico()).isEqualTo(1_000);
        assertThat(rig.ledger.fleet().daily().spentPico()).isEqualTo(1_000);

        // all of them are over and in the store alone; the next one finds the run as they left it
        open(ONE, "c", null, 1_000L);
        assertThat(refused(ONE).balance().spentPico()).isEqualTo(1_000);
    }

    @Test
    void the_tighter_of_task_and_run_decides_and_a_first_rough_bound_fails_nobody() throws Exception {
        open(ONE, "a", 100L, 1_000L);
        Hold held = hold(ONE, 600);
        assertThat(held.outputTokens()).isEqualTo(100);
        open(TWO, "b", 100L, 50L);
        assertThat(refused(TWO).reason()).as("while a call holds 100").isEqualTo(Admission.Reason.RUN_BUDGET_HELD);
        settle(held, 50);
        // the least ceiling that a task of the run was given counts for all
        Admission rough = rig.ledger.admit(TWO, new Quote(0, 1, 600, 16), false);
        assertThat(rough).isInstanceOf(Admission.Refused.class);
        assertThat(task("b").refusedBy()).isEqualTo(Budget.Ceiling.NONE);
        assertThat(refused(TWO).balance().account()).isEqualTo(Balance.Account.RUN);
        assertThat(task("b").refusedBy()).isEqualTo(Budget.Ceiling.RUN);
    }

    @Test
    void a_crash_gives_a_run_nothing_back_not_even_for_calls_of_a_task_that_was_closed() throws Exception {
        open(ONE, "a", null, 1_000L);
        settle(hold(ONE, 300), 300);
        Hold late = hold(ONE, 400);
        assertThat(late.outputTokens()).isEqualTo(400);
        assertThat(close("a").isOpen()).isFalse();
        assertThat(read().tasks().getFirst().heldPico()).isEqualTo(400);
        open(ONE, "next", null, null);

        rig = rig.crash();
        configure();

        Budget.RunAccount run = read();
        assertThat(run.spentPico()).isEqualTo(300);
        // what the agent's lease was: the hold, and as much again for the next call
        assertThat(run.unreconciledPico()).isBetween(400L, 800L);
        open(TWO, "b", null, 1_000L);
        if (rig.ledger.admit(TWO, new Quote(0, 1, 600, 1)) instanceof Admission.Granted(Hold hold)) {
            assertThat(hold.pico() + run.spentPico() + run.unreconciledPico()).isLessThanOrEqualTo(1_000);
        }
        assertThat(BudgetRig.await(rig.bus.ask(Budget.READ_RUN, new Budget.ReadRun("wf_none")))
                        .tasks())
                .isEmpty();
    }

    @Test
    void a_crash_charges_an_agents_lease_to_a_run_once_whatever_of_its_tasks_had_calls_in_flight() throws Exception {
        open(ONE, "z", null, 10_000L);
        var _ = hold(ONE, 300);
        var _ = close("z");
        clock.advance(1);
        open(ONE, "y", null, 10_000L);
        var _ = hold(ONE, 300);
        var _ = close("y");
        clock.advance(1);
        open(ONE, "x", null, 10_000L);
        var _ = hold(ONE, 300);

        rig = rig.crash();
        configure();

        long lease = rig.ledger.fleet().daily().unreconciledPico();
        assertThat(lease).isGreaterThanOrEqualTo(900);
        assertThat(read().unreconciledPico()).isEqualTo(lease);
        assertThat(task("x").unreconciledPico()).as("the one that is open").isEqualTo(lease);
    }

    @Test
    void sums_that_were_read_before_the_run_went_on_are_not_what_a_task_starts_from() throws Exception {
        StoredTask late = StoredTask.opened(new Budget.OpenTask(TWO, "b", null, null, RUN, 1_000L));
        rig.ledger.tasks().opening(late);
        StoredRun before = new StoredRun(RUN, 1_000, 0, 0);
        open(ONE, "a", null, 1_000L);
        settle(hold(ONE, 700), 700);
        var _ = close("a");
        assertThat(read().spentPico()).isEqualTo(700);
        assertThat(rig.ledger.tasks().open(late, before)).isNotNull();
        rig.ledger.tasks().opened(late);
        assertThat(hold(TWO, 600).outputTokens()).isEqualTo(300);
    }

    @Test
    void what_is_forgotten_goes_with_its_rows_and_no_agent_gets_anything_back() throws Exception {
        open(ONE, "a", null, 1_000L);
        settle(hold(ONE, 300), 300);
        var _ = close("a");
        openAlone("alone");
        settle(hold(TWO, 50), 50);
        var _ = close("alone");
        openAlone("open");
        BudgetState one = rig.ledger.state(ONE);
        FleetState fleet = rig.ledger.fleet();
        clock.advance(1_000);

        assertThat(forget(clock.millis(), List.of())).isEqualTo(1);
        assertThat(task("alone").isKnown()).isFalse();
        assertThat(task("open").isOpen()).isTrue();
        assertThat(read().spentPico()).isEqualTo(300);
        assertThat(forget(0, List.of(RUN, "wf_none"))).isEqualTo(1);
        assertThat(read().tasks()).isEmpty();
        assertThat(usage(Budget.GroupBy.TASK)).isEmpty();
        assertThat(usage(Budget.GroupBy.AGENT))
                .extracting(Budget.UsageRow::spentPico)
                .containsExactly(300L, 50L);
        assertThat(rig.ledger.state(ONE)).isEqualTo(one);
        assertThat(rig.ledger.fleet()).isEqualTo(fleet);
        rig = rig.restart();
        configure();
        assertThat(rig.ledger.fleet()).isEqualTo(fleet);
    }

    private void configure() throws Exception {
        Limits limits = new Limits(100_000, 100_000);
        var ask = new Budget.Configure(Map.of(ONE, limits, TWO, limits), Limits.NONE);
        assertThat(BudgetRig.await(rig.bus.ask(Budget.CONFIGURE, ask)).overridden())
                .isEmpty();
    }

    private void open(AgentId agent, String task, @Nullable Long maxPico, @Nullable Long runMaxPico) throws Exception {
        var ask = new Budget.OpenTask(agent, task, null, maxPico, runMaxPico == null ? "" : RUN, runMaxPico);
        assertThat(BudgetRig.await(rig.bus.ask(Budget.OPEN_TASK, ask)).isOpen()).isTrue();
    }

    private void openAlone(String task) throws Exception {
        open(TWO, task, null, null);
    }

    private Budget.TaskAccount close(String task) throws Exception {
        return BudgetRig.await(rig.bus.ask(Budget.CLOSE_TASK, new Budget.CloseTask(task)));
    }

    private Budget.TaskAccount task(String task) throws Exception {
        return BudgetRig.await(rig.bus.ask(Budget.READ_TASK, new Budget.ReadTask(task)));
    }

    private Budget.RunAccount read() throws Exception {
        return BudgetRig.await(rig.bus.ask(Budget.READ_RUN, new Budget.ReadRun(RUN)));
    }

    private int forget(long before, List<String> runs) throws Exception {
        return BudgetRig.await(rig.bus.ask(Budget.FORGET_TASKS, new Budget.ForgetTasks(before, runs)))
                .accounts();
    }

    private List<Budget.UsageRow> usage(Budget.GroupBy by) throws Exception {
        return BudgetRig.await(rig.bus.ask(Budget.USAGE, new Budget.Usage(null, 0, by)))
                .rows();
    }

    /// A call of one pico a token that may go.
    private Hold hold(AgentId agent, long tokens) throws InterruptedException {
        if (!(rig.ledger.admit(agent, new Quote(0, 1, tokens, 16)) instanceof Admission.Granted(Hold hold))) {
            throw new AssertionError("refused");
        }
        BlockingQueue<Boolean> told = new LinkedBlockingQueue<>();
        rig.ledger.whenDurable(hold, told::add);
        assertThat(BudgetRig.take(told)).isTrue();
        return hold;
    }

    private Admission.Refused refused(AgentId agent) {
        if (!(rig.ledger.admit(agent, new Quote(0, 1, 600, 16)) instanceof Admission.Refused refused)) {
            throw new AssertionError("granted");
        }
        return refused;
    }

    private void settle(Hold hold, long pico) {
        assertThat(rig.ledger.settle(hold, new Outcome("r" + hold.id(), 1, "m/x", 0, pico, 0, pico, 0, Basis.USAGE)))
                .isEqualTo(Settled.PLAIN);
    }
}
