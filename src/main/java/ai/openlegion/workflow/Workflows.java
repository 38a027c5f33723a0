package ai.openlegion.workflow;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;

/// The door of the workflows on the bus, as the rest of the mesh knocks at it.
///
/// Nothing serves it in this version: an asker gets [ai.openlegion.bus.BusException.Reason#NO_HANDLER], which it treats
/// as a refusal.
public final class Workflows {

    /// Starts a run.
    public static final Endpoint<Run, Started> RUN = Endpoint.cluster("workflow.run", Run.class, Started.class);

    private Workflows() {}

    /// Asks for a run.
    ///
    /// @param by an agent id, `schedule`, `webhook` or `operator`
    /// @param input the text of a JSON object
    public record Run(String workflow, String input, String by) implements Wire {}

    /// The run that was started.
    public record Started(String executionId) implements Wire {}
}
