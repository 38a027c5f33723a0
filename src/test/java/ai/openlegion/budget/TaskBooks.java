package ai.openlegion.budget;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// The second set of books of tasks and runs: what was settled and what is held on each, in plain sums.
final class TaskBooks {

    /// A task and what was charged to it.
    private static final class Task {
        private final Budget.OpenTask ask;
        private final List<Charge> charges = new ArrayList<>();
        private boolean open = true;
        private boolean gone;
        private long pico;
        private long tokens;

        private Task(Budget.OpenTask ask) {
            this.ask = ask;
        }

        private long heldPico() {
            return charges.stream().mapToLong(charge -> charge.call.hold.pico()).sum();
        }

        private long heldTokens() {
            return charges.stream().mapToLong(charge -> charge.tokens).sum();
        }
    }

    /// A run and what was charged to its tasks.
    private static final class Run {
        private final String id;
        private final @Nullable Long maxPico;
        private long pico;

        private Run(String id, @Nullable Long maxPico) {
            this.id = id;
            this.maxPico = maxPico;
        }
    }

    /// What a call in flight may use.
    private record Charge(TrueBooks.Call call, long tokens, long inputTokens) {}

    private final Random random;
    private final BatchStore store;
    private final boolean cheating;
    private final Map<String, Task> tasks = new HashMap<>();
    private final Map<String, Run> runs = new HashMap<>();
    private int opened;
    private int charged;
    private int shared;

    TaskBooks(Random random, BatchStore store, boolean cheating) {
        this.random = random;
        this.store = store;
        this.cheating = cheating;
    }

    int charged() {
        return charged;
    }

    /// Calls that were admitted while another task of their run had one in flight, or had spent already.
    int shared() {
        return shared;
    }

    /// Opens a task of the agent, or closes the one it has.
    void step(Ledger ledger, AgentId agent) throws SQLException {
        Task current = current(agent);
        if (current != null && random.nextInt(3) == 0) {
            Budget.TaskAccount closed = ledger.tasks().close(current.ask.taskId());
            assertThat(closed).isNotNull();
            store.closeTask(current.ask.taskId());
            current.open = false;
        } else if (ledger.state(agent) != null) {
            Run run = run();
            var ask = new Budget.OpenTask(
                    agent,
                    "t" + ++opened,
                    random.nextInt(3) == 0 ? null : (long) random.nextInt(3_000),
                    random.nextInt(3) == 0 ? null : (long) random.nextInt(6_000),
                    run == null ? "" : run.id,
                    run == null ? null : run.maxPico);
            open(ledger, ask, run);
            if (current != null) {
                current.open = false;
            }
            tasks.put(ask.taskId(), new Task(ask));
        }
    }

    /// As the verticle does it.
    private void open(Ledger ledger, Budget.OpenTask ask, @Nullable Run run) throws SQLException {
        StoredTask task = StoredTask.opened(ask);
        ledger.tasks().opening(task);
        store.openTask(ask);
        boolean limited = run != null && run.maxPico != null;
        StoredRun stored = limited ? store.run(ask.runId()) : null;
        if (stored != null) {
            stored = new StoredRun(stored.runId(), task.runMaxPico(), stored.spentPico(), stored.unreconciledPico());
        }
        assertThat(ledger.tasks().open(task, stored)).isNotNull();
        ledger.tasks().opened(task);
    }

    /// None, an old one or a new one.
    private @Nullable Run run() {
        int dice = random.nextInt(6);
        if (dice == 0) {
            return null;
        }
        String id = "w" + (runs.size() - (dice < 4 && !runs.isEmpty() ? 1 : 0));
        return runs.computeIfAbsent(
                id, fresh -> new Run(fresh, random.nextInt(4) == 0 ? null : (long) random.nextInt(9_000)));
    }

    private @Nullable Run run(Task task) {
        return runs.get(task.ask.runId());
    }

    private long heldPico(Run run) {
        return tasks.values().stream()
                .filter(task -> run(task) == run)
                .mapToLong(Task::heldPico)
                .sum();
    }

