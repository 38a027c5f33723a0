package ai.openlegion.task;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.budget.Budget;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.Fleets;
import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import ai.openlegion.task.Tasks.Outcome;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The owner of the tasks: stores them, hands them out one at a time for each agent, and takes what came of them. One
/// instance, on an event loop.
public final class TaskVerticle extends VerticleBase {

    private static final long DAY_MILLIS = 86_400_000;

    private static final Logger LOG = System.getLogger("openlegion.task");

    private final Bus bus;
    private final Database database;
    private final Supplier<Fleet> fleet;
    private final AuditLog audit;
    private final Function<AgentId, String> inboundToken;
    private final InstantSource clock;
    private final TaskSettings settings;

    private final Queues queues = new Queues();
    private final List<Bus.Subscription> subscriptions = new ArrayList<>();
    private @Nullable AgentLine line;
    private @Nullable Runner running;

    /// @param inboundToken the token by which an external agent knows the mesh; asked off the event loop
    public TaskVerticle(
            Bus bus,
            Database database,
            Supplier<Fleet> fleet,
            AuditLog audit,
            Function<AgentId, String> inboundToken,
            InstantSource clock,
            TaskSettings settings) {
        this.bus = bus;
        this.database = database;
        this.fleet = fleet;
        this.audit = audit;
        this.inboundToken = inboundToken;
        this.clock = clock;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        AgentLine calls = new AgentLine(vertx, fleet, inboundToken, settings.tellMillis());
        Runner runner = new Runner(vertx, bus, database, audit, clock, settings, queues, calls);
        line = calls;
        running = runner;
        return database.write(TaskTable.open(clock.millis() - settings.keepMillis()))
                .compose(stored -> closeOthers(stored).map(stored))
                .compose(stored -> serve(runner).map(stored))
                .onSuccess(stored -> {
                    subscriptions.add(bus.subscribe(Fleets.CHANGED, _ -> dismiss(runner)));
                    subscriptions.add(bus.subscribe(Budget.EXHAUSTED, fact -> exhausted(runner, fact)));
                    subscriptions.add(bus.subscribe(Tasks.NOT_TAKEN, fact -> fail(runner, fact)));
                    subscriptions.add(bus.subscribe(Tasks.AGENT_MOVED, moved -> follow(runner, moved)));
                    stored.forEach(queues::add);
                    stored.forEach(work -> runner.advance(work.agent()));
                    dismiss(runner);
                    forget();
                    vertx.setPeriodic(
                            settings.pollMillis(), _ -> queues.current().forEach(runner.inquiry()::poll));
                    vertx.setPeriodic(DAY_MILLIS, _ -> forget());
                });
    }

    /// Tasks go on running while nobody is here: the next start takes them up.
    @Override
    public Future<?> stop() {
        Runner runner = running;
        if (runner != null) {
            runner.stop();
        }
        List<Future<Void>> deaf =
                subscriptions.stream().map(Bus.Subscription::cancel).toList();
        AgentLine calls = line;
        return Future.join(deaf).eventually(() -> calls == null ? Future.succeededFuture() : calls.close());
    }

    /// Accounts of tasks that ended, or were forgotten, as the mesh crashed.
    private Future<?> closeOthers(List<Work> stored) {
        Set<String> open = stored.stream().map(Work::id).collect(Collectors.toSet());
        return bus.ask(Budget.READ_TASKS, new Budget.ReadTasks())
                .compose(list -> Future.join(list.tasks().stream()
                        .filter(account -> !open.contains(account.taskId()))
                        .map(account -> bus.ask(Budget.CLOSE_TASK, new Budget.CloseTask(account.taskId()))
                                .onFailure(cause ->
                                        LOG.log(Level.WARNING, "an account stays open task=" + account.taskId(), cause))
                                .otherwiseEmpty())
                        .toList()));
    }

    private Future<?> serve(Runner runner) {
        return Future.join(List.of(
                bus.serve(Tasks.DISPATCH, ask -> dispatch(runner, ask)),
                bus.serve(Tasks.CANCEL, ask -> cancel(runner, ask)),
                bus.serve(Tasks.READ, ask -> read(runner, ask.taskId())),
                bus.serve(Tasks.RUNNING, _ -> running()),
                bus.serve(Tasks.REPORT, ask -> report(runner, ask))));
    }

