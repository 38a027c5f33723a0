package ai.openlegion.workflow.run;

import ai.openlegion.workflow.model.OnFailure;
import ai.openlegion.workflow.model.Step;
import org.jspecify.annotations.Nullable;

/// A series of attempts at one task: a step's, or that of one item of its fan-out.
///
/// @param attempts that were begun
/// @param retries that were planned
/// @param fallback whether the attempt that runs, or would be next, is the fallback agent's
/// @param atMillis when it came into this phase; while it is delayed, when it is due
/// @param attempt that runs or ran last; null = none yet
/// @param outcome of the last attempt; null = none is over
/// @param cut whether it was not complete when the run was stopped
record Item(
        Phase phase,
        int attempts,
        int retries,
        boolean fallback,
        long atMillis,
        Transition.@Nullable AttemptBegun attempt,
        @Nullable StepStatus outcome,
        @Nullable String result,
        @Nullable String error,
        boolean cut) {

    private static final int MOST_DELAY_SECONDS = 60;

    enum Phase {
        /// An attempt may begin.
        READY,
        RUNNING,
        /// An attempt has failed and there will be another one; when, is not stored yet.
        TRIED,
        DELAYED,
        OVER
    }

    static final Item NEW = new Item(Phase.READY, 0, 0, false, 0, null, null, null, null, false);

    Item begun(Transition.AttemptBegun begun, long atMillis) {
        return new Item(
                Phase.RUNNING, begun.attempt(), retries, begun.fallback(), atMillis, begun, null, null, null, false);
    }

    /// What the end of an attempt makes of it; once the run is being stopped, nothing is tried again.
    Item ended(Step step, Transition.AttemptEnded end, boolean stopping, long atMillis) {
        StepStatus status = StepStatus.parse(end.status());
        if (status == StepStatus.COMPLETE || stopping) {
            return over(status, end.result(), end.error(), status != StepStatus.COMPLETE, atMillis);
        }
        if (step.onFailure() == OnFailure.RETRY && retries < step.maxRetries()) {
            return with(Phase.TRIED, retries, fallback, atMillis, status, end.error());
        }
        return mayFallBack(step)
                ? with(Phase.READY, retries, true, atMillis, status, end.error())
                : over(status, null, end.error(), false, atMillis);
    }

    /// What becomes of it when no attempt can be made.
    Item unprepared(Step step, String why, long atMillis) {
        return mayFallBack(step)
                ? with(Phase.READY, retries, true, atMillis, StepStatus.FAILED, why)
                : over(StepStatus.FAILED, null, why, false, atMillis);
    }

    private boolean mayFallBack(Step step) {
        return step.onFailure() == OnFailure.FALLBACK && step.fallbackAgent() != null && !fallback;
    }

    Item delayed(long dueAtMillis) {
        return with(Phase.DELAYED, retries + 1, fallback, dueAtMillis, outcome, error);
    }

    /// When the next attempt is due, in the phase `TRIED`: 1, 2, 4 … s after the last one's end.
    long dueAtMillis() {
        long seconds = retries >= 6 ? MOST_DELAY_SECONDS : Math.min(MOST_DELAY_SECONDS, 1L << retries);
        return atMillis + seconds * 1000;
    }

    /// Whether an attempt may begin now.
    boolean isDue(long nowMillis) {
        return phase == Phase.READY || (phase == Phase.DELAYED && atMillis <= nowMillis);
    }

    boolean isComplete() {
        return phase == Phase.OVER && outcome == StepStatus.COMPLETE;
    }

    /// Whether it was given up, but not because the run was stopped.
    boolean hasFailed() {
        return phase == Phase.OVER && outcome != StepStatus.COMPLETE && !cut;
    }

    private Item with(
            Phase next,
            int retriesNow,
            boolean fallbackNow,
            long at,
            @Nullable StepStatus status,
            @Nullable String why) {
        return new Item(next, attempts, retriesNow, fallbackNow, at, attempt, status, null, why, false);
    }

    private Item over(StepStatus status, @Nullable String value, @Nullable String why, boolean isCut, long at) {
        return new Item(Phase.OVER, attempts, retries, fallback, at, attempt, status, value, why, isCut);
    }
}
