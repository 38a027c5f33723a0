package ai.openlegion.workflow;

import ai.openlegion.workflow.run.Run;
import ai.openlegion.workflow.run.Transition;

/// What the audit gets of transitions, once they are stored.
final class Ends {

    private final Notes notes;

    Ends(Notes notes) {
        this.notes = notes;
    }

    /// Records what people and the end decide; dispatches are recorded where they are accepted.
    void note(Run run, Transition transition) {
        switch (transition) {
            case Transition.Decided(String step, boolean approved, String by, String comment) ->
                notes.note(
                        by,
                        approved ? "workflow.approve" : "workflow.reject",
                        run.id() + ":" + step,
                        "allowed",
                        comment);
            case Transition.Unprepared(String step, int item, String why) ->
                notes.note(
                        "mesh", "workflow.input", run.id() + ":" + step + (item < 0 ? "" : ":" + item), "refused", why);
            case Transition.Ended(var status, String why) -> {
                Costs costs = Costs.of(run);
                notes.cost("mesh", "workflow.end", run.id(), status.word(), why, costs.spentPico());
            }
            case Transition.Begun _, Transition.TakenOver _, Transition.Waiting _, Transition.FannedOut _ -> {}
            case Transition.AttemptBegun _, Transition.AttemptEnded _, Transition.RetryPlanned _ -> {}
            case Transition.Skipped _, Transition.StepEnded _, Transition.Stopping _, Transition.Announced _ -> {}
        }
    }
}
