package ai.openlegion.budget;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Topic;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The door of the budget: what an operator can ask, and the facts the ledger tells.
public final class Budget {

    /// Every account as it stands.
    public static final Endpoint<Read, Accounts> READ = Endpoint.node("budget.read", Read.class, Accounts.class);

    /// Sets an agent's limits, at once and durably, and unfreezes it.
    public static final Endpoint<SetLimits, Changed> SET_LIMITS =
            Endpoint.node("budget.set-limits", SetLimits.class, Changed.class);

    /// Releases what is unreconciled, at most what there is, and unfreezes the account; answers when it is
    /// durable.
    public static final Endpoint<Release, Changed> RELEASE =
            Endpoint.node("budget.release", Release.class, Changed.class);

    /// Makes the accounts those of a configuration; asked by the host at start and on reload.
    public static final Endpoint<Configure, Configured> CONFIGURE =
            Endpoint.node("budget.configure", Configure.class, Configured.class);

    /// What was used, in groups.
    public static final Endpoint<Usage, UsageReport> USAGE =
            Endpoint.node("budget.usage", Usage.class, UsageReport.class);

    /// Opens the account of a task: from now on every call of its agent is charged to it too.
    public static final Endpoint<OpenTask, TaskAccount> OPEN_TASK =
            Endpoint.node("budget.open-task", OpenTask.class, TaskAccount.class);

    /// Closes it; calls in flight are still charged to it.
    public static final Endpoint<CloseTask, TaskAccount> CLOSE_TASK =
            Endpoint.node("budget.close-task", CloseTask.class, TaskAccount.class);

    /// The accounts of tasks that are open.
    public static final Endpoint<ReadTasks, TaskList> READ_TASKS =
            Endpoint.node("budget.read-tasks", ReadTasks.class, TaskList.class);

    /// The account of a task, open or closed.
    public static final Endpoint<ReadTask, TaskAccount> READ_TASK =
            Endpoint.node("budget.read-task", ReadTask.class, TaskAccount.class);

    /// The accounts of all tasks of a run, open and closed. What is said of one that is over is stored.
    public static final Endpoint<ReadRun, RunAccount> READ_RUN =
            Endpoint.node("budget.read-run", ReadRun.class, RunAccount.class);

    /// Deletes accounts of tasks that are over; what their agents spent stays as it is.
    public static final Endpoint<ForgetTasks, Forgotten> FORGET_TASKS =
            Endpoint.node("budget.forget-tasks", ForgetTasks.class, Forgotten.class);

    /// These calls have to end now.
    public static final Topic<Cut> CUT = Topic.node("budget.cut", Cut.class);

    /// These accounts changed; told at most ten times a second, after what changed is durable.
    public static final Topic<Spent> SPENT = Topic.node("budget.spent", Spent.class);

    /// An account passed 50, 80 or 100 % of a window's limit; once per window and mark.
    public static final Topic<Warned> WARNED = Topic.node("budget.warned", Warned.class);

    /// A provider billed more than was held; the account refuses until the operator acts.
    public static final Topic<Frozen> FROZEN = Topic.node("budget.frozen", Frozen.class);

    /// A call was refused because too little was left for its task or run; told once a task.
    public static final Topic<Exhausted> EXHAUSTED = Topic.node("budget.exhausted", Exhausted.class);

    private Budget() {}

    /// Asks for every account.
    public record Read() implements Wire {}

    /// Every account as it stands, by agent id.
    public record Accounts(FleetState fleet, List<BudgetState> agents) implements Wire {}

    /// Asks for new limits; null leaves that one as it is.
    ///
    /// @param requestId of the operator's request, for the audit
    public record SetLimits(
            AgentId agent,
            @Nullable Long dailyPico,
            @Nullable Long monthlyPico,
            String requestId) implements Wire {}

    /// Asks to release this much of what is unreconciled, in pico-USD, newest day first.
    ///
    /// @param requestId of the operator's request, for the audit
    public record Release(AgentId agent, long pico, String requestId) implements Wire {}

    /// What became of an operator's change.
    ///
    /// @param state the account after it, or null when the outcome is [Change#UNKNOWN_AGENT]
    /// @param releasedPico what a release released
    public record Changed(Change outcome, @Nullable BudgetState state, long releasedPico) implements Wire {}

    /// How an operator's change ended.
    public enum Change {
        DONE,
        /// There is no such agent.
        UNKNOWN_AGENT,
        /// The store cannot take it now. A lowered limit is in force until the mesh stops; a release that was
        /// under way may still be done; anything else is not.
        UNAVAILABLE
    }

    /// The limits of every agent and of the fleet as the configuration has them.
    public record Configure(Map<AgentId, Limits> agents, Limits fleet) implements Wire {
        public Configure {
            agents = Map.copyOf(agents);
        }
    }

    /// The accounts are those of the configuration.
    ///
    /// @param overridden agents whose limits are still those an operator set
    public record Configured(List<AgentId> overridden) implements Wire {}

