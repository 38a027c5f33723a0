package ai.openlegion.workflow.run;

import ai.openlegion.workflow.model.Condition;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.StepFacts;
import ai.openlegion.workflow.model.Workflow;
import ai.openlegion.workflow.run.Consequences.Gate;
import ai.openlegion.workflow.run.Item.Phase;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a run's transitions have made of it.
final class RunState {

    private final String id;
    private final Workflow workflow;
    private final Map<String, StepRun> steps = new LinkedHashMap<>();
    private final Map<String, Place> running = new HashMap<>();
    private final Inputs inputs;
    private long seq;
    private Transition.@Nullable Begun begun;
    private long begunAtMillis;
    private Transition.@Nullable Stopping stopping;
    private Transition.@Nullable Ended over;
    private long overAtMillis;
    private boolean isAnnounced;
    private long pausedMillis;
    private long pausedAtMillis;

    /// Where an attempt that runs has its place.
    record Place(String step, int at) {}

    RunState(String id, Workflow workflow) {
        this.id = id;
        this.workflow = workflow;
        inputs = new Inputs(this);
        for (Step step : workflow.steps()) {
            steps.put(step.id(), new StepRun(step));
        }
    }

    RunState copy() {
        var copy = new RunState(id, workflow);
        steps.forEach((name, step) -> copy.steps.put(name, step.copy()));
        copy.running.putAll(running);
        copy.seq = seq;
        copy.begun = begun;
        copy.begunAtMillis = begunAtMillis;
        copy.stopping = stopping;
        copy.over = over;
        copy.overAtMillis = overAtMillis;
        copy.isAnnounced = isAnnounced;
        copy.pausedMillis = pausedMillis;
        copy.pausedAtMillis = pausedAtMillis;
        return copy;
    }

    void apply(Stored stored) {
        long at = stored.atMillis();
        if (stored.seq() <= seq || begun == null != stored.transition() instanceof Transition.Begun) {
            throw new IllegalArgumentException("transition " + stored.seq() + " does not follow " + seq);
        }
        switch (stored.transition()) {
            case Transition.Begun first -> {
                begun = first;
                begunAtMillis = at;
            }
            case Transition.TakenOver taken -> need(taken.step()).takenOver(taken, at);
            case Transition.Waiting waiting -> need(waiting.step()).waits(waiting, at);
            case Transition.Decided decided -> need(decided.step()).decided(decided, at);
            case Transition.FannedOut fanned -> need(fanned.step()).fannedOut(fanned.items(), at);
            case Transition.AttemptBegun attempt -> {
                StepRun step = need(attempt.step());
                int place = place(step, attempt.item());
                step.begun(place, attempt, at);
                running.put(attempt.taskId(), new Place(attempt.step(), place));
            }
            case Transition.AttemptEnded end -> {
                Place place = running.remove(end.taskId());
                if (place == null) {
                    throw new IllegalArgumentException("no attempt runs as " + end.taskId());
                }
                need(place.step()).ended(place.at(), end, stopping != null, at);
            }
            case Transition.Unprepared none -> need(none.step()).unprepared(none.item(), none.why(), at);
            case Transition.RetryPlanned retry -> {
                StepRun step = need(retry.step());
                step.delayed(place(step, retry.item()), retry.dueAtMillis());
            }
            case Transition.Skipped skipped -> need(skipped.step()).end(StepStatus.SKIPPED, skipped.reason(), null, at);
            case Transition.StepEnded end -> need(end.step()).end(end.status(), end.reason(), end.error(), at);
            case Transition.Stopping stop -> stopping = stop;
            case Transition.Announced _ -> isAnnounced = true;
            case Transition.Ended end -> {
                over = end;
                overAtMillis = at;
            }
        }
        seq = stored.seq();
        pause(at);
    }

    /* While nothing but the operator is waited for, the run's time stands still. */
    private void pause(long atMillis) {
        boolean isPaused = status() == RunStatus.WAITING_APPROVAL;
        if (isPaused && pausedAtMillis == 0) {
            pausedAtMillis = atMillis;
        } else if (!isPaused && pausedAtMillis != 0) {
            pausedMillis += atMillis - pausedAtMillis;
            pausedAtMillis = 0;
        }
    }

    private static int place(StepRun step, int item) {
        int place = step.place(item);
        if (place < 0) {
            throw new IllegalArgumentException("step " + step.step().id() + " has no item " + item);
        }
        return place;
    }

    private StepRun need(String step) {
        StepRun found = steps.get(step);
        if (found == null) {
            throw new IllegalArgumentException("no step " + step);
        }
        return found;
    }

    String id() {
        return id;
    }

    Workflow workflow() {
        return workflow;
    }

    Inputs inputs() {
        return inputs;
    }

    long seq() {
        return seq;
    }

    boolean hasBegun() {
        return begun != null;
    }

    Transition.@Nullable Begun begun() {
        return begun;
    }

    long begunAtMillis() {
        return begunAtMillis;
    }

    Transition.@Nullable Stopping stopping() {
        return stopping;
    }

    Transition.@Nullable Ended over() {
        return over;
    }

    boolean isOver() {
        return over != null;
    }

