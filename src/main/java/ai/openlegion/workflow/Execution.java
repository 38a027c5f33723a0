package ai.openlegion.workflow;

import ai.openlegion.workflow.model.Workflow;
import ai.openlegion.workflow.run.Run;
import ai.openlegion.workflow.run.Stored;
import ai.openlegion.workflow.run.Transition;
import ai.openlegion.workflow.run.Wish;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A run that is kept in memory: what has become of it, what waits to be done to it, and what is under way for it. On
/// the event loop of its verticle.
final class Execution {

    final Workflow workflow;

    /// What is done to it next, in order.
    final Deque<Turn> turns = new ArrayDeque<>();

    /// Wishes of the run that are being seen to.
    final Set<Wish> underWay = new HashSet<>();

    /// Wishes that will be seen to once more after a while.
    final Set<Wish> later = new HashSet<>();

    /// Inputs of tasks that are about to be handed out, by task; only what is at hand, for they can be found again.
    final Map<String, Task> ready = new HashMap<>();

    /// Tasks whose end is being dealt with.
    final Set<String> ending = new HashSet<>();

    /// How often in a row it went wrong by itself and was read anew.
    int flaws;

    /// The last of its events that its watchers and the audit were told of.
    long toldSeq;

    /// Whether its changes are on their way to the store.
    boolean writing;

    /// Whether nobody can tell what the store has of it.
    boolean doubtful;

    /// When there is something to do for it though nothing has happened, in ms since 1970.
    long wakeAtMillis;

    /// The time up to which it was let go on, in ms since 1970: what is due later is still to come, also where it came
    /// while a write was under way.
    private long advancedAtMillis;

    private Run run;
    private long seq;

    /// Something that is done to a run in its turn.
    interface Turn {

        /// Whether somebody outside waits for it, and not for long.
        boolean isAsked();

        /// Decides what follows as the run stands.
        List<Transition> begin(Run run);

        /// It is stored, or there was nothing to store.
        void done();

        /// It is not known to be stored.
        void failed(Throwable cause);
    }

    /// A transition, and what is stored of it.
    record Change(Transition transition, RunRow.Event event) {}

    /// What an agent is handed.
    ///
    /// @param input the text of a JSON object
    /// @param context the text of a JSON object
    record Task(String input, String context) {}

    Execution(String id, Workflow workflow) {
        this.workflow = workflow;
        run = Run.of(id, workflow);
    }

    String id() {
        return run.id();
    }

    Run run() {
        return run;
    }

    /// Takes what the store has for what happened.
    void restore(List<Stored> history) {
        Run restored = Run.replay(run.id(), workflow, history);
        run = restored;
        seq = history.isEmpty() ? 0 : history.getLast().seq();
        advancedAtMillis = 0;
        doubtful = false;
    }

    /// Lets transitions happen, and all that follows by itself; answers with what is to be stored of them.
    List<Change> apply(List<Transition> first, long nowMillis) {
        List<Change> changes = new ArrayList<>();
        List<Transition> next = first;
        while (!next.isEmpty()) {
            for (Transition transition : next) {
                seq++;
                Stored stored = new Stored(seq, nowMillis, transition);
                run.apply(stored);
                changes.add(new Change(transition, RunEvents.of(run, stored)));
            }
            next = run.advance(nowMillis);
        }
        return changes;
    }

    /// Lets happen what follows by itself by now.
    List<Change> advance(long nowMillis) {
        advancedAtMillis = nowMillis;
        return apply(run.advance(nowMillis), nowMillis);
    }

    /// Reads from the run when there is something to do for it next.
    void planWake() {
        wakeAtMillis = run.wakeAtMillis(advancedAtMillis);
    }

    /// How it stands, for lists.
    RunRow.Standing standing(long nowMillis) {
        boolean owes = run.isOver() && !run.wishes(nowMillis).isEmpty();
        return new RunRow.Standing(
                run.status().word(),
                run.error(),
                run.finishedAtMillis(),
                run.tokens(),
                run.pico(),
                run.stepsDone(),
                owes);
    }
}
