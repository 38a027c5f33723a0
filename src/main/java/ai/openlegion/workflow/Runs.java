package ai.openlegion.workflow;

import ai.openlegion.bus.Bus;
import ai.openlegion.store.Transaction;
import ai.openlegion.workflow.model.WorkflowJson;
import ai.openlegion.workflow.run.Run;
import ai.openlegion.workflow.run.Stored;
import ai.openlegion.workflow.run.Transition;
import ai.openlegion.workflow.run.TransitionJson;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The runs that are under way. On the event loop of its verticle.
///
/// What is done to a run is done in turns: as long as the store has not taken what came of the turns before, the next
/// ones wait, and then go together. Nothing is told, answered or acted on before it is stored. When nobody can tell
/// whether it was, the run is read anew: what the store has is what happened.
final class Runs {

    private static final Logger LOG = System.getLogger("openlegion.workflow");
    private static final int TURNS_AT_ONCE = 256;

    /// How often in a row a run may go wrong before it counts as one that cannot be read.
    private static final int MOST_FLAWS = 20;

    private final Vertx vertx;
    private final Bus bus;
    private final Disk disk;
    private final InstantSource clock;
    private final WorkflowSettings settings;
    private final Map<String, Execution> executions = new LinkedHashMap<>();
    private final Consumer<Execution> moved;
    private final BiConsumer<Run, Transition> noted;
    private final Consumer<String> unreadable;
    private boolean stopped;

    /// @param moved told of each run that may wish something else by now
    /// @param noted told of each transition that is stored
    /// @param unreadable told of each run that cannot go on, as what is stored of it cannot be read
    Runs(
            Vertx vertx,
            Bus bus,
            Disk disk,
            InstantSource clock,
            WorkflowSettings settings,
            Consumer<Execution> moved,
            BiConsumer<Run, Transition> noted,
            Consumer<String> unreadable) {
        this.vertx = vertx;
        this.bus = bus;
        this.disk = disk;
        this.clock = clock;
        this.settings = settings;
        this.moved = moved;
        this.noted = noted;
        this.unreadable = unreadable;
    }

    /// The writer: does the work in its next commit.
    interface Disk {

        /// Done when the work is durable; fails when it is not, or nobody can tell.
        <T extends @Nullable Object> Future<T> write(Transaction<T> work);
    }

    /// What a turn decides.
    ///
    /// @param transitions to be stored; empty = nothing changes
    /// @param answer once it is
    record Decision<T>(List<Transition> transitions, T answer) {}

    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    Collection<Execution> all() {
        return List.copyOf(executions.values());
    }

    /// Those that are not over.
    int open() {
        return (int) executions.values().stream()
                .filter(execution -> !execution.run().isOver())
                .count();
    }

    @Nullable
    Execution find(String run) {
        return executions.get(run);
    }

    /// Begins a run. Fails when nobody can tell whether it is stored.
    Future<RunRow.Begun> begin(RunRow.Birth birth, Execution execution, List<Transition> first) {
        long now = clock.millis();
        List<Execution.Change> changes = execution.apply(first, now);
        RunRow.Standing standing = execution.standing(now);
        executions.put(birth.id(), execution);
        execution.writing = true;
        return disk.write(RunTable.begin(birth, standing, rows(changes)))
                .onSuccess(begun -> {
                    if (begun == RunRow.Begun.YES) {
                        stored(execution, changes, List.of());
                    } else {
                        executions.remove(birth.id(), execution);
                    }
                })
                .onFailure(cause -> doubt(execution, List.of(), cause));
    }

    /// Takes up a run that is stored.
    void restore(Execution execution, List<Stored> history) {
        execution.restore(history);
        execution.toldSeq = history.isEmpty() ? 0 : history.getLast().seq();
        executions.put(execution.id(), execution);
    }

    /// As [#turn] for somebody outside who does not wait for long: fails at once where the store does not answer, and
    /// is not done later.
    <T> Future<T> ask(Execution execution, Function<Run, Decision<T>> decide) {
        return execution.doubtful
                ? Future.failedFuture("nobody can tell what is stored of the run")
                : turn(execution, true, decide);
    }

    /// Does something to a run when its turn comes; answers when what came of it is stored. Fails when nobody can tell
    /// whether it is.
    <T> Future<T> turn(Execution execution, Function<Run, Decision<T>> decide) {
        return turn(execution, false, decide);
    }

    private <T> Future<T> turn(Execution execution, boolean isAsked, Function<Run, Decision<T>> decide) {
        Promise<T> answer = Promise.promise();
        execution.turns.add(new Execution.Turn() {
            private @Nullable Decision<T> decision;

            @Override
            public boolean isAsked() {
                return isAsked;
            }

            @Override
            public List<Transition> begin(Run run) {
                Decision<T> decided = decide.apply(run);
                decision = decided;
                return decided.transitions();
            }

            @Override
            public void done() {
                Decision<T> decided = decision;
                if (decided != null) {
                    answer.complete(decided.answer());
                }
            }

            @Override
            public void failed(Throwable cause) {
                answer.tryFail(cause);
            }
        });
        go(execution);
        return answer.future();
    }

    /// Lets happen what is due.
    void look(Execution execution) {
        if (!execution.writing && !execution.doubtful) {
            go(execution);
        }
    }

