package ai.openlegion.workflow;

import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.task.Tasks;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.run.Run;
import ai.openlegion.workflow.run.TaskEnd;
import ai.openlegion.workflow.run.Transition;
import ai.openlegion.workflow.run.Wish;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;

/// Sees to what runs wish: finds agents and inputs, hands out tasks and ends them, and publishes what is complete. On
/// the event loop of its verticle.
///
/// Each wish is seen to once at a time, and again as long as the run has it: after a restart that is all of them.
/// Nothing that is done twice does harm, for a task's id is stored before it is handed out.
final class Deeds {

    private static final Logger LOG = System.getLogger("openlegion.workflow");

    private final Vertx vertx;
    private final Bus bus;
    private final InstantSource clock;
    private final WorkflowSettings settings;
    private final Notes notes;
    private final Preparation preparation;
    private final Promotion promotion;
    private final Runs runs;

    Deeds(
            Vertx vertx,
            Bus bus,
            InstantSource clock,
            WorkflowSettings settings,
            Notes notes,
            Preparation preparation,
            Promotion promotion,
            Runs runs) {
        this.vertx = vertx;
        this.bus = bus;
        this.clock = clock;
        this.settings = settings;
        this.notes = notes;
        this.preparation = preparation;
        this.promotion = promotion;
        this.runs = runs;
    }

    /// Sees to what a run wishes by now.
    void act(Execution execution) {
        if (runs.isStopped() || execution.doubtful) {
            return;
        }
        List<Wish> wishes = execution.run().wishes(clock.millis());
        execution.underWay.retainAll(wishes);
        if (wishes.isEmpty() && execution.run().isOver()) {
            runs.drop(execution);
            return;
        }
        for (Wish wish : wishes) {
            if (execution.underWay.add(wish)) {
                see(execution, wish);
            }
        }
    }

    /// Asks what became of the tasks that are out, in case nobody was told.
    void ask(Execution execution) {
        for (Wish wish : List.copyOf(execution.underWay)) {
            if (wish instanceof Wish.Perform(Transition.AttemptBegun attempt)
                    && !execution.ready.containsKey(attempt.taskId())) {
                bus.ask(Tasks.READ, new Tasks.Read(attempt.taskId())).onSuccess(found -> {
                    Tasks.Task task = found.task();
                    if (task == null) {
                        again(execution, wish);
                    } else {
                        ended(execution, task);
                    }
                });
            }
        }
    }

    /// A task is over, or still runs.
    void ended(Execution execution, Tasks.Task task) {
        if (task.endedAtMillis() == 0 || !execution.ending.add(task.taskId())) {
            return;
        }
        end(execution, task);
    }

    /* What an attempt that is over already promoted may have been replaced since. */
    private void end(Execution execution, Tasks.Task task) {
        if (execution.doubtful && runs.find(execution.id()) != null) {
            later(() -> end(execution, task));
            return;
        }
        if (!execution.run().isRunning(task.taskId())) {
            execution.ending.remove(task.taskId());
            return;
        }
        var promoted =
                task.status().equals("complete") ? promotion.write(execution.id(), task) : Future.succeededFuture("");
        promoted.compose(refusals -> tell(
                        execution,
                        new TaskEnd(
                                task.taskId(),
                                task.agent(),
                                task.status(),
                                task.result(),
                                task.error(),
                                refusals,
                                task.tokens(),
                                task.spentPico())))
                .onSuccess(_ -> execution.ending.remove(task.taskId()))
                .onFailure(_ -> later(() -> end(execution, task)));
    }

    private Future<Boolean> tell(Execution execution, TaskEnd end) {
        return runs.turn(execution, run -> new Runs.Decision<>(run.ended(end), true));
    }

    private void see(Execution execution, Wish wish) {
        try {
            seeTo(execution, wish);
        } catch (RuntimeException bug) {
            LOG.log(Level.ERROR, "a wish of a run went wrong run=" + execution.id() + " wish=" + wish, bug);
            again(execution, wish);
        }
    }

