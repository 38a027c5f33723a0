package ai.openlegion.budget;

import ai.openlegion.bus.Bus;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeMap;

/// The part of the door that is about tasks' accounts and their runs'. An account is stored before a call is charged to
/// it, and ends in memory before its end is stored: a crash between leaves it open, for the owner of the task to end it
/// again.
final class TaskDesk {

    private final Bus bus;
    private final Database database;
    private final Ledger ledger;
    private final InstantSource clock;

    TaskDesk(Bus bus, Database database, Ledger ledger, InstantSource clock) {
        this.bus = bus;
        this.database = database;
        this.ledger = ledger;
        this.clock = clock;
    }

    Future<?> serve() {
        return Future.join(List.of(
                bus.serve(Budget.OPEN_TASK, this::open),
                bus.serve(Budget.CLOSE_TASK, this::close),
                bus.serve(Budget.READ_TASK, ask -> read(ask.taskId())),
                bus.serve(
                        Budget.READ_TASKS,
                        _ -> Future.succeededFuture(
                                new Budget.TaskList(ledger.tasks().open()))),
                bus.serve(Budget.READ_RUN, ask -> readRun(ask.runId())),
                bus.serve(Budget.FORGET_TASKS, this::forget)));
    }

    private Future<Budget.TaskAccount> open(Budget.OpenTask ask) {
        if (ledger.state(ask.agent()) == null) {
            return Future.succeededFuture(TaskAccountReader.unknown(ask.taskId()));
        }
        StoredTask task = StoredTask.opened(ask);
        ledger.tasks().opening(task);
        return database.write(TaskAccountTable.open(task, clock.millis()))
                .compose(opened -> {
                    Budget.TaskAccount account =
                            opened.open() ? ledger.tasks().open(opened.task(), opened.run()) : null;
                    return account == null ? read(ask.taskId()) : Future.succeededFuture(account);
                })
                .onComplete(_ -> ledger.tasks().opened(task));
    }

    private Future<Budget.TaskAccount> close(Budget.CloseTask ask) {
        Budget.TaskAccount last = ledger.tasks().close(ask.taskId());
        Budget.Ceiling refusedBy = last == null ? Budget.Ceiling.NONE : last.refusedBy();
        return database.write(TaskAccountTable.close(ask.taskId(), refusedBy, clock.millis()))
                .compose(_ -> read(ask.taskId()));
    }

    /// What is not in memory is in the store as it is.
    private Future<Budget.TaskAccount> read(String taskId) {
        Budget.TaskAccount known = ledger.tasks().find(taskId);
        return known != null ? Future.succeededFuture(known) : TaskAccountReader.task(database.reads(), taskId);
    }

    /// First those in memory: whatever is not among them was stored before.
    private Future<Budget.RunAccount> readRun(String runId) {
        List<Budget.TaskAccount> known = ledger.tasks().ofRun(runId);
        // what is said of a task that is over must not be taken back by a crash
        boolean ending = known.stream().anyMatch(task -> !task.isOpen());
        return (ending ? database.write(LedgerTable.nothing()) : Future.succeededFuture())
                .compose(_ -> TaskAccountReader.run(database.reads(), runId))
                .map(stored -> {
                    TreeMap<String, Budget.TaskAccount> tasks = new TreeMap<>();
                    stored.forEach(task -> tasks.put(task.taskId(), task));
                    known.forEach(task -> tasks.put(task.taskId(), task));
                    return new Budget.RunAccount(runId, List.copyOf(tasks.values()));
                });
    }

    private Future<Budget.Forgotten> forget(Budget.ForgetTasks ask) {
        return database.write(TaskAccountTable.forget(ask)).map(Budget.Forgotten::new);
    }
}
