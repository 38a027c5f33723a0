package ai.openlegion.workflow;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A run as the store has it.
///
/// @param definition the text of what it was made of
/// @param owes whether the topic that follows it is still to be published
/// @param events all of them, in order
record RunRow(String id, String definition, boolean owes, List<Event> events) {

    RunRow {
        events = List.copyOf(events);
    }

    /// One thing that happened to it.
    ///
    /// @param transition the text of a JSON object
    /// @param name of what its watchers get; null = nothing
    /// @param data of what its watchers get, the text of a JSON object; null = nothing
    record Event(
            long seq,
            long atMillis,
            String transition,
            @Nullable String name,
            @Nullable String data) {}

    /// How a run stands, for lists.
    ///
    /// @param finishedAtMillis 0 = not yet
    record Standing(
            String status,
            @Nullable String error,
            long finishedAtMillis,
            long tokens,
            long spentPico,
            int stepsDone,
            boolean owes) {}

    /// What is known of a run from its begin on.
    ///
    /// @param hash of the definition's text
    /// @param event what set it going, the same where it is told again; null = no event did
    record Birth(
            String id,
            String workflow,
            String hash,
            String definition,
            String by,
            long atMillis,
            int steps,
            @Nullable String event) {}

    /// What became of the wish to store a new run.
    enum Begun {
        YES,
        /// Its id is taken.
        TAKEN,
        /// Its event has set one going before.
        REPEATED
    }
}