    private void go(Execution execution) {
        while (!execution.writing && !execution.doubtful && !stopped) {
            long now = clock.millis();
            List<Execution.Turn> taken = new ArrayList<>();
            List<Execution.Change> changes = new ArrayList<>();
            RunRow.Standing standing;
            try {
                changes.addAll(execution.advance(now));
                while (!execution.turns.isEmpty() && taken.size() < TURNS_AT_ONCE) {
                    Execution.Turn turn = execution.turns.remove();
                    taken.add(turn);
                    changes.addAll(execution.apply(turn.begin(execution.run()), now));
                }
                standing = execution.standing(now);
                execution.flaws = 0;
            } catch (RuntimeException bug) {
                execution.flaws++;
                doubt(execution, taken, bug);
                return;
            }
            if (!changes.isEmpty()) {
                execution.writing = true;
                disk.write(RunTable.append(execution.id(), standing, rows(changes)))
                        .onSuccess(_ -> stored(execution, changes, taken))
                        .onFailure(cause -> doubt(execution, taken, cause));
                return;
            }
            taken.forEach(Execution.Turn::done);
            if (execution.turns.isEmpty()) {
                moved.accept(execution);
                return;
            }
        }
    }

    private void stored(Execution execution, List<Execution.Change> changes, List<Execution.Turn> taken) {
        execution.writing = false;
        if (stopped) {
            return;
        }
        tell(execution, changes);
        taken.forEach(Execution.Turn::done);
        if (execution.turns.isEmpty()) {
            moved.accept(execution);
        } else {
            go(execution);
        }
    }

    /* Each event once, also those of a write that nobody could tell the fate of. */
    private void tell(Execution execution, List<Execution.Change> changes) {
        List<Workflows.RunEvent> told = new ArrayList<>();
        for (Execution.Change change : changes) {
            RunRow.Event event = change.event();
            execution.toldSeq = event.seq();
            noted.accept(execution.run(), change.transition());
            String name = event.name();
            String data = event.data();
            if (name != null && data != null) {
                told.add(new Workflows.RunEvent(event.seq(), name, data));
            }
        }
        if (!told.isEmpty()) {
            bus.publish(Workflows.HAPPENED, new Workflows.Happened(execution.id(), told));
        }
    }

    private static List<RunRow.Event> rows(List<Execution.Change> changes) {
        return changes.stream().map(Execution.Change::event).toList();
    }

    /// Forgets a run that is over and owes nothing: the store has it.
    void drop(Execution execution) {
        if (execution.turns.isEmpty() && !execution.writing) {
            executions.remove(execution.id(), execution);
        }
    }

    private void doubt(Execution execution, List<Execution.Turn> taken, Throwable cause) {
        execution.writing = false;
        execution.doubtful = true;
        taken.forEach(turn -> turn.failed(cause));
        List<Execution.Turn> asked =
                execution.turns.stream().filter(Execution.Turn::isAsked).toList();
        execution.turns.removeAll(asked);
        asked.forEach(turn -> turn.failed(cause));
        LOG.log(Level.ERROR, "a run was not stored run=" + execution.id(), cause);
        recoverLater(execution);
    }

    private void recover(Execution execution) {
        if (stopped) {
            return;
        }
        disk.write(RunTable.find(execution.id()))
                .onSuccess(found -> {
                    if (found == null) {
                        executions.remove(execution.id(), execution);
                        execution.turns.forEach(turn -> turn.failed(new IllegalStateException("the run never began")));
                        return;
                    }
                    if (readAnew(execution, found)) {
                        go(execution);
                    }
                })
                .onFailure(_ -> recoverLater(execution));
    }

    /* A run that goes wrong each time it is read will not go on. */
    private boolean readAnew(Execution execution, RunRow found) {
        try {
            execution.restore(history(found));
            tell(execution, untold(execution, found));
        } catch (RuntimeException flaw) {
            LOG.log(Level.ERROR, "a run cannot be read run=" + execution.id(), flaw);
            execution.flaws = MOST_FLAWS;
        }
        if (execution.flaws >= MOST_FLAWS) {
            executions.remove(execution.id(), execution);
            execution.doubtful = true;
            execution.turns.forEach(turn -> turn.failed(new IllegalStateException("the run cannot be read")));
            execution.turns.clear();
            unreadable.accept(execution.id());
            return false;
        }
        LOG.log(Level.INFO, "a run was read anew run=" + execution.id());
        return true;
    }

    private static List<Execution.Change> untold(Execution execution, RunRow row) {
        return row.events().stream()
                .filter(event -> event.seq() > execution.toldSeq)
                .map(event -> new Execution.Change(TransitionJson.read(event.transition()), event))
                .toList();
    }

    private void recoverLater(Execution execution) {
        long _ = vertx.setTimer(settings.retryMillis(), _ -> recover(execution));
    }

    /// What a stored run went through.
    static List<Stored> history(RunRow row) {
        return row.events().stream()
                .map(event -> new Stored(event.seq(), event.atMillis(), TransitionJson.read(event.transition())))
                .toList();
    }

    /// A stored run's execution, which nothing has happened to yet.
    static Execution executionOf(RunRow row) {
        return new Execution(row.id(), WorkflowJson.read(row.definition()));
    }
}