    private @Nullable Task current(AgentId agent) {
        return tasks.values().stream()
                .filter(task -> task.open && task.ask.agent().equals(agent))
                .findFirst()
                .orElse(null);
    }

    /// I1 for the task: what is booked and held stays within both of its limits, and each call is charged to the task
    /// its agent works on.
    void admitted(TrueBooks.Call call, Quote quote) {
        Task task = current(call.agent);
        TaskFunds funds = call.hold.task;
        assertThat(funds == null ? "" : funds.taskId).isEqualTo(task == null ? "" : task.ask.taskId());
        if (task == null) {
            return;
        }
        charged++;
        long output = Math.min(1L << 50, Math.multiplyExact(call.hold.outputTokens(), (long) quote.choices()));
        task.charges.add(new Charge(call, quote.inputTokens() + output, quote.inputTokens()));
        Long maxPico = task.ask.maxPico();
        Long maxTokens = task.ask.maxTokens();
        if (!cheating && maxPico != null) {
            assertThat(task.pico + task.heldPico()).isLessThanOrEqualTo(maxPico);
        }
        if (maxTokens != null) {
            assertThat(task.tokens + task.heldTokens()).isLessThanOrEqualTo(maxTokens);
        }
        Run run = run(task);
        if (run != null) {
            shared += run.pico + heldPico(run) > task.pico + task.heldPico() ? 1 : 0;
            if (!cheating && run.maxPico != null) {
                assertThat(run.pico + heldPico(run)).isLessThanOrEqualTo(run.maxPico);
            }
        }
    }

    void failed(TrueBooks.Call call) {
        var _ = remove(call);
    }

    void settled(TrueBooks.Call call, Outcome outcome) {
        Task task = task(call);
        Charge charge = remove(call);
        if (task == null || charge == null) {
            return;
        }
        task.pico += outcome.spentPico() + outcome.unreconciledPico();
        Run run = run(task);
        if (run != null) {
            run.pico += outcome.spentPico() + outcome.unreconciledPico();
        }
        long used = outcome.inputTokens() + outcome.outputTokens();
        if (outcome.basis() == Basis.UPPER_BOUND) {
            boolean stopped = outcome.unreconciledPico() == 0 && call.hold.pico() > outcome.spentPico();
            used = Math.max(used, stopped ? Math.min(charge.tokens, used + charge.inputTokens) : charge.tokens);
        }
        task.tokens += used;
    }

    private @Nullable Task task(TrueBooks.Call call) {
        return tasks.values().stream()
                .filter(task -> task.charges.stream().anyMatch(charge -> charge.call == call))
                .findFirst()
                .orElse(null);
    }

    private @Nullable Charge remove(TrueBooks.Call call) {
        Task task = task(call);
        if (task == null) {
            return null;
        }
        Charge charge = task.charges.stream()
                .filter(one -> one.call == call)
                .findFirst()
                .orElseThrow();
        assertThat(task.charges.remove(charge)).isTrue();
        return charge;
    }

    /// The ledger says of each task what these books say; of one that is over, it or the store does.
    void check(Ledger ledger) throws SQLException {
        for (Task task : tasks.values()) {
            Budget.TaskAccount state = ledger.tasks().find(task.ask.taskId());
            boolean over = !task.open && task.charges.isEmpty();
            if (over && state == null && !task.gone) {
                task.gone = true;
                state = store.task(task.ask.taskId());
            }
            if (task.gone && state == null) {
                continue;
            }
            if (state == null) {
                throw new AssertionError("no account of " + task.ask);
            }
            assertThat(state.isOpen()).isEqualTo(task.open);
            assertThat(state.spentPico() + state.unreconciledPico()).isEqualTo(task.pico);
            assertThat(state.tokens() + state.unreconciledTokens()).isEqualTo(task.tokens);
            assertThat(state.heldPico()).isEqualTo(task.heldPico());
        }
    }

