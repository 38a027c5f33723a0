package ai.openlegion.workflow.run;

import ai.openlegion.identity.AgentId;
import ai.openlegion.workflow.model.Workflow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One execution of a workflow: what its transitions have made of it, what follows, and what it wishes done.
///
/// Nothing changes but by [#apply]; all else answers what would have to be stored. One thread at a time.
public final class Run {

    private final String id;
    private final Workflow workflow;

    private Run(String id, Workflow workflow) {
        this.id = id;
        this.workflow = workflow;
    }

    /// A run before its begin.
    public static Run of(String id, Workflow workflow) {
        return new Run(id, workflow);
    }

    /// A run as what is stored of it has made it.
    public static Run replay(String id, Workflow workflow, List<Stored> history) {
        Run run = of(id, workflow);
        history.forEach(run::apply);
        return run;
    }

    public String id() {
        return id;
    }

    public Workflow workflow() {
        return workflow;
    }

    /// Takes in what is stored.
    ///
    /// @throws IllegalArgumentException when it cannot be of this run as it stands
    public void apply(Stored stored) {
        throw new UnsupportedOperationException();
    }

    /// The begin of a run.
    ///
    /// @param input the text of a JSON object
    /// @param taken what it takes over of an earlier run; null = it is none's repetition
    public List<Transition> begin(String input, String by, @Nullable Taken taken) {
        throw new UnsupportedOperationException();
    }

    /// What follows by itself as the run stands and the time is: skips, fan-outs, planned retries, ends of steps,
    /// expiry, time-out, the end. To be stored and applied, then asked again until nothing is left; see [#settle].
    public List<Transition> advance(long nowMillis) {
        throw new UnsupportedOperationException();
    }

    /// Transitions and all that follows from them by itself, to be stored in one write; this run stays as it is.
    public List<Transition> settle(List<Transition> first, long nowMillis) {
        throw new UnsupportedOperationException();
    }

    /// What should be under way, in a stable order. Nothing is wished that [#advance] would prevent.
    public List<Wish> wishes(long nowMillis) {
        throw new UnsupportedOperationException();
    }

    /// The earliest time after now at which [#advance] or [#wishes] will have more to say; [Long#MAX_VALUE] = none.
    public long wakeAtMillis(long nowMillis) {
        throw new UnsupportedOperationException();
    }

    /// An attempt's agent and input are found; nothing where it is not wished any more, or its fan-out is full.
    public List<Transition> prepared(Wish.Prepare wish, AgentId agent) {
        throw new UnsupportedOperationException();
    }

    /// An attempt cannot be made, and trying again will not help; nothing where it is not wished any more.
    public List<Transition> unprepared(Wish.Prepare wish, String why) {
        throw new UnsupportedOperationException();
    }

    /// A step's request is resolved; nothing where it is not wished any more.
    ///
    /// @param request the text of a JSON object
    /// @param digest of the request, in hex
    public List<Transition> waiting(Wish.AskApproval wish, String request, String digest, long nowMillis) {
        throw new UnsupportedOperationException();
    }

    /// A step's request cannot be resolved; nothing where it is not wished any more.
    public List<Transition> unprepared(Wish.AskApproval wish, String why) {
        throw new UnsupportedOperationException();
    }

    /// A task is over; nothing where it is not that of an attempt that runs, or another agent's.
    public List<Transition> ended(TaskEnd end) {
        throw new UnsupportedOperationException();
    }

    /// The end was published; nothing where that was not wished.
    public List<Transition> announced() {
        throw new UnsupportedOperationException();
    }

    /// The operator decides on a step that waits.
    ///
    /// @param digest of the request that is meant; null = whatever waits
    public Answer decide(
            String step, boolean approved, String by, String comment, @Nullable String digest, long nowMillis) {
        throw new UnsupportedOperationException();
    }

    /// The run is to end.
    public Answer cancel(String by) {
        throw new UnsupportedOperationException();
    }

    /// What a re-run from a step would take over of this run: steps that are complete or whose condition was not met,
    /// and that need nothing that runs again. Null where there is no such step.
    public @Nullable Taken take(String fromStep) {
        throw new UnsupportedOperationException();
    }

    /// Where the input of a step's attempt comes from, as the run stands.
    ///
    /// @param item of a fan-out; -1 where the step is none
    public Input input(String step, int item) {
        throw new UnsupportedOperationException();
    }

    /// The input of a step's attempt where [#input] asked for an entry of the blackboard.
    ///
    /// @param value of the entry, the text of a JSON value; null = there is no such entry
    /// @return the text of a JSON object
    public String entryInput(String step, int item, @Nullable String value) {
        throw new UnsupportedOperationException();
    }

    /// What the agent of a step is told of the run: the text of a JSON object with `workflow`, `execution_id` and
    /// `steps`, what the step sees of its direct dependencies; at most 128 KiB.
    public String context(String step) {
        throw new UnsupportedOperationException();
    }

    /// The items of a step's fan-out as texts of JSON values; empty where it is none.
    public List<String> items(String step) {
        throw new UnsupportedOperationException();
    }

    /// The text of a JSON object, as it began.
    public String input() {
        throw new UnsupportedOperationException();
    }

    /// Who started it; empty before its begin.
    public String startedBy() {
        throw new UnsupportedOperationException();
    }

    /// The run whose results it takes over; null = none.
    public @Nullable String rerunOf() {
        throw new UnsupportedOperationException();
    }

    public RunStatus status() {
        throw new UnsupportedOperationException();
    }

    /// Why it failed or was cancelled; null where it did not.
    public @Nullable String error() {
        throw new UnsupportedOperationException();
    }

    public long startedAtMillis() {
        throw new UnsupportedOperationException();
    }

    /// 0 = not over yet.
    public long finishedAtMillis() {
        throw new UnsupportedOperationException();
    }

    /// Whether nothing of it can change any more, but for [Transition.Announced].
    public boolean isOver() {
        throw new UnsupportedOperationException();
    }

    /// Its steps in the order of the file.
    public List<RunStep> steps() {
        throw new UnsupportedOperationException();
    }

    /// One of its steps; null where it has no such step.
    public @Nullable RunStep step(String step) {
        throw new UnsupportedOperationException();
    }
}
