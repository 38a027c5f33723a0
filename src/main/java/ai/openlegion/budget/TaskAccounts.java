package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The accounts of the tasks that run, and of those that are over while something of theirs is not stored; and the
/// accounts of their runs. Guarded by the ledger's lock.
///
/// A start finds each open one as the store has it (V007): spent is the sum of its rows, and a run's is the sum over
/// its tasks (V009). What a crash left leased of an agent's account counts against its open task too, for nobody knows
/// whose calls that was, and against each of its tasks that were closed and not yet stored as settled, for the sake of
/// their runs; and of tokens, all up to a task's mark. So neither task nor run can spend beyond its budget because the
/// mesh crashed, and both may lose what the agent's lease was.
final class TaskAccounts {

    private final Map<String, TaskFunds> byId = new HashMap<>();
    private final Map<String, RunFunds> runs = new HashMap<>();
    private final List<TaskFunds> over = new ArrayList<>();
    private final Consumer<TaskFunds> changed;

    /// @param changed told of each one that has to be stored
    TaskAccounts(Consumer<TaskFunds> changed) {
        this.changed = changed;
    }

    void restore(StoredLedger stored, Function<AgentId, AgentAccount> accounts) {
        Map<String, StoredRun> known = new HashMap<>();
        stored.runs().forEach(run -> known.put(run.runId(), run));
        for (StoredTask task : stored.tasks()) {
            var _ = open(accounts.apply(task.agent()), task, known.get(task.runId()));
        }
    }

    /// Keeps the account of the task's run from now on, if it has one.
    void opening(StoredTask task) {
        if (task.runMaxPico() != Limits.UNLIMITED) {
            run(task.runId()).retain();
        }
    }

    /// The end of [#opening].
    void opened(StoredTask task) {
        RunFunds run = task.runMaxPico() == Limits.UNLIMITED ? null : runs.get(task.runId());
        if (run != null) {
            letGo(run);
        }
    }

    /// Opens one, which ends an earlier one of the agent; the same twice is once.
    TaskFunds open(AgentAccount account, StoredTask stored, @Nullable StoredRun ofRun) {
        TaskFunds known = byId.get(stored.taskId());
        if (known != null) {
            return known;
        }
        TaskFunds before = account.task;
        if (before != null) {
            var _ = close(before.taskId);
        }
        RunFunds run = null;
        if (ofRun != null) {
            run = run(ofRun.runId());
            run.load(ofRun);
            run.retain();
        }
        TaskFunds opened = new TaskFunds(account, stored, run);
        account.task = opened;
        byId.put(opened.taskId, opened);
        return opened;
    }

    /// Ends one: from now on its agent's calls are charged to the agent only. Null where it is not known here.
    @Nullable
    TaskFunds close(String taskId) {
        TaskFunds task = byId.get(taskId);
        if (task != null && task.open) {
            task.open = false;
            task.account.task = null;
            lastBooked(task);
        }
        return task;
    }

    @Nullable
    TaskFunds find(String taskId) {
        return byId.get(taskId);
    }

    /// Those that are open.
    List<Budget.TaskAccount> open() {
        return byId.values().stream()
                .filter(task -> task.open)
                .map(TaskFunds::state)
                .toList();
    }

    /// Those of a run.
    List<Budget.TaskAccount> ofRun(String runId) {
        return byId.values().stream()
                .filter(task -> task.runId.equals(runId))
                .map(TaskFunds::state)
                .toList();
    }

    /// Has one stored for the last time whose last call was settled after its end.
    void lastBooked(TaskFunds task) {
        if (task.isOver()) {
            over.add(task);
            changed.accept(task);
        }
    }

    /// Drops those of which everything is stored.
    void forgetStored() {
        if (!over.isEmpty()) {
            over.removeIf(this::forgetIfStored);
        }
    }

    private boolean forgetIfStored(TaskFunds task) {
        if (!task.isStored()) {
            return false;
        }
        byId.remove(task.taskId);
        if (task.run != null) {
            letGo(task.run);
        }
        return true;
    }

    private RunFunds run(String runId) {
        return runs.computeIfAbsent(runId, RunFunds::new);
    }

    private void letGo(RunFunds run) {
        if (run.letGo()) {
            runs.remove(run.runId);
        }
    }
}
