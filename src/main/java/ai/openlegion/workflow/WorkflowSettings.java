package ai.openlegion.workflow;

/// How runs are kept; keys of `workflows:` in `mesh.yaml`, but for the times between looks, which tests take smaller.
///
/// @param running the most runs under way at once
/// @param keepMillis a run that is over can be read
/// @param tickMillis between two looks at what is due: retries, time-outs, approvals that expire
/// @param retryMillis until what the store, an inbox or an agent that is not ready could not take is tried again
/// @param lookMillis between two looks at the tasks of running attempts, in case a fact was lost
public record WorkflowSettings(int running, long keepMillis, long tickMillis, long retryMillis, long lookMillis) {

    /// What the shipped `conf/mesh.yaml` says.
    public static final WorkflowSettings DEFAULTS = new WorkflowSettings(1_000, 30L * 86_400_000, 100, 1_000, 30_000);

    /// The same with other bounds.
    public WorkflowSettings with(int mostRunning, int keepDays) {
        return new WorkflowSettings(mostRunning, keepDays * 86_400_000L, tickMillis, retryMillis, lookMillis);
    }
}
