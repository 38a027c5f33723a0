package ai.openlegion.budget;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The side of the ledger that is about tasks and runs. Safe for any thread: under the ledger's lock.
final class TaskLedger {

    private final Object lock;
    private final Accounts accounts;

    TaskLedger(Object lock, Accounts accounts) {
        this.lock = lock;
        this.accounts = accounts;
    }

    /// A task of this run is about to be opened: what the store says of the run from now on is what [#open] starts
    /// from. To be followed by one [#opened].
    void opening(StoredTask task) {
        synchronized (lock) {
            accounts.tasks().opening(task);
        }
    }

    /// The end of [#opening], however it went.
    void opened(StoredTask task) {
        synchronized (lock) {
            accounts.tasks().opened(task);
        }
    }

    /// Opens the account of a task, which is stored already; null when its agent has none.
    ///
    /// @param run as the store has it; null = its run has no ceiling, or there is none
    Budget.@Nullable TaskAccount open(StoredTask stored, @Nullable StoredRun run) {
        synchronized (lock) {
            AgentAccount account = accounts.open(stored.agent());
            return account == null
                    ? null
                    : accounts.tasks().open(account, stored, run).state();
        }
    }

    /// Ends the account of a task; calls in flight are still charged to it. Null where the store alone knows it.
    Budget.@Nullable TaskAccount close(String taskId) {
        synchronized (lock) {
            TaskFunds task = accounts.tasks().close(taskId);
            return task == null ? null : task.state();
        }
    }

    /// The account of a task that is open, has calls in flight or is not stored as it is; or null.
    Budget.@Nullable TaskAccount find(String taskId) {
        synchronized (lock) {
            TaskFunds task = accounts.tasks().find(taskId);
            return task == null ? null : task.state();
        }
    }

    /// The accounts of tasks that are open.
    List<Budget.TaskAccount> open() {
        synchronized (lock) {
            return accounts.tasks().open();
        }
    }

    /// Those of a run that [#find] would find.
    List<Budget.TaskAccount> ofRun(String runId) {
        synchronized (lock) {
            return accounts.tasks().ofRun(runId);
        }
    }
}
