package ai.openlegion.workflow.run;

import java.util.List;

/// What a re-run takes over from a run that is over.
///
/// @param runId of that run
/// @param steps in an order in which each stands behind what it depends on
public record Taken(String runId, List<Transition.TakenOver> steps) {
    public Taken {
        steps = List.copyOf(steps);
    }
}
