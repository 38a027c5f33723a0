package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import ai.openlegion.workflow.model.Dag;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import ai.openlegion.workflow.run.Item.Phase;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One execution of a workflow: what its transitions have made of it, what follows, and what it wishes done.
///
/// Nothing changes but by [#apply]; all else answers what would have to be stored. One thread at a time.
public final class Run {

    /// Of the results of a fan-out together: they become one value.
    private static final int MOST_RESULT_CHARS = 8 * 1024 * 1024;

    /// Of the input of one attempt: what a run may begin with, and what a fan-out adds to it.
    public static final int MOST_INPUT_BYTES = 264 * 1024;

    private final RunState state;

    private Run(RunState state) {
        this.state = state;
    }

    /// A run before its begin.
    public static Run of(String id, Workflow workflow) {
        return new Run(new RunState(id, workflow));
    }

    /// A run as what is stored of it has made it.
    public static Run replay(String id, Workflow workflow, List<Stored> history) {
        Run run = of(id, workflow);
        history.forEach(run::apply);
        return run;
    }

    public String id() {
        return state.id();
    }

    public Workflow workflow() {
        return state.workflow();
    }

    /// Of the last transition that was applied; 0 = none.
    public long seq() {
        return state.seq();
    }

    /// Takes in what is stored.
    ///
    /// @throws IllegalArgumentException when it cannot be of this run as it stands
    public void apply(Stored stored) {
        state.apply(stored);
    }

    /// The begin of a run.
    ///
    /// @param input the text of a JSON object
    /// @param taken what it takes over of an earlier run; null = it is none's repetition
    public List<Transition> begin(String input, String by, @Nullable Taken taken) {
        List<Transition> all = new ArrayList<>();
        all.add(new Transition.Begun(workflow().name(), input, by, taken == null ? null : taken.runId()));
        if (taken != null) {
            all.addAll(taken.steps());
        }
        return all;
    }

    /// What follows by itself as the run stands and the time is: skips, fan-outs, planned retries, ends of steps,
    /// expiry, time-out, the end. To be stored and applied, then asked again until nothing is left; see [#settle].
    public List<Transition> advance(long nowMillis) {
        return Consequences.of(state, nowMillis);
    }

    /// Transitions and all that follows from them by itself, to be stored in one write; this run stays as it is.
    public List<Transition> settle(List<Transition> first, long nowMillis) {
        List<Transition> all = new ArrayList<>();
        RunState next = state.copy();
        List<Transition> more = first.isEmpty() ? Consequences.of(next, nowMillis) : first;
        while (!more.isEmpty()) {
            for (Transition each : more) {
                next.apply(new Stored(next.seq() + 1, nowMillis, each));
            }
            all.addAll(more);
            more = Consequences.of(next, nowMillis);
        }
        return all;
    }

    /// What should be under way, in a stable order; to be asked when [#advance] has nothing left to say.
    public List<Wish> wishes(long nowMillis) {
        if (!state.hasBegun()) {
            return List.of();
        }
        if (state.isOver()) {
            String topic = workflow().onComplete();
            return topic == null || state.isAnnounced() || state.status() != RunStatus.COMPLETE
                    ? List.of()
                    : List.of(new Wish.Announce(topic));
        }
        List<Wish> all = new ArrayList<>();
        for (StepRun step : state.steps()) {
            for (int at = 0; step.count(Phase.RUNNING) > 0 && at < step.items().size(); at++) {
                Item item = step.items().get(at);
                Transition.AttemptBegun attempt = item.attempt();
                if (item.phase() == Phase.RUNNING && attempt != null) {
                    all.add(
                            state.stopping() == null
                                    ? new Wish.Perform(attempt)
                                    : new Wish.Stop(attempt.taskId(), attempt.agent()));
                }
            }
            if (state.stopping() == null) {
                all.addAll(state.due(step, nowMillis));
            }
        }
        return all;
    }

    /// The earliest time after now at which [#advance] or [#wishes] will have more to say; [Long#MAX_VALUE] = none.
    public long wakeAtMillis(long nowMillis) {
        if (!state.isGoing()) {
            return Long.MAX_VALUE;
        }
        long earliest = later(state.deadlineMillis(), nowMillis);
        for (StepRun step : state.steps()) {
            Transition.Waiting waiting = step.waiting();
            if (waiting != null && step.isWaiting()) {
                earliest = Math.min(earliest, later(waiting.expiresAtMillis(), nowMillis));
            }
            for (int at = 0; step.count(Phase.DELAYED) > 0 && at < step.items().size(); at++) {
                Item item = step.items().get(at);
                if (item.phase() == Phase.DELAYED) {
                    earliest = Math.min(earliest, later(item.atMillis(), nowMillis));
                }
            }
        }
        return earliest;
    }

