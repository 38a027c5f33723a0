package ai.openlegion.workflow.run;

import java.util.List;

/// What a run answers to a wish from outside.
public sealed interface Answer {

    /// It can be: to be stored.
    record Accepted(List<Transition> transitions) implements Answer {
        public Accepted {
            transitions = List.copyOf(transitions);
        }
    }

    /// The run has no such step.
    ///
    /// @param why in words
    record Unknown(String why) implements Answer {}

    /// Not as the run stands.
    ///
    /// @param why in words
    record Conflict(String why) implements Answer {}
}