    /// I4 for tasks: what a crash leaves counts no less than what was settled or went, and never more tokens than the
    /// task may use. Goes on from that.
    void crashed(StoredLedger recovered) throws SQLException {
        Map<String, StoredTask> stored = new HashMap<>();
        recovered.tasks().forEach(task -> stored.put(task.taskId(), task));
        crashedRuns(recovered);
        tasks.values().removeIf(task -> !task.open);
        assertThat(stored.keySet()).isEqualTo(tasks.keySet());
        for (Task task : tasks.values()) {
            StoredTask found = stored.get(task.ask.taskId());
            if (found == null) {
                throw new AssertionError("lost: " + task.ask);
            }
            long gonePico = 0;
            long goneTokens = 0;
            for (Charge charge : task.charges) {
                gonePico += charge.call.gone ? charge.call.hold.pico() : 0;
                goneTokens += charge.call.gone ? charge.tokens : 0;
            }
            StoredTask.Used used = found.used();
            long tokens = used.allTokens();
            if (!cheating) {
                assertThat(used.spentPico() + used.unreconciledPico())
                        .as("money of %s", task.ask)
                        .isGreaterThanOrEqualTo(task.pico + gonePico);
            }
            if (task.ask.maxTokens() != null) {
                assertThat(tokens).as("tokens of %s", task.ask).isGreaterThanOrEqualTo(task.tokens + goneTokens);
                assertThat(tokens).as("tokens of %s", task.ask).isLessThanOrEqualTo(task.ask.maxTokens());
            }
            task.pico = used.spentPico() + used.unreconciledPico();
            task.tokens = tokens;
            task.charges.clear();
        }
    }

    /// I4 for runs: the same, also for calls of tasks that were closed before they ended.
    private void crashedRuns(StoredLedger recovered) throws SQLException {
        Map<String, StoredRun> known = new HashMap<>();
        recovered.runs().forEach(run -> known.put(run.runId(), run));
        for (Run run : runs.values()) {
            long gone = tasks.values().stream()
                    .filter(task -> run(task) == run)
                    .flatMap(task -> task.charges.stream())
                    .filter(charge -> charge.call.gone)
                    .mapToLong(charge -> charge.call.hold.pico())
                    .sum();
            StoredRun stored = store.run(run.id);
            long pico = stored.spentPico() + stored.unreconciledPico();
            if (!cheating) {
                assertThat(pico).as("money of run %s", run.id).isGreaterThanOrEqualTo(run.pico + gone);
            }
            boolean used = tasks.values().stream().anyMatch(task -> task.open && run(task) == run);
            StoredRun restored = known.get(run.id);
            if (used && run.maxPico != null) {
                assertThat(restored).isNotNull().satisfies(sum -> {
                    assertThat(sum.maxPico()).isEqualTo(run.maxPico);
                    assertThat(sum.spentPico()).isEqualTo(stored.spentPico());
                    assertThat(sum.unreconciledPico()).isEqualTo(stored.unreconciledPico());
                });
            }
            run.pico = pico;
        }
    }

    /// I2 and I3 for tasks, once nothing is in flight and everything is stored: nothing is held, and the rows of each
    /// task, which are its bookings and what crashes charged it with, are what its account says.
    void checkRows() throws SQLException {
        Map<String, Long> booked = new HashMap<>();
        for (UsageEntry entry : store.entries()) {
            var _ = booked.merge(entry.task(), entry.spentPico(), Long::sum);
        }
        for (Task task : tasks.values()) {
            assertThat(task.charges).isEmpty();
            Budget.TaskAccount rows = store.task(task.ask.taskId());
            assertThat(rows.spentPico() + rows.unreconciledPico()).isEqualTo(task.pico);
            assertThat(rows.tokens() + rows.unreconciledTokens()).isEqualTo(task.tokens);
            assertThat(rows.spentPico()).isEqualTo(booked.getOrDefault(task.ask.taskId(), 0L));
        }
        for (Run run : runs.values()) {
            StoredRun rows = store.run(run.id);
            assertThat(rows.spentPico() + rows.unreconciledPico()).isEqualTo(run.pico);
        }
    }
}
