package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import org.jspecify.annotations.Nullable;

/// Something that happened to a run; stored in order before it acts, and all that a run is made of.
///
/// An item is a place in a fan-out's list, from 0; -1 where the step is none.
public sealed interface Transition {

    /// The run has begun.
    ///
    /// @param input the text of a JSON object
    /// @param by an agent id, `schedule`, `webhook`, `operator`, or `topic NAME from SOURCE`
    /// @param rerunOf the run whose results it takes over; null = none
    record Begun(
            String workflow,
            String input,
            String by,
            @Nullable String rerunOf) implements Transition {}

    /// A step's outcome was taken over from an earlier run.
    record TakenOver(
            String step,
            StepStatus status,
            @Nullable String reason,
            @Nullable String result) implements Transition {}

    /// A step's request waits for the operator.
    ///
    /// @param request the text of a JSON object: exactly what will be asked, and of whom
    /// @param digest of the request, in hex
    record Waiting(String step, String request, String digest, long expiresAtMillis) implements Transition {}

    /// The operator has decided.
    record Decided(String step, boolean approved, String by, String comment) implements Transition {}

    /// A fan-out has begun.
    ///
    /// @param items of its list
    record FannedOut(String step, int items) implements Transition {}

    /// An agent gets an attempt.
    ///
    /// @param attempt from 1
    /// @param fallback whether it is the fallback agent's
    record AttemptBegun(String step, int item, int attempt, String taskId, AgentId agent, boolean fallback)
            implements Transition {}

    /// An attempt is over.
    ///
    /// @param status `complete`, `failed`, `timeout` or `cancelled`
    /// @param result the text of a JSON value; null = none
    /// @param refusals of what it wanted on the blackboard, in words; empty = none
    record AttemptEnded(
            String taskId,
            String status,
            @Nullable String result,
            @Nullable String error,
            String refusals,
            long tokens,
            long pico)
            implements Transition {}

    /// No attempt can be made: an input that cannot be, an agent that is gone; item -1 also for a whole fan-out.
    record Unprepared(String step, int item, String why) implements Transition {}

    /// Another attempt is due later.
    record RetryPlanned(String step, int item, int attempt, long dueAtMillis) implements Transition {}

    /// A step does not run.
    ///
    /// @param reason `condition_not_met`, `dependency_failed`, `dependency_timeout`, `dependency_cancelled`,
    ///     `dependency_skipped`, `run_failed` or `run_cancelled`
    record Skipped(String step, String reason) implements Transition {}

    /// A step is over. Its result is what its attempts' ends have brought.
    ///
    /// @param reason why it is not complete: `step_failed`, `timeout`, `cancelled`, `rejected`, `approval_expired`,
    ///     `run_failed` or `run_cancelled`; null where it is
    record StepEnded(
            String step,
            StepStatus status,
            @Nullable String reason,
            @Nullable String error) implements Transition {}

    /// Nothing new starts, and what runs is ended.
    ///
    /// @param outcome how the run will have ended
    record Stopping(RunStatus outcome, String why) implements Transition {}

    /// The end of the run was published on its workflow's topic.
    record Announced() implements Transition {}

    /// The run is over.
    ///
    /// @param why it is not complete; empty where it is
    record Ended(RunStatus status, String why) implements Transition {}
}
