package ai.openlegion.task;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Scope;
import ai.openlegion.bus.Topic;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The door of the tasks.
public final class Tasks {

    /// Gives an agent a task; answered once it is stored. An agent works on one task at a time, the others wait in
    /// order.
    public static final Endpoint<Dispatch, Dispatched> DISPATCH =
            Endpoint.cluster("task.dispatch", Dispatch.class, Dispatched.class);

    /// Ends a task: one that waits at once, one that runs as soon as its agent has answered that, or seconds later.
    public static final Endpoint<Cancel, Found> CANCEL =
            new Endpoint<>("task.cancel", Scope.CLUSTER, Cancel.class, Found.class, Duration.ofSeconds(15));

    /// One task as it stands.
    public static final Endpoint<Read, Found> READ = Endpoint.cluster("task.read", Read.class, Found.class);

    /// What each agent works on now.
    public static final Endpoint<ReadRunning, Running> RUNNING =
            Endpoint.cluster("task.running", ReadRunning.class, Running.class);

    /// Hands in the result of a task; it counts only from the agent that has it, and once.
    public static final Endpoint<Report, Reported> REPORT =
            Endpoint.cluster("task.report", Report.class, Reported.class);

    /// A task was left in an agent's inbox because its endpoint does not take it. One that the mesh runs does not pull
    /// either, so its task ends.
    public static final Topic<NotTaken> NOT_TAKEN = Topic.cluster("task.not-taken", NotTaken.class);

    /// An agent has begun a task.
    public static final Topic<Started> STARTED = Topic.cluster("task.started", Started.class);

    /// A task is over; told after that is stored.
    public static final Topic<Finished> FINISHED = Topic.cluster("task.finished", Finished.class);

    /// An agent came into another state; told by the host, for the supervisor follows the tasks itself.
    public static final Topic<AgentMoved> AGENT_MOVED = Topic.node("task.agent-moved", AgentMoved.class);

    private Tasks() {}

    /// Asks for a task to be done.
    ///
    /// @param taskId at most 128 characters of `[A-Za-z0-9_.:-]`, never used before
    /// @param workflowId the run it belongs to; empty = none
    /// @param stepId of that run; empty = none
    /// @param inputData the text of a JSON object
    /// @param context the text of a JSON object
    /// @param timeoutSeconds from its begin; then it ends as `timeout`
    /// @param maxTokens of its account; null = no such limit
    /// @param maxPico of its account, in pico-USD; null = no such limit
    /// @param runMaxPico of all tasks of its run together, in pico-USD; null = no such limit
    /// @param by an agent id, `operator`, `workflow`
    public record Dispatch(
            String taskId,
            AgentId agent,
            String workflowId,
            String stepId,
            String taskType,
            String inputData,
            String context,
            int timeoutSeconds,
            @Nullable Long maxTokens,
            @Nullable Long maxPico,
            @Nullable Long runMaxPico,
            String by)
            implements Wire {}

    /// What became of it.
    public enum Outcome {
        ACCEPTED,
        /// There is no such agent, or it was spawned: it gets its work from its parent.
        UNKNOWN_AGENT,
        /// An id, a size, a time or a text that cannot be.
        MALFORMED,
        /// The id was used before.
        DUPLICATE,
        /// The agent's queue is full.
        FULL,
        /// The store or the ledger cannot take it now.
        UNAVAILABLE
    }

    /// What became of a dispatch.
    ///
    /// @param why in words; empty where it was accepted
    public record Dispatched(Outcome outcome, String why) implements Wire {}

    /// Asks for the end of a task.
    public record Cancel(String taskId, String by) implements Wire {}

    /// Asks for a task.
    public record Read(String taskId) implements Wire {}

    /// A task, or null where there is none of that id.
    public record Found(@Nullable Task task) implements Wire {}

    /// Asks what each agent works on.
    public record ReadRunning() implements Wire {}

    /// The tasks that run or wait, by agent, in order.
    public record Running(List<Task> tasks) implements Wire {
        public Running {
            tasks = List.copyOf(tasks);
        }
    }

    /// A task as it stands.
    ///
    /// @param status `queued`, `running`, `complete`, `failed`, `cancelled` or `timeout`
    /// @param result the text of a JSON value; null until it is over, or where there is none
    /// @param promote the text of a JSON object, what the agent wants on the blackboard; null where there is none
    /// @param tokens used by its calls, by the ledger's count
    /// @param spentPico what its calls cost, by the ledger's count, in pico-USD
    /// @param unreconciledPico what they may have cost besides
    public record Task(
            String taskId,
            AgentId agent,
            String workflowId,
            String stepId,
            String taskType,
            String status,
            @Nullable String result,
            @Nullable String error,
            @Nullable String promote,
            long tokens,
            long spentPico,
            long unreconciledPico,
            long queuedAtMillis,
            long startedAtMillis,
            long endedAtMillis)
            implements Wire {}

    /// A task's result.
    ///
    /// @param payload of the agent's `task_result`, the text of a JSON object
    public record Report(AgentId agent, String payload) implements Wire {}

    /// Whether the result counted.
    ///
    /// @param why it did not, in words; empty where it did
    public record Reported(boolean delivered, String why) implements Wire {}

    /// An agent's endpoint does not take a task.
    ///
    /// @param why in words
    public record NotTaken(AgentId agent, String taskId, String why) implements Wire {}

    /// A task has begun.
    public record Started(AgentId agent, String taskId) implements Wire {}

    /// An agent came into another state.
    ///
    /// @param alive whether it still has what it took
    public record AgentMoved(AgentId agent, boolean alive) implements Wire {}

    /// A task is over.
    public record Finished(Task task) implements Wire {}
}
