package ai.openlegion.workflow.run;

import ai.openlegion.workflow.model.OnFailure;
import ai.openlegion.workflow.run.Item.Phase;
import ai.openlegion.workflow.run.Transition.Ended;
import ai.openlegion.workflow.run.Transition.FannedOut;
import ai.openlegion.workflow.run.Transition.RetryPlanned;
import ai.openlegion.workflow.run.Transition.Skipped;
import ai.openlegion.workflow.run.Transition.StepEnded;
import ai.openlegion.workflow.run.Transition.Stopping;
import java.util.ArrayList;
import java.util.List;

/// What follows by itself from what a run has become: decided from its state alone, so that a run that was cut off
/// anywhere and folded again goes the same way.
final class Consequences {

    private static final int MOST_ITEMS = 1_000;
    private static final String STEP_FAILED = "step_failed";

    private final RunState run;
    private final long nowMillis;
    private final List<Transition> all = new ArrayList<>();

    private Consequences(RunState run, long nowMillis) {
        this.run = run;
        this.nowMillis = nowMillis;
    }

    /// The next of them; they must be applied before more can be told.
    static List<Transition> of(RunState run, long nowMillis) {
        if (!run.hasBegun() || run.isOver()) {
            return List.of();
        }
        var next = new Consequences(run, nowMillis);
        next.find();
        return List.copyOf(next.all);
    }

    private void find() {
        Stopping stopping = run.stopping();
        for (StepRun step : run.steps()) {
            if (stopping == null && step.failsRun()) {
                fail(step);
                return;
            }
        }
        for (StepRun step : run.steps()) {
            if (step.isFinal() || decidedAgainst(step)) {
                continue;
            }
            if (stopping == null) {
                goOn(step);
            } else {
                wind(step, stopping);
            }
        }
        if (!all.isEmpty()) {
            return;
        }
        if (run.steps().stream().allMatch(StepRun::isFinal)) {
            all.add(
                    stopping == null
                            ? new Ended(RunStatus.COMPLETE, "")
                            : new Ended(stopping.outcome(), stopping.why()));
        } else if (stopping == null && run.deadlineMillis() <= nowMillis) {
            all.add(new Stopping(
                    RunStatus.FAILED, "timed out after " + run.workflow().timeoutSeconds() + " s"));
        }
    }

    /* A fan-out that fails is over only when its other items are; the run is stopped before. */
    private void fail(StepRun step) {
        if (!step.isFinal() && !decidedAgainst(step) && step.count(Phase.RUNNING) == 0) {
            endFailed(step);
        }
        String reason = step.reason();
        String error = step.error();
        Item failure = step.firstFailure();
        if (!all.isEmpty() && all.getFirst() instanceof StepEnded end) {
            reason = end.reason();
            error = end.error();
        } else if (!step.isFinal() && failure != null) {
            reason = reason(failure);
            error = failure.error();
        }
        String why = switch (reason) {
            case "rejected" -> " was rejected";
            case "approval_expired" -> " was not approved in time";
            case "timeout" -> " timed out";
            case "cancelled" -> " was cancelled";
            case null, default -> " failed: " + (error == null ? "no reason given" : error); // open: strings
        };
        all.add(new Stopping(RunStatus.FAILED, "step " + step.step().id() + why));
    }

    private static String reason(Item failure) {
        return failure.outcome() == null || failure.outcome() == StepStatus.FAILED
                ? STEP_FAILED
                : failure.outcome().word();
    }

    /* What the operator has decided, or let expire, is so however the run goes on. */
    private boolean decidedAgainst(StepRun step) {
        Transition.Decided decided = step.decided();
        if (decided != null && !decided.approved()) {
            String comment = decided.comment().isEmpty() ? "" : ": " + decided.comment();
            all.add(new StepEnded(
                    step.step().id(), StepStatus.FAILED, "rejected", "rejected by " + decided.by() + comment));
            return true;
        }
        Transition.Waiting waiting = step.waiting();
        if (run.stopping() == null && waiting != null && step.isWaiting() && waiting.expiresAtMillis() <= nowMillis) {
            String error = "not approved within " + step.step().approvalSeconds() + " s";
            all.add(new StepEnded(step.step().id(), StepStatus.TIMEOUT, "approval_expired", error));
            return true;
        }
        return false;
    }

