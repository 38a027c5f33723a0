package ai.openlegion.task;

import ai.openlegion.budget.Budget;
import ai.openlegion.bus.Bus;
import io.vertx.core.Future;
import java.util.Optional;

/// What the budget knows of tasks that have begun.
record Books(Bus bus) {

    /// Opens it; the same twice is once.
    Future<Budget.TaskAccount> open(Work work) {
        Tasks.Dispatch ask = work.ask;
        work.opened = true;
        return bus.ask(
                Budget.OPEN_TASK,
                new Budget.OpenTask(
                        ask.agent(), ask.taskId(), ask.maxTokens(), ask.maxPico(), ask.workflowId(), ask.runMaxPico()));
    }

    /// The account as it stands; nothing where it was never opened. Fails where it cannot be known now.
    Future<Optional<Budget.TaskAccount>> known(Work work) {
        return work.opened
                ? bus.ask(Budget.READ_TASK, new Budget.ReadTask(work.id())).map(Optional::of)
                : Future.succeededFuture(Optional.empty());
    }

    /// Closes it; one that stays open in the store is closed at the next start.
    Future<Optional<Budget.TaskAccount>> close(Work work) {
        return work.opened
                ? bus.ask(Budget.CLOSE_TASK, new Budget.CloseTask(work.id()))
                        .map(Optional::of)
                        .otherwise(Optional.empty())
                : Future.succeededFuture(Optional.empty());
    }
}