    private void seeTo(Execution execution, Wish wish) {
        switch (wish) {
            case Wish.Prepare prepare -> prepare(execution, prepare);
            case Wish.AskApproval ask -> request(execution, ask);
            case Wish.Perform(Transition.AttemptBegun attempt) -> perform(execution, wish, attempt);
            case Wish.Stop(String taskId, AgentId agent) -> stop(execution, wish, taskId, agent);
            case Wish.Announce(String topic) -> announce(execution, wish, topic);
        }
    }

    /// Sees to a wish after a while, once, if the run still has it.
    private void again(Execution execution, Wish wish) {
        if (!execution.later.add(wish)) {
            return;
        }
        later(() -> {
            execution.later.remove(wish);
            if (execution.underWay.contains(wish)) {
                see(execution, wish);
            }
        });
    }

    private void later(Runnable step) {
        if (!runs.isStopped()) {
            long _ = vertx.setTimer(settings.retryMillis(), _ -> {
                if (!runs.isStopped()) {
                    step.run();
                }
            });
        }
    }

    private void prepare(Execution execution, Wish.Prepare wish) {
        preparation
                .attempt(execution.run(), wish.step(), wish.item(), wish.fallback(), wish.sinceMillis())
                .onSuccess(outcome -> {
                    switch (outcome) {
                        case Preparation.Later _ -> again(execution, wish);
                        case Preparation.Found(AgentId agent, Execution.Task task) ->
                            change(execution, wish, run -> begun(execution, run.prepared(wish, agent), task));
                        case Preparation.Impossible(String why) ->
                            change(execution, wish, run -> run.unprepared(wish, why));
                    }
                })
                .onFailure(_ -> again(execution, wish));
    }

    private List<Transition> begun(Execution execution, List<Transition> transitions, Execution.Task task) {
        for (Transition transition : transitions) {
            if (transition instanceof Transition.AttemptBegun attempt) {
                execution.ready.put(attempt.taskId(), task);
            }
        }
        return transitions;
    }

    private void request(Execution execution, Wish.AskApproval wish) {
        preparation
                .request(execution.run(), wish.step(), wish.fallback(), wish.sinceMillis())
                .onSuccess(outcome -> {
                    switch (outcome) {
                        case Preparation.Later _ -> again(execution, wish);
                        case Preparation.Found found -> {
                            String text = Preparation.text(execution.run(), wish.step(), found);
                            String flaw = Request.flaw(text);
                            String digest = Preparation.digest(text);
                            change(
                                    execution,
                                    wish,
                                    run -> flaw == null
                                            ? run.waiting(wish, text, digest, clock.millis())
                                            : run.unprepared(wish, flaw));
                        }
                        case Preparation.Impossible(String why) ->
                            change(execution, wish, run -> run.unprepared(wish, why));
                    }
                })
                .onFailure(_ -> again(execution, wish));
    }

    /* A wish that is seen to is free again: should the run still have it, it is seen to once more. */
    private void change(Execution execution, Wish wish, Function<Run, List<Transition>> change) {
        runs.turn(
                        execution,
                        run -> new Runs.Decision<>(
                                execution.underWay.remove(wish) ? change.apply(run) : List.of(), true))
                .onFailure(_ -> execution.underWay.remove(wish));
    }

    private void perform(Execution execution, Wish wish, Transition.AttemptBegun attempt) {
        Execution.Task task = execution.ready.get(attempt.taskId());
        if (task != null) {
            dispatch(execution, wish, attempt, task);
            return;
        }
        bus.ask(Tasks.READ, new Tasks.Read(attempt.taskId()))
                .onSuccess(found -> {
                    Tasks.Task known = found.task();
                    if (known != null) {
                        ended(execution, known);
                    } else {
                        findAgain(execution, wish, attempt);
                    }
                })
                .onFailure(_ -> again(execution, wish));
    }

