package ai.openlegion.workflow;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;

/// The door of the workflows on the bus, as the rest of the mesh knocks at it.
///
/// Nothing serves it in this version: an asker gets [ai.openlegion.bus.BusException.Reason#NO_HANDLER], which it treats
/// as a refusal.
public final class Workflows {

    /// Starts a run.
    public static final Endpoint<Run, Started> RUN = Endpoint.cluster("workflow.run", Run.class, Started.class);

    /// Hands in the result of a task; it counts only from the agent of an attempt that still runs.
    public static final Endpoint<Report, Reported> REPORT =
            Endpoint.cluster("workflow.report", Report.class, Reported.class);

    private Workflows() {}

    /// Asks for a run.
    ///
    /// @param by an agent id, `schedule`, `webhook` or `operator`
    /// @param input the text of a JSON object
    public record Run(String workflow, String input, String by) implements Wire {}

    /// The run that was started.
    public record Started(String executionId) implements Wire {}

    /// A task's result.
    ///
    /// @param result the payload of the agent's `task_result`, the text of a JSON object
    public record Report(AgentId agent, String result) implements Wire {}

    /// Whether the result counted.
    public record Reported(boolean delivered) implements Wire {}
}