    private static long later(long atMillis, long nowMillis) {
        return atMillis > nowMillis ? atMillis : Long.MAX_VALUE;
    }

    /// An attempt's agent and input are found; nothing where it is not wished any more, or its fan-out is full.
    public List<Transition> prepared(Wish.Prepare wish, AgentId agent) {
        if (!state.isWished(wish)) {
            return List.of();
        }
        String item = wish.item() < 0 ? "" : ":" + wish.item();
        String taskId = id() + ":" + wish.step() + item + ":" + wish.attempt();
        return List.of(
                new Transition.AttemptBegun(wish.step(), wish.item(), wish.attempt(), taskId, agent, wish.fallback()));
    }

    /// An attempt cannot be made, and trying again will not help; nothing where it is not wished any more.
    public List<Transition> unprepared(Wish.Prepare wish, String why) {
        return state.isWished(wish) ? List.of(new Transition.Unprepared(wish.step(), wish.item(), why)) : List.of();
    }

    /// A step's request is resolved; nothing where it is not wished any more.
    ///
    /// @param request the text of a JSON object
    /// @param digest of the request, in hex
    public List<Transition> waiting(Wish.AskApproval wish, String request, String digest, long nowMillis) {
        StepRun step = state.find(wish.step());
        if (step == null || !state.isWished(wish)) {
            return List.of();
        }
        long expiresAt = nowMillis + step.step().approvalSeconds() * 1000L;
        return List.of(new Transition.Waiting(wish.step(), request, digest, expiresAt));
    }

    /// A step's request cannot be resolved; nothing where it is not wished any more.
    public List<Transition> unprepared(Wish.AskApproval wish, String why) {
        return state.isWished(wish) ? List.of(new Transition.Unprepared(wish.step(), -1, why)) : List.of();
    }

    /// Whether a task is that of an attempt that runs.
    public boolean isRunning(String taskId) {
        return state.running(taskId) != null;
    }

    /// A task is over; nothing where it is not that of an attempt that runs, or another agent's.
    public List<Transition> ended(TaskEnd end) {
        RunState.Place place = state.running(end.taskId());
        StepRun step = place == null ? null : state.find(place.step());
        if (place == null || step == null) {
            return List.of();
        }
        Transition.AttemptBegun attempt = step.items().get(place.at()).attempt();
        if (attempt == null || !attempt.agent().equals(end.agent())) {
            return List.of();
        }
        String result = end.result();
        boolean fits = result == null || !step.isFanOut() || step.resultChars() + result.length() <= MOST_RESULT_CHARS;
        return List.of(new Transition.AttemptEnded(
                end.taskId(),
                fits ? StepStatus.parse(end.status()).word() : StepStatus.FAILED.word(),
                fits ? result : null,
                fits ? end.error() : "for_each: the results are more than " + MOST_RESULT_CHARS + " characters",
                end.refusals(),
                end.tokens(),
                end.pico()));
    }

    /// The end was published; nothing where that was not wished.
    public List<Transition> announced() {
        return state.isOver() && !state.isAnnounced() ? List.of(new Transition.Announced()) : List.of();
    }

    /// The operator decides on a step that waits.
    ///
    /// @param digest of the request that is meant; null = whatever waits
    public Answer decide(
            String step, boolean approved, String by, String comment, @Nullable String digest, long nowMillis) {
        StepRun found = state.find(step);
        if (found == null) {
            return new Answer.Unknown("the run has no step " + step);
        }
        Transition.Waiting waiting = found.waiting();
        if (!state.isGoing()) {
            return new Answer.Conflict(end());
        }
        if (waiting == null || !found.isWaiting()) {
            return new Answer.Conflict("the step does not wait for approval");
        }
        if (waiting.expiresAtMillis() <= nowMillis) {
            return new Answer.Conflict("the request has expired");
        }
        if (digest != null && !digest.equals(waiting.digest())) {
            return new Answer.Conflict("another request waits");
        }
        return new Answer.Accepted(List.of(new Transition.Decided(step, approved, by, comment)));
    }

    /// The run is to end.
    public Answer cancel(String by) {
        return state.isGoing()
                ? new Answer.Accepted(List.of(new Transition.Stopping(RunStatus.CANCELLED, "cancelled by " + by)))
                : new Answer.Conflict(end());
    }

