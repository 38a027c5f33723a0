package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What should be under way as a run stands. Acting on one twice does no harm.
public sealed interface Wish {

    /// Find the agent of an attempt and its input; answered by [Run#prepared] or [Run#unprepared(Prepare, String)].
    ///
    /// @param item of a fan-out, from 0; -1 where the step is none
    /// @param attempt from 1
    /// @param fallback whether the step's fallback agent is to do it
    /// @param sinceMillis when it could have begun
    record Prepare(String step, int item, int attempt, boolean fallback, long sinceMillis) implements Wish {

        /// Whether it is the same attempt, since whenever it is wished: what happens to its neighbours makes no other
        /// wish of it.
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Prepare(String itsStep, int itsItem, int itsAttempt, boolean itsFallback, long _)
                    && step.equals(itsStep)
                    && item == itsItem
                    && attempt == itsAttempt
                    && fallback == itsFallback;
        }

        @Override
        public int hashCode() {
            return Objects.hash(step, item, attempt, fallback);
        }
    }

    /// Resolve a step's request; answered by [Run#waiting] or [Run#unprepared(AskApproval, String)].
    ///
    /// @param fallback whether the step's fallback agent is to do it, as there is no request for its own
    /// @param sinceMillis when it could have been asked
    record AskApproval(String step, boolean fallback, long sinceMillis) implements Wish {

        /// Whether it is the same request, since whenever it is wished.
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof AskApproval(String itsStep, boolean itsFallback, long _)
                    && step.equals(itsStep)
                    && fallback == itsFallback;
        }

        @Override
        public int hashCode() {
            return Objects.hash(step, fallback);
        }
    }

    /// See to it that the agent has the task, or had it; answered by [Run#ended] when it is over.
    record Perform(Transition.AttemptBegun attempt) implements Wish {}

    /// End a task; answered by [Run#ended], also where nobody has that task.
    record Stop(String taskId, AgentId agent) implements Wish {}

    /// Publish that the run is complete; answered by [Run#announced].
    record Announce(String topic) implements Wish {}
}