    private Future<Tasks.Dispatched> dispatch(Runner runner, Tasks.Dispatch ask) {
        String flaw = Assignment.flaw(ask);
        if (flaw != null) {
            return answer(Outcome.MALFORMED, flaw);
        }
        AgentId agent = ask.agent();
        Fleet current = fleet.get();
        if (!current.agents().containsKey(agent)) {
            return answer(Outcome.UNKNOWN_AGENT, "there is no such agent");
        }
        if (!current.payer(agent).equals(agent)) {
            return answer(Outcome.UNKNOWN_AGENT, "a spawned agent gets its work from its parent");
        }
        if (queues.find(ask.taskId()) != null) {
            return answer(Outcome.DUPLICATE, "the id was used before");
        }
        if (queues.waiting(agent) >= settings.waiting()) {
            return answer(Outcome.FULL, settings.waiting() + " tasks wait for the agent");
        }
        Work work = new Work(ask, clock.millis());
        queues.add(work);
        return database.write(TaskTable.insert(work)).transform((inserted, failure) -> {
            if (failure != null || !inserted) {
                queues.remove(work);
                runner.advance(agent);
                adopt(runner, work.id());
                return failure == null
                        ? answer(Outcome.DUPLICATE, "the id was used before")
                        : answer(Outcome.UNAVAILABLE, "the store cannot take it now");
            }
            work.stored = true;
            runner.advance(agent);
            return answer(Outcome.ACCEPTED, "");
        });
    }

    /// A write that failed may have been done all the same: a stored task that nobody has, though it has not ended, is
    /// taken up as at a start.
    private void adopt(Runner runner, String taskId) {
        database.write(TaskTable.find(taskId))
                .onSuccess(work -> {
                    if (work != null && queues.find(taskId) == null && !runner.isStopped()) {
                        LOG.log(Level.INFO, "a task is stored though that seemed to fail task=" + taskId);
                        queues.add(work);
                        runner.advance(work.agent());
                        dismiss(runner);
                    }
                })
                .onFailure(_ -> runner.later(() -> adopt(runner, taskId)));
    }

    private static Future<Tasks.Dispatched> answer(Outcome outcome, String why) {
        return Future.succeededFuture(new Tasks.Dispatched(outcome, why));
    }

    private Future<Tasks.Found> cancel(Runner runner, Tasks.Cancel ask) {
        Work work = queues.find(ask.taskId());
        return work == null || !work.stored
                ? read(runner, ask.taskId())
                : runner.cancel(work, ask.by()).map(Tasks.Found::new);
    }

    private Future<Tasks.Found> read(Runner runner, String taskId) {
        Work work = queues.find(taskId);
        return work != null
                ? runner.account(work).map(account -> new Tasks.Found(work.task(account.orElse(null))))
                : bus.ask(Budget.READ_TASK, new Budget.ReadTask(taskId))
                        .compose(account -> TaskReader.find(database.reads(), taskId, account))
                        .map(Tasks.Found::new);
    }

    private Future<Tasks.Running> running() {
        return bus.ask(Budget.READ_TASKS, new Budget.ReadTasks())
                .otherwise(new Budget.TaskList(List.of()))
                .map(list -> {
                    Map<String, Budget.TaskAccount> accounts = new HashMap<>();
                    list.tasks().forEach(account -> accounts.put(account.taskId(), account));
                    return new Tasks.Running(queues.inOrder().stream()
                            .map(work -> work.task(accounts.get(work.id())))
                            .toList());
                });
    }

    private Future<Tasks.Reported> report(Runner runner, Tasks.Report ask) {
        End.Claim claim = End.read(ask.payload());
        if (claim == null) {
            return refused("the payload is no task_result");
        }
        Work work = queues.find(claim.taskId());
        if (work == null || !work.agent().equals(ask.agent())) {
            return refused("the agent has no such task");
        }
        Future<Tasks.Task> ended = runner.report(work, claim.end());
        return ended == null ? refused("the task is not running") : ended.map(_ -> new Tasks.Reported(true, ""));
    }

    private static Future<Tasks.Reported> refused(String why) {
        return Future.succeededFuture(new Tasks.Reported(false, why));
    }

    /// The tasks of agents that are gone end.
    private void dismiss(Runner runner) {
        Set<AgentId> agents = fleet.get().agents().keySet();
        for (Work work : queues.all()) {
            if (work.stored && !agents.contains(work.agent())) {
                var _ = runner.end(work, End.of("failed", "the agent is no longer part of the fleet"));
            }
        }
    }

    private void follow(Runner runner, Tasks.AgentMoved moved) {
        Work work = queues.current(moved.agent());
        if (work == null) {
            return;
        }
        if (!moved.alive()) {
            runner.inquiry().interrupt(work);
        } else {
            runner.inquiry().resume(work);
        }
    }

    private void exhausted(Runner runner, Budget.Exhausted fact) {
        Work work = queues.find(fact.taskId());
        if (work != null) {
            runner.exhausted(work);
        }
    }

    private void fail(Runner runner, Tasks.NotTaken fact) {
        Work work = queues.find(fact.taskId());
        if (work != null
                && work.agent().equals(fact.agent())
                && fleet.get().presences().containsKey(work.agent())) {
            var _ = runner.end(work, End.of("failed", "the agent does not take it: " + fact.why()));
        }
    }

    private void forget() {
        long before = clock.millis() - settings.keepMillis();
        database.write(TaskTable.forget(before))
                .compose(_ -> bus.ask(Budget.FORGET_TASKS, new Budget.ForgetTasks(before, List.of())))
                .onFailure(cause -> LOG.log(Level.WARNING, "old tasks are still stored", cause));
    }
}