    private String end() {
        return state.isOver()
                ? "the run is over"
                : state.hasBegun() ? "the run is being ended" : "the run has not begun";
    }

    /// What a re-run from a step would take over of this run: steps that are complete or whose condition was not met,
    /// and that need nothing that runs again. Null where there is no such step.
    public @Nullable Taken take(String fromStep) {
        if (state.find(fromStep) == null) {
            return null;
        }
        Set<String> again = new HashSet<>();
        again.add(fromStep);
        List<Transition.TakenOver> kept = new ArrayList<>();
        for (List<String> level : Dag.of(workflow().steps()).levels()) {
            for (String each : level) {
                StepRun step = state.find(each);
                if (step == null
                        || again.contains(each)
                        || step.step().dependsOn().stream().anyMatch(again::contains)) {
                    again.add(each);
                } else if (step.status() == StepStatus.COMPLETE) {
                    kept.add(new Transition.TakenOver(each, StepStatus.COMPLETE, null, step.seen()));
                } else if (step.status() == StepStatus.SKIPPED && !step.isBad()) {
                    kept.add(new Transition.TakenOver(each, StepStatus.SKIPPED, step.reason(), null));
                } else {
                    again.add(each);
                }
            }
        }
        return new Taken(id(), kept);
    }

    /// Where the input of a step's attempt comes from, as the run stands.
    ///
    /// @param item of a fan-out; -1 where the step is none
    /// @throws IllegalArgumentException when there is no such step or item
    public Input input(String step, int item) {
        return state.inputs().of(definition(step), item);
    }

    /// The input of a step's attempt where [#input] asked for an entry of the blackboard.
    ///
    /// @param value of the entry, the text of a JSON value; null = there is no such entry
    /// @return the text of a JSON object
    /// @throws IllegalArgumentException when there is no such step or item
    public String entryInput(String step, int item, @Nullable String value) {
        return state.inputs().ofEntry(definition(step), item, value);
    }

    /// What the agent of a step is told of the run: the text of a JSON object with `workflow`, `execution_id` and
    /// `steps`, what the step sees of its direct dependencies; at most 128 KiB, and with a large input less.
    ///
    /// @throws IllegalArgumentException when there is no such step
    public String context(String step, int inputBytes) {
        return state.inputs().context(definition(step), inputBytes);
    }

    /// The items of a step's fan-out as texts of JSON values; empty where it is none.
    ///
    /// @throws IllegalArgumentException when there is no such step
    public List<String> items(String step) {
        return state.inputs().items(definition(step));
    }

    private Step definition(String step) {
        StepRun found = state.find(step);
        if (found == null) {
            throw new IllegalArgumentException("no step " + step);
        }
        return found.step();
    }

    /// The text of a JSON object, as it began.
    public String input() {
        return state.begun() == null ? "{}" : state.begun().input();
    }

    /// Who started it; empty before its begin.
    public String startedBy() {
        return state.begun() == null ? "" : state.begun().by();
    }

    /// The run whose results it takes over; null = none.
    public @Nullable String rerunOf() {
        return state.begun() == null ? null : state.begun().rerunOf();
    }

    public RunStatus status() {
        return state.status();
    }

    /// Why it failed or was cancelled; null where it did not.
    public @Nullable String error() {
        return state.stopping() == null ? null : state.stopping().why();
    }

    public long startedAtMillis() {
        return state.begunAtMillis();
    }

    /// 0 = not over yet.
    public long finishedAtMillis() {
        return state.overAtMillis();
    }

    /// Whether nothing of it can change any more, but for [Transition.Announced].
    public boolean isOver() {
        return state.isOver();
    }

    /// What its attempts used, by what was known as each ended.
    public long tokens() {
        return state.steps().stream().mapToLong(StepRun::tokens).sum();
    }

    /// What its attempts cost, by what was known as each ended, in pico-USD.
    public long pico() {
        return state.steps().stream().mapToLong(StepRun::pico).sum();
    }

    /// How many of its steps are over.
    public int stepsDone() {
        return (int) state.steps().stream().filter(StepRun::isFinal).count();
    }

    /// Its steps in the order of the file.
    public List<RunStep> steps() {
        return state.steps().stream().map(StepRun::view).toList();
    }

    /// One of its steps; null where it has no such step.
    public @Nullable RunStep step(String step) {
        StepRun found = state.find(step);
        return found == null ? null : found.view();
    }
}