    long overAtMillis() {
        return overAtMillis;
    }

    boolean isAnnounced() {
        return isAnnounced;
    }

    /// Whether its transitions may still be added to but for its end being published.
    boolean isGoing() {
        return begun != null && stopping == null && over == null;
    }

    /// When it has run for as long as it may; never while only the operator is waited for.
    long deadlineMillis() {
        return pausedAtMillis != 0 ? Long.MAX_VALUE : begunAtMillis + workflow.timeoutSeconds() * 1000L + pausedMillis;
    }

    Collection<StepRun> steps() {
        return steps.values();
    }

    @Nullable
    StepRun find(String step) {
        return steps.get(step);
    }

    /// Where the attempt of a task runs; null where none does.
    @Nullable
    Place running(String taskId) {
        return running.get(taskId);
    }

    @Nullable
    StepFacts facts(String step) {
        StepRun found = steps.get(step);
        return found == null ? null : found.facts();
    }

    RunStatus status() {
        if (over != null) {
            return over.status();
        }
        if (stopping != null) {
            return stopping.outcome();
        }
        boolean waits = false;
        for (StepRun step : steps.values()) {
            switch (step.status()) {
                case WAITING_APPROVAL -> waits = true;
                case RUNNING, RETRYING -> {
                    return RunStatus.RUNNING;
                }
                case PENDING, COMPLETE, FAILED, TIMEOUT, CANCELLED, SKIPPED -> {}
            }
        }
        boolean isPaused = waits && steps.values().stream().noneMatch(this::isPending);
        return isPaused ? RunStatus.WAITING_APPROVAL : RunStatus.RUNNING;
    }

    /* It is about to begin, or to be skipped. */
    private boolean isPending(StepRun step) {
        return step.status() == StepStatus.PENDING && dependencies(step) != Gate.CLOSED;
    }

    /// Whether what a step depends on lets it begin.
    Gate dependencies(StepRun step) {
        boolean isBad = false;
        for (String dependency : step.step().dependsOn()) {
            StepRun on = find(dependency);
            if (on != null && !on.isFinal()) {
                return Gate.CLOSED;
            }
            isBad |= on != null && on.isBad();
        }
        return isBad ? Gate.BAD : Gate.OPEN;
    }

    /// Whether what a step depends on, and its condition, let it begin.
    Gate gate(StepRun step) {
        Gate gate = dependencies(step);
        Condition condition = step.step().condition();
        if (gate != Gate.OPEN || condition == null) {
            return gate;
        }
        Boolean holds = step.conditionHolds();
        if (holds == null) {
            holds = condition.holds(this::facts);
            step.conditionHolds(holds);
        }
        return holds ? Gate.OPEN : Gate.UNMET;
    }

    /// The items whose next attempt may begin, as many as there is room for; before its approval none.
    List<Wish> due(StepRun step, long nowMillis) {
        if (step.isFinal() || !step.isOpen() || gate(step) != Gate.OPEN) {
            return List.of();
        }
        long since = Math.max(begunAtMillis, step.touchedAtMillis());
        for (String dependency : step.step().dependsOn()) {
            StepRun on = find(dependency);
            since = on == null ? since : Math.max(since, on.finishedAtMillis());
        }
        String name = step.step().id();
        if (step.step().requiresApproval() && !step.isApproved()) {
            boolean isAsked = step.waiting() != null || step.items().isEmpty() || step.count(Phase.READY) == 0;
            return isAsked
                    ? List.of()
                    : List.of(new Wish.AskApproval(name, step.items().getFirst().fallback(), since));
        }
        int room = room(step);
        List<Wish> due = new ArrayList<>();
        for (int at = 0; at < step.items().size() && due.size() < room; at++) {
            Item item = step.items().get(at);
            if (item.isDue(nowMillis)) {
                long itemSince = item.phase() == Phase.DELAYED ? Math.max(since, item.atMillis()) : since;
                due.add(new Wish.Prepare(name, step.number(at), item.attempts() + 1, item.fallback(), itemSince));
            }
        }
        return due;
    }

    /// How many more attempts of a step may run.
    private static int room(StepRun step) {
        var forEach = step.step().forEach();
        return (forEach == null ? 1 : forEach.maxParallel()) - step.count(Phase.RUNNING);
    }

    /// Whether a wish for an attempt is still one.
    boolean isWished(Wish.Prepare wish) {
        StepRun step = find(wish.step());
        if (!isGoing() || step == null || step.isFinal() || !step.isOpen() || gate(step) != Gate.OPEN) {
            return false;
        }
        int place = step.place(wish.item());
        Item item = place < 0 ? null : step.items().get(place);
        return item != null
                && (item.phase() == Phase.READY || item.phase() == Phase.DELAYED)
                && item.attempts() + 1 == wish.attempt()
                && item.fallback() == wish.fallback()
                && (!step.step().requiresApproval() || step.isApproved())
                && room(step) > 0;
    }

    /// Whether a wish for a step's request is still one.
    boolean isWished(Wish.AskApproval wish) {
        StepRun step = find(wish.step());
        return isGoing() && step != null && due(step, 0).contains(wish);
    }
}
