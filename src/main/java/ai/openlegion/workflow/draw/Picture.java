package ai.openlegion.workflow.draw;

import ai.openlegion.workflow.model.Workflow;
import ai.openlegion.workflow.run.StepStatus;
import java.util.List;
import java.util.Map;

/// What is to be drawn: a graph, and what is to be said of it and of its steps.
///
/// @param title above all else
/// @param head lines below it
/// @param states of the steps of a run, by step; empty = no run, the definition alone
/// @param notes to each step, by step, in lines
public record Picture(
        String title,
        List<String> head,
        Workflow workflow,
        Map<String, State> states,
        Map<String, List<String>> notes) {

    public Picture {
        head = List.copyOf(head);
        states = Map.copyOf(states);
        notes = Map.copyOf(notes);
    }

    /// How a step of a run stands.
    ///
    /// @param more to its status, on the same line; empty = nothing
    public record State(StepStatus status, String more) {}
}
