package ai.openlegion.budget;

import ai.openlegion.bus.Bus;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;

/// The part of the door that is about tasks' accounts. An account is stored before a call is charged to it, and ends in
/// memory before its end is stored: a crash between leaves it open, for the owner of the task to end it again.
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
                bus.serve(Budget.READ_TASK, this::read),
                bus.serve(Budget.READ_TASKS, _ -> Future.succeededFuture(new Budget.TaskList(ledger.openTasks())))));
    }

    private Future<Budget.TaskAccount> open(Budget.OpenTask ask) {
        String taskId = ask.taskId();
        if (ledger.state(ask.agent()) == null) {
            return Future.succeededFuture(TaskAccountTable.unknown(taskId));
        }
        return database.write(TaskAccountTable.open(ask, clock.millis())).compose(open -> {
            Budget.TaskAccount opened = open ? ledger.openTask(StoredTask.opened(ask)) : null;
            return opened == null ? read(new Budget.ReadTask(taskId)) : Future.succeededFuture(opened);
        });
    }

    private Future<Budget.TaskAccount> close(Budget.CloseTask ask) {
        Budget.TaskAccount last = ledger.closeTask(ask.taskId());
        boolean refused = last != null && last.refused();
        return database.write(TaskAccountTable.close(ask.taskId(), refused, clock.millis()))
                .compose(_ -> read(new Budget.ReadTask(ask.taskId())));
    }

    private Future<Budget.TaskAccount> read(Budget.ReadTask ask) {
        Budget.TaskAccount known = ledger.task(ask.taskId());
        // a unit of work of the writer sees what the ledger's part of the commits before it stored
        return known != null
                ? Future.succeededFuture(known)
                : database.write(LedgerTable.nothing())
                        .compose(_ -> database.write(TaskAccountTable.read(ask.taskId())));
    }
}