    /// Asks for the account of a task; the same task twice is once. An agent has one at a time: its earlier one ends.
    /// An agent without an account of its own, which a spawned one is, cannot have a task's.
    ///
    /// @param maxTokens of input and output together; null = no such limit
    /// @param maxPico in pico-USD; null = no such limit
    /// @param runId the run it belongs to; empty = none
    /// @param runMaxPico of all tasks of that run together, in pico-USD, the same for each; null = no such limit
    public record OpenTask(
            AgentId agent,
            String taskId,
            @Nullable Long maxTokens,
            @Nullable Long maxPico,
            String runId,
            @Nullable Long runMaxPico)
            implements Wire {}

    /// Asks for its end.
    public record CloseTask(String taskId) implements Wire {}

    /// Asks for the open ones.
    public record ReadTasks() implements Wire {}

    /// Those that are open.
    public record TaskList(List<TaskAccount> tasks) implements Wire {
        public TaskList {
            tasks = List.copyOf(tasks);
        }
    }

    /// Asks how it stands.
    public record ReadTask(String taskId) implements Wire {}

    /// The account of a task.
    ///
    /// @param isKnown false where there never was one of that id; then all else is 0
    /// @param isOpen whether calls are charged to it
    /// @param tokens of input and output that were settled
    /// @param unreconciledTokens that may have been used besides
    /// @param spentPico settled, in pico-USD
    /// @param unreconciledPico what its calls may have cost besides
    /// @param heldPico of calls in flight
    /// @param refusedBy where too little was left when a call was refused for the first time; `NONE` = none was
    public record TaskAccount(
            String taskId,
            boolean isKnown,
            boolean isOpen,
            long tokens,
            long unreconciledTokens,
            long spentPico,
            long unreconciledPico,
            long heldPico,
            Ceiling refusedBy)
            implements Wire {}

    /// What may end a task for want of budget.
    public enum Ceiling {
        NONE,
        /// The task's own.
        TASK,
        /// That of all tasks of its run together.
        RUN
    }

    /// Asks for the tasks of a run.
    public record ReadRun(String runId) implements Wire {}

    /// The accounts of a run's tasks, by task id; none where it has had no task yet.
    public record RunAccount(String runId, List<TaskAccount> tasks) implements Wire {
        public RunAccount {
            tasks = List.copyOf(tasks);
        }

        /// Of input and output that were settled.
        public long tokens() {
            return tasks.stream().mapToLong(TaskAccount::tokens).sum();
        }

        /// Settled, in pico-USD.
        public long spentPico() {
            return tasks.stream().mapToLong(TaskAccount::spentPico).sum();
        }

        /// What its calls may have cost besides, in pico-USD.
        public long unreconciledPico() {
            return tasks.stream().mapToLong(TaskAccount::unreconciledPico).sum();
        }
    }

    /// Asks for accounts to be deleted.
    ///
    /// @param closedBeforeMillis those of tasks of no run that were closed before this, in milliseconds since 1970
    /// @param runs all of these, which are over
    public record ForgetTasks(long closedBeforeMillis, List<String> runs) implements Wire {
        public ForgetTasks {
            runs = List.copyOf(runs);
        }
    }

    /// They are deleted.
    public record Forgotten(int accounts) implements Wire {}

    /// Asks what was used.
    ///
    /// @param agent only this one, or null for all
    /// @param sinceMillis from the UTC day that holds this instant, in milliseconds since 1970; 0 for all
    public record Usage(@Nullable AgentId agent, long sinceMillis, GroupBy groupBy) implements Wire {}

    /// What one row of a usage report stands for.
    public enum GroupBy {
        MODEL,
        AGENT,
        DAY,
        /// Only calls that were charged to a task.
        TASK
    }

    /// What was used, one row a group, in the groups' order.
    public record UsageReport(List<UsageRow> rows) implements Wire {}

    /// What one group used.
    ///
    /// @param group a model, an agent, or a day as `2026-11-22`. Two groups of models are none: `(restart)` is
    ///     what a crash left unreconciled, `(released)` what the operator released of it, which is negative
    public record UsageRow(
            String group,
            long calls,
            long inputTokens,
            long outputTokens,
            long cachedTokens,
            long spentPico,
            long unreconciledPico)
            implements Wire {}

    /// The calls of these holds have to end now, newest first.
    ///
    /// @param reason `budget_exceeded` or `agent_revoked`
    public record Cut(List<Long> holdIds, String reason) implements Wire {
        public Cut {
            holdIds = List.copyOf(holdIds);
        }
    }

    /// Accounts that changed, as they stand, and the fleet's.
    public record Spent(FleetState fleet, List<BudgetState> agents) implements Wire {}

    /// An account passed a mark.
    ///
    /// @param agent whose, or null for the fleet
    /// @param percent 50, 80 or 100
    public record Warned(@Nullable AgentId agent, Window window, int percent, WindowState state) implements Wire {}

    /// A span over which a limit holds.
    public enum Window {
        DAILY,
        MONTHLY
    }

    /// An account is frozen.
    public record Frozen(AgentId agent) implements Wire {}

    /// A task has too little left for a call that its agent wanted.
    public record Exhausted(String taskId) implements Wire {}
}
