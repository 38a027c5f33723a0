package ai.openlegion.workflow;

import ai.openlegion.acl.Policy;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.budget.Budget;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.store.Database;
import ai.openlegion.task.Tasks;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The owner of the runs: starts them, stores each of their transitions before it acts, and goes on with them after a
/// restart. One instance, on an event loop.
///
/// Stored runs are taken up at its start; nothing is done for them before [Workflows#CONFIGURE] told which definitions
/// there are, for by then all that they need is there.
public final class WorkflowVerticle extends VerticleBase {

    private static final Logger LOG = System.getLogger("openlegion.workflow");
    private static final long FORGET_MILLIS = 3_600_000;
    private static final int FORGOTTEN_AT_ONCE = 200;

    private final Bus bus;
    private final Database database;
    private final Runs.Disk disk;
    private final Supplier<Fleet> fleet;
    private final AuditLog audit;
    private final InstantSource clock;
    private final WorkflowSettings settings;
    private final Definitions definitions = new Definitions();
    private boolean begun;

    public WorkflowVerticle(
            Bus bus,
            Database database,
            Supplier<Fleet> fleet,
            AuditLog audit,
            InstantSource clock,
            WorkflowSettings settings) {
        this(bus, database, database::write, fleet, audit, clock, settings);
    }

    /// @param disk writes to the database
    WorkflowVerticle(
            Bus bus,
            Database database,
            Runs.Disk disk,
            Supplier<Fleet> fleet,
            AuditLog audit,
            InstantSource clock,
            WorkflowSettings settings) {
        this.disk = disk;
        this.bus = bus;
        this.database = database;
        this.fleet = fleet;
        this.audit = audit;
        this.clock = clock;
        this.settings = settings;
    }

    /// What works together for the runs.
    private record Parts(Runs runs, Deeds deeds, Desk desk, Abandonment abandonment) {}

    private @Nullable Parts parts;

    /// Stored runs that cannot be read.
    private final List<String> unreadable = new ArrayList<>();

    @Override
    public Future<?> start() {
        Notes notes = new Notes(audit, clock);
        Supplier<Policy> policy = () -> fleet.get().policy();
        Preparation preparation =
                new Preparation(new Chooser(bus, fleet, clock), new BoardInput(bus, policy, notes), clock);
        Ends ends = new Ends(notes);
        Abandonment abandonment = new Abandonment(vertx, bus, disk, clock, settings.retryMillis());
        Runs runs = new Runs(vertx, bus, disk, clock, settings, this::act, ends::note, abandonment::end);
        Deeds deeds =
                new Deeds(vertx, bus, clock, settings, notes, preparation, new Promotion(bus, policy, notes), runs);
        Parts made = new Parts(
                runs,
                deeds,
                new Desk(vertx, bus, definitions, runs, new RunReader(database::reads), notes, clock, settings),
                abandonment);
        parts = made;
        return forget().otherwiseEmpty()
                .compose(_ -> database.write(RunTable.open()))
                .compose(stored -> takeUp(runs, stored, 0))
                .compose(_ -> serve(made));
    }

    /// Runs stay where they are: the next start takes them up.
    @Override
    public Future<?> stop() {
        Parts made = parts;
        if (made != null) {
            made.runs().stop();
            made.abandonment().stop();
        }
        return Future.succeededFuture();
    }

    /* One after the other: no more of them is in memory at once than a run is large. */
    private Future<?> takeUp(Runs runs, List<String> stored, int from) {
        return from == stored.size()
                ? Future.succeededFuture()
                : database.write(RunTable.history(stored.get(from))).compose(row -> {
                    if (row != null) {
                        take(runs, row);
                    }
                    return takeUp(runs, stored, from + 1);
                });
    }

    private void take(Runs runs, RunRow row) {
        try {
            runs.restore(Runs.executionOf(row), Runs.history(row));
        } catch (RuntimeException flaw) {
            LOG.log(Level.ERROR, "a stored run cannot be read and does not go on run=" + row.id(), flaw);
            unreadable.add(row.id());
        }
    }

    private Future<?> serve(Parts made) {
        Desk desk = made.desk();
        var _ = bus.subscribe(Tasks.FINISHED, fact -> finished(made, fact.task()));
        return Future.all(List.of(
                bus.serve(Workflows.RUN, desk::run),
                bus.serve(Workflows.RERUN, desk::rerun),
                bus.serve(Workflows.CANCEL, desk::cancel),
                bus.serve(Workflows.DECIDE, desk::decide),
                bus.serve(Workflows.READ, desk::read),
                bus.serve(Workflows.LINE, desk::line),
                bus.serve(Workflows.LIST, desk::list),
                bus.serve(Workflows.EVENTS, desk::events),
                bus.serve(Messaging.EXPECTED, desk::expected),
                bus.serve(Messaging.OCCURRED, desk::occurred),
                bus.serve(
                        Workflows.DEFINITIONS,
                        _ -> Future.succeededFuture(new Workflows.Definitions(definitions.texts()))),
                bus.serve(Workflows.CONFIGURE, told -> configure(made, told))));
    }

    /* Topics that start nothing any more do so until messaging knows; those that are new start something by then. */
    private Future<Workflows.Configured> configure(Parts made, Workflows.Configure told) {
        definitions.replace(told.definitions());
        return bus.ask(Messaging.TRIGGER, new Messaging.Trigger(definitions.topics()))
                .map(_ -> {
                    begin(made);
                    return new Workflows.Configured();
                });
    }

    private void begin(Parts made) {
        if (begun) {
            return;
        }
        begun = true;
        Runs runs = made.runs();
        long _ = vertx.setPeriodic(settings.tickMillis(), _ -> tick(runs));
        long _ = vertx.setPeriodic(settings.lookMillis(), _ -> runs.all().forEach(made.deeds()::ask));
        long _ = vertx.setPeriodic(FORGET_MILLIS, _ -> {
            var _ = forget();
        });
        unreadable.forEach(made.abandonment()::end);
        runs.all().forEach(runs::look);
    }

    private void tick(Runs runs) {
        long now = clock.millis();
        for (Execution execution : runs.all()) {
            if (execution.wakeAtMillis <= now) {
                runs.look(execution);
            }
        }
    }

    private void act(Execution execution) {
        Parts made = parts;
        execution.planWake();
        if (made != null && begun) {
            made.deeds().act(execution);
        }
    }

    private void finished(Parts made, Tasks.Task task) {
        Execution execution = task.workflowId().isEmpty() ? null : made.runs().find(task.workflowId());
        if (execution != null) {
            made.deeds().ended(execution, task);
        }
    }

    /* Accounts go first: a crash between leaves runs that are forgotten at the next start, not accounts of nobody. */
    private Future<?> forget() {
        return database.write(RunTable.endedBefore(clock.millis() - settings.keepMillis(), FORGOTTEN_AT_ONCE))
                .compose(old -> old.isEmpty()
                        ? Future.succeededFuture(0)
                        : bus.ask(Budget.FORGET_TASKS, new Budget.ForgetTasks(0, old))
                                .compose(_ -> database.write(RunTable.forget(old))))
                .compose(count -> count < FORGOTTEN_AT_ONCE ? Future.succeededFuture() : forget())
                .onFailure(cause -> LOG.log(Level.WARNING, "runs that are old stay in the store", cause));
    }
}