    /// The mesh ended between the begin of an attempt and its dispatch: nobody has the task.
    private void findAgain(Execution execution, Wish wish, Transition.AttemptBegun attempt) {
        preparation
                .task(execution.run(), attempt.step(), attempt.item(), attempt.agent())
                .onSuccess(outcome -> {
                    switch (outcome) {
                        case Preparation.Found(AgentId _, Execution.Task task) -> {
                            execution.ready.put(attempt.taskId(), task);
                            dispatch(execution, wish, attempt, task);
                        }
                        case Preparation.Impossible(String why) -> fail(execution, wish, attempt, why);
                        case Preparation.Later _ -> again(execution, wish);
                    }
                })
                .onFailure(_ -> again(execution, wish));
    }

    private void dispatch(Execution execution, Wish wish, Transition.AttemptBegun attempt, Execution.Task task) {
        if (!execution.underWay.contains(wish) || runs.isStopped()) {
            execution.ready.remove(attempt.taskId());
            return;
        }
        Step step = Preparation.step(execution.run(), attempt.step());
        bus.ask(
                        Tasks.DISPATCH,
                        new Tasks.Dispatch(
                                attempt.taskId(),
                                attempt.agent(),
                                execution.id(),
                                attempt.step(),
                                step.taskType(),
                                task.input(),
                                task.context(),
                                step.timeoutSeconds(),
                                step.maxTokens(),
                                step.maxPico(),
                                execution.workflow.maxPico(),
                                "workflow"))
                .onSuccess(dispatched -> {
                    switch (dispatched.outcome()) {
                        case ACCEPTED -> {
                            execution.ready.remove(attempt.taskId());
                            notes.note(
                                    "mesh",
                                    "workflow.dispatch",
                                    attempt.taskId(),
                                    "allowed",
                                    attempt.agent().value());
                        }
                        case DUPLICATE -> {
                            execution.ready.remove(attempt.taskId());
                            again(execution, wish);
                        }
                        case FULL, UNAVAILABLE -> again(execution, wish);
                        case UNKNOWN_AGENT, MALFORMED -> fail(execution, wish, attempt, dispatched.why());
                    }
                })
                .onFailure(_ -> again(execution, wish));
    }

    private void fail(Execution execution, Wish wish, Transition.AttemptBegun attempt, String why) {
        execution.ready.remove(attempt.taskId());
        notes.note("mesh", "workflow.dispatch", attempt.taskId(), "refused", why);
        tell(execution, new TaskEnd(attempt.taskId(), attempt.agent(), "failed", null, why, "", 0, 0))
                .onFailure(_ -> again(execution, wish));
    }

    private void stop(Execution execution, Wish wish, String taskId, AgentId agent) {
        bus.ask(Tasks.CANCEL, new Tasks.Cancel(taskId, "workflow"))
                .onSuccess(found -> {
                    Tasks.Task task = found.task();
                    if (task == null) {
                        tell(execution, new TaskEnd(taskId, agent, "cancelled", null, "cancelled", "", 0, 0))
                                .onFailure(_ -> again(execution, wish));
                    } else if (task.endedAtMillis() > 0) {
                        ended(execution, task);
                    } else {
                        again(execution, wish);
                    }
                })
                .onFailure(_ -> again(execution, wish));
    }

    private void announce(Execution execution, Wish wish, String topic) {
        var event = new Messaging.Publish("mesh", topic, Announcement.of(execution.run()), execution.id());
        bus.ask(Messaging.PUBLISH, event)
                .onSuccess(published -> {
                    switch (published) {
                        case Messaging.Unavailable _ -> again(execution, wish);
                        case Messaging.Delivered _, Messaging.InboxFull _ -> {
                            notes.note("mesh", "workflow.announce", execution.id(), "allowed", topic);
                            if (published instanceof Messaging.InboxFull) {
                                LOG.log(Level.WARNING, "nobody has room for the end of run=" + execution.id());
                            }
                            change(execution, wish, Run::announced);
                        }
                    }
                })
                .onFailure(_ -> again(execution, wish));
    }
}
