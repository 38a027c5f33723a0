package ai.openlegion.budget;

import ai.openlegion.identity.AgentId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The accounts of the tasks that run, and of those that are over while calls of theirs are in flight. Guarded by the
/// ledger's lock.
///
/// A start finds each open one as the store has it (V007): spent is the sum of its rows. What a crash left leased of
/// its agent's account counts against the task too, for nobody knows whose calls that was; and of its tokens, all up
/// to its mark. So a task cannot spend beyond its budget because the mesh crashed, and may lose what its agent's lease
/// was.
final class TaskAccounts {

    private final Map<String, TaskFunds> byId = new HashMap<>();

    void restore(List<StoredTask> stored, Function<AgentId, AgentAccount> accounts) {
        for (StoredTask task : stored) {
            var _ = open(accounts.apply(task.agent()), task);
        }
    }

    /// Opens one, which ends an earlier one of the agent; the same twice is once.
    TaskFunds open(AgentAccount account, StoredTask stored) {
        TaskFunds known = byId.get(stored.taskId());
        if (known != null) {
            return known;
        }
        TaskFunds before = account.task;
        if (before != null) {
            var _ = close(before.taskId);
        }
        TaskFunds opened = new TaskFunds(account, stored);
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
            forgetIfOver(task);
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

    /// Drops one whose last call was settled after its end.
    void forgetIfOver(TaskFunds task) {
        if (task.isOver()) {
            byId.remove(task.taskId);
        }
    }
}
