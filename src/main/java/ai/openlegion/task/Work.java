package ai.openlegion.task;

import ai.openlegion.budget.Budget;
import ai.openlegion.identity.AgentId;
import org.jspecify.annotations.Nullable;

/// A task that waits or runs. On the event loop of its verticle.
final class Work {

    /// How far it is.
    enum Phase {
        /// Not stored yet, or waiting for its turn.
        QUEUED,
        /// Its account is opened and it is handed over.
        BEGINNING,
        /// It is in its agent's inbox.
        RUNNING,
        /// Its end is decided, and being stored.
        ENDING
    }

    final Tasks.Dispatch ask;
    final long queuedAtMillis;

    Phase phase = Phase.QUEUED;
    boolean stored;

    /// Whether its account was asked for.
    boolean opened;

    long startedAtMillis;

    /// Its place in its agent's inbox; 0 = not there yet.
    long item;

    /// Whether it is being put into its agent's inbox now.
    boolean sending;

    /// Whether its agent was started anew while it had it.
    boolean interrupted;

    /// Whether its agent is not there now.
    boolean down;

    /// Whether its agent had it when the mesh ended, and has not been heard of it since: an agent that does not know
    /// it then gets it again, under the same id.
    boolean recovered;

    /// Whether its agent is being asked for its result, or will be soon.
    boolean polling;

    /// Whether its end is what its agent said.
    boolean reported;

    /// Who ended it, for the audit.
    String endedBy = "mesh";

    /// When it ends as `timeout`; below 0 = no timer.
    long timer = -1;

    Work(Tasks.Dispatch ask, long queuedAtMillis) {
        this.ask = ask;
        this.queuedAtMillis = queuedAtMillis;
    }

    String id() {
        return ask.taskId();
    }

    AgentId agent() {
        return ask.agent();
    }

    long endsAtMillis() {
        return startedAtMillis + ask.timeoutSeconds() * 1000L;
    }

    /// The task as it stands.
    Tasks.Task task(Budget.@Nullable TaskAccount account) {
        return task(account, startedAtMillis > 0 ? "running" : "queued", null, 0);
    }

    /// The task as it ended.
    Tasks.Task ended(Budget.@Nullable TaskAccount account, End end, long endedAtMillis) {
        return task(account, end.status(), end, endedAtMillis);
    }

    private Tasks.Task task(
            Budget.@Nullable TaskAccount account, String status, @Nullable End end, long endedAtMillis) {
        return new Tasks.Task(
                ask.taskId(),
                ask.agent(),
                ask.workflowId(),
                ask.stepId(),
                ask.taskType(),
                status,
                end == null ? null : end.result(),
                end == null ? null : end.error(),
                end == null ? null : end.promote(),
                account == null ? 0 : account.tokens(),
                account == null ? 0 : account.spentPico(),
                account == null ? 0 : account.unreconciledPico(),
                queuedAtMillis,
                startedAtMillis,
                endedAtMillis);
    }
}
