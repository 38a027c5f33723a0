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

/// The second set of books of tasks: what was settled and what is held on each, in plain sums.
final class TaskBooks {

    /// A task and what was charged to it.
    private static final class Task {
        private final Budget.OpenTask ask;
        private final List<Charge> charges = new ArrayList<>();
        private boolean open = true;
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

    /// What a call in flight may use.
    private record Charge(TrueBooks.Call call, long tokens, long inputTokens) {}

    private final Random random;
    private final BatchStore store;
    private final boolean cheating;
    private final Map<String, Task> tasks = new HashMap<>();
    private int opened;
    private int charged;

    TaskBooks(Random random, BatchStore store, boolean cheating) {
        this.random = random;
        this.store = store;
        this.cheating = cheating;
    }

    int charged() {
        return charged;
    }

    /// Opens a task of the agent, or closes the one it has.
    void step(Ledger ledger, AgentId agent) throws SQLException {
        Task current = current(agent);
        if (current != null && random.nextInt(3) == 0) {
            Budget.TaskAccount closed = ledger.closeTask(current.ask.taskId());
            assertThat(closed).isNotNull();
            store.closeTask(current.ask.taskId());
            current.open = false;
        } else if (ledger.state(agent) != null) {
            var ask = new Budget.OpenTask(
                    agent,
                    "t" + ++opened,
                    random.nextInt(3) == 0 ? null : (long) random.nextInt(3_000),
                    random.nextInt(3) == 0 ? null : (long) random.nextInt(6_000),
                    "",
                    null);
            store.openTask(ask);
            assertThat(ledger.openTask(StoredTask.opened(ask))).isNotNull();
            if (current != null) {
                current.open = false;
            }
            tasks.put(ask.taskId(), new Task(ask));
        }
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

    /// The ledger says of each task what these books say.
    void check(Ledger ledger) {
        for (Task task : tasks.values()) {
            Budget.TaskAccount state = ledger.task(task.ask.taskId());
            if (!task.open && task.charges.isEmpty()) {
                assertThat(state).as("over: %s", task.ask).isNull();
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
    void crashed(StoredLedger recovered) {
        Map<String, StoredTask> stored = new HashMap<>();
        recovered.tasks().forEach(task -> stored.put(task.taskId(), task));
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
            long tokens = found.tokens() + found.unreconciledTokens();
            if (!cheating) {
                assertThat(found.spentPico() + found.unreconciledPico())
                        .as("money of %s", task.ask)
                        .isGreaterThanOrEqualTo(task.pico + gonePico);
            }
            if (task.ask.maxTokens() != null) {
                assertThat(tokens).as("tokens of %s", task.ask).isGreaterThanOrEqualTo(task.tokens + goneTokens);
                assertThat(tokens).as("tokens of %s", task.ask).isLessThanOrEqualTo(task.ask.maxTokens());
            }
            task.pico = found.spentPico() + found.unreconciledPico();
            task.tokens = tokens;
            task.charges.clear();
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
    }
}