    private void goOn(StepRun step) {
        if (!step.isOpen() || step.status() == StepStatus.PENDING) {
            switch (run.gate(step)) {
                case CLOSED -> {
                    return;
                }
                case BAD -> {
                    skip(step);
                    return;
                }
                case UNMET -> {
                    all.add(new Skipped(step.step().id(), "condition_not_met"));
                    return;
                }
                case OPEN -> {}
            }
        }
        if (!step.isOpen()) {
            fanOut(step);
            return;
        }
        planRetries(step);
        if (step.count(Phase.OVER) == step.items().size()) {
            end(step);
        }
    }

    private void planRetries(StepRun step) {
        for (int at = 0; step.count(Phase.TRIED) > 0 && at < step.items().size(); at++) {
            Item item = step.items().get(at);
            if (item.phase() == Phase.TRIED) {
                all.add(new RetryPlanned(step.step().id(), step.number(at), item.attempts() + 1, item.dueAtMillis()));
            }
        }
    }

    private void fanOut(StepRun step) {
        String id = step.step().id();
        switch (run.inputs().list(step.step())) {
            case List<?> list when list.size() <= MOST_ITEMS -> all.add(new FannedOut(id, list.size()));
            case List<?> _ ->
                all.add(new StepEnded(
                        id, StepStatus.FAILED, STEP_FAILED, "for_each: more than " + MOST_ITEMS + " items"));
            case null ->
                all.add(new StepEnded(
                        id,
                        StepStatus.FAILED,
                        STEP_FAILED,
                        "for_each: " + run.inputs().listName(step.step()) + " is no list"));
        }
    }

    /* Once nothing of it runs. */
    private void end(StepRun step) {
        boolean isForgiven = step.step().onFailure() == OnFailure.SKIP && step.isFanOut();
        if (step.firstFailure() == null || isForgiven) {
            all.add(new StepEnded(step.step().id(), StepStatus.COMPLETE, null, null));
        } else {
            endFailed(step);
        }
    }

    private void endFailed(StepRun step) {
        Item failure = step.firstFailure();
        if (failure == null) {
            return;
        }
        StepStatus status = failure.outcome() == null ? StepStatus.FAILED : failure.outcome();
        all.add(new StepEnded(step.step().id(), status, reason(failure), failure.error()));
    }

    private void skip(StepRun step) {
        for (String dependency : step.step().dependsOn()) {
            StepRun on = run.find(dependency);
            if (on != null && on.isBad()) {
                all.add(new Skipped(
                        step.step().id(), "dependency_" + on.status().word()));
                return;
            }
        }
    }

    /// The end of a step of a run that is being stopped; none while an attempt runs.
    private void wind(StepRun step, Stopping stopping) {
        if (step.count(Phase.RUNNING) > 0) {
            return;
        }
        String reason = "run_" + stopping.outcome().word();
        boolean isUntouched = step.attempts() == 0 && step.waiting() == null && step.count(Phase.OVER) == 0;
        if (isUntouched) {
            switch (run.dependencies(step)) {
                case CLOSED -> {}
                case BAD -> skip(step);
                case UNMET, OPEN -> all.add(new Skipped(step.step().id(), reason));
            }
        } else if (step.items().stream().allMatch(item -> item.phase() == Phase.OVER && !item.cut())) {
            end(step);
        } else if (step.failsRun()) {
            endFailed(step);
        } else {
            all.add(cutOff(step, reason));
        }
    }

    /* A task that failed or timed out while it was being ended did just that; all else is cancelled. */
    private static StepEnded cutOff(StepRun step, String reason) {
        Item only = step.items().getFirst();
        StepStatus status = step.isFanOut() || only.phase() != Phase.OVER ? null : only.outcome();
        return status != null && status != StepStatus.CANCELLED
                ? new StepEnded(step.step().id(), status, reason(only), only.error())
                : new StepEnded(step.step().id(), StepStatus.CANCELLED, reason, null);
    }

    /// Whether a step may begin.
    enum Gate {
        /// Something it depends on is not over.
        CLOSED,
        /// Something it depends on was not done.
        BAD,
        /// Its condition does not hold.
        UNMET,
        OPEN
    }
}
