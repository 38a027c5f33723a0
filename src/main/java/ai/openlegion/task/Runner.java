package ai.openlegion.task;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.budget.Budget;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.store.Database;
import ai.openlegion.task.Work.Phase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Takes each task from its turn to its end. On the event loop of its verticle.
///
/// Each step is durable before the next: the account is open before the task is in the agent's inbox, and the end is
/// stored before it is told. A start does again what may not have been done; an agent takes a task it knows without
/// running it again.
final class Runner {

    private static final Logger LOG = System.getLogger("openlegion.task");

    private final Vertx vertx;
    private final Bus bus;
    private final Database database;
    private final AuditLog audit;
    private final InstantSource clock;
    private final TaskSettings settings;
    private final Queues queues;
    private final AgentLine line;
    private boolean stopped;

    Runner(
            Vertx vertx,
            Bus bus,
            Database database,
            AuditLog audit,
            InstantSource clock,
            TaskSettings settings,
            Queues queues,
            AgentLine line) {
        this.vertx = vertx;
        this.bus = bus;
        this.database = database;
        this.audit = audit;
        this.clock = clock;
        this.settings = settings;
        this.queues = queues;
        this.line = line;
    }

    void stop() {
        stopped = true;
    }

    /// Begins the agent's next task, if it has none.
    void advance(AgentId agent) {
        Work next = stopped ? null : queues.next(agent);
        if (next != null) {
            next.phase = Phase.BEGINNING;
            begin(next);
        }
    }

    private void begin(Work work) {
        if (stopped || work.phase != Phase.BEGINNING) {
            return;
        }
        Tasks.Dispatch ask = work.ask;
        work.opened = true;
        bus.ask(Budget.OPEN_TASK, new Budget.OpenTask(ask.agent(), ask.taskId(), ask.maxTokens(), ask.maxPico()))
                .onSuccess(account -> {
                    if (work.phase == Phase.ENDING) {
                        var _ = close(work);
                    } else if (account.isOpen()) {
                        start(work);
                    } else {
                        var _ = end(work, End.of("failed", "the agent has no account of its own"));
                    }
                })
                .onFailure(_ -> later(() -> begin(work)));
    }

    /// Its time runs from here, also when it is handed over later.
    private void start(Work work) {
        if (work.phase != Phase.BEGINNING) {
            return;
        }
        if (work.startedAtMillis > 0) {
            started(work);
            return;
        }
        long now = clock.millis();
        database.write(TaskTable.started(work.id(), now))
                .onSuccess(_ -> {
                    work.startedAtMillis = now;
                    started(work);
                })
                .onFailure(_ -> later(() -> begin(work)));
    }

    private void started(Work work) {
        if (work.timer < 0) {
            work.timer = vertx.setTimer(Math.max(1, work.endsAtMillis() - clock.millis()), _ -> expire(work));
        }
        if (work.item > 0) {
            work.phase = work.phase == Phase.BEGINNING ? Phase.RUNNING : work.phase;
            poll(work);
        } else {
            send(work);
        }
    }

    private void send(Work work) {
        if (stopped || work.phase != Phase.BEGINNING) {
            return;
        }
        long seconds = 1 + Math.max(0, work.endsAtMillis() - clock.millis()) / 1000;
        var send = new Messaging.Send(
                Messaging.Kind.TASK,
                "mesh",
                work.agent(),
                work.id(),
                "task",
                Assignment.of(work.ask),
                null,
                null,
                seconds);
        bus.ask(Messaging.SEND, send)
                .onSuccess(sent -> {
                    switch (sent) {
                        case Messaging.Stored stored -> sent(work, stored.seq());
                        case Messaging.UnknownRecipient _ -> {
                            var _ = end(work, End.of("failed", "the agent is no longer part of the fleet"));
                        }
                        case Messaging.InboxFull _, Messaging.Unavailable _ -> later(() -> send(work));
                    }
                })
                .onFailure(_ -> later(() -> send(work)));
    }

    private void sent(Work work, long item) {
        work.item = item;
        if (work.phase == Phase.BEGINNING) {
            work.phase = Phase.RUNNING;
            bus.publish(Tasks.STARTED, new Tasks.Started(work.agent(), work.id()));
        } else {
            var _ = tell(work); // it ended while it was handed over
        }
        // should this be lost, it is sent once more after a restart, and its agent knows it
        database.write(TaskTable.sent(work.id(), item))
                .onFailure(cause -> LOG.log(Level.DEBUG, "a task's place is not stored task=" + work.id(), cause));
    }

    private void later(Runnable step) {
        if (!stopped) {
            vertx.setTimer(settings.retryMillis(), _ -> step.run());
        }
    }

    private void expire(Work work) {
        if (work.phase == Phase.ENDING || stopped) {
            return;
        }
        work.phase = Phase.ENDING;
        String error = "no result within " + work.ask.timeoutSeconds() + " s";
        tell(work).onComplete(_ -> {
            var _ = finish(work, End.of("timeout", error));
        });
    }

    /// Ends a task that its agent is told to stop; one that waits at once.
    Future<Tasks.Task> cancel(Work work) {
        if (work.phase == Phase.ENDING) {
            return account(work).map(account -> work.task(account.orElse(null)));
        }
        boolean begun = work.phase != Phase.QUEUED;
        work.phase = Phase.ENDING;
        return (begun ? tell(work) : Future.succeededFuture())
                .transform(_ -> finish(work, End.of("cancelled", "cancelled")));
    }

    /// Tells its agent to stop: at its address, or through its inbox.
    private Future<?> tell(Work work) {
        AgentId agent = work.agent();
        return line.cancel(agent, work.id()).compose(said -> {
            if (said.status() != 0) {
                return Future.succeededFuture();
            }
            String payload = "{\"task_id\":\"" + work.id() + "\"}";
            return bus.ask(Messaging.SEND, Messaging.Send.of(Messaging.Kind.MESSAGE, "mesh", agent, "cancel", payload))
                    .otherwiseEmpty();
        });
    }

    /// Ends a task now; null where another end came first.
    @Nullable
    Future<Tasks.Task> end(Work work, End end) {
        if (work.phase == Phase.ENDING) {
            return null;
        }
        work.phase = Phase.ENDING;
        return finish(work, end);
    }

    /// Ends a task as its agent says. Fails when that cannot be stored now; then it runs on, for the agent to say it
    /// again.
    @Nullable
    Future<Tasks.Task> report(Work work, End end) {
        Phase before = work.phase;
        if (before == Phase.ENDING || before == Phase.QUEUED || work.startedAtMillis == 0) {
            return null;
        }
        work.phase = Phase.ENDING;
        return store(work, end).onFailure(_ -> work.phase = before);
    }

    private Future<Tasks.Task> finish(Work work, End end) {
        return store(work, end)
                .onFailure(_ -> later(() -> {
                    var _ = finish(work, end);
                }));
    }

    private Future<Tasks.Task> store(Work work, End end) {
        long now = clock.millis();
        return account(work).compose(account -> {
            End shown = end.under(account.filter(Budget.TaskAccount::refused).isPresent());
            return database.write(TaskTable.ended(work.id(), shown, now))
                    .compose(_ -> close(work))
                    .map(last -> ended(work, work.ended(last.or(() -> account).orElse(null), shown, now)));
        });
    }

    private Tasks.Task ended(Work work, Tasks.Task task) {
        if (work.timer >= 0) {
            vertx.cancelTimer(work.timer);
        }
        queues.remove(work);
        boolean _ = audit.offer(new AuditEntry(
                clock.millis(),
                work.agent().value(),
                "task.end",
                work.id(),
                task.status(),
                task.error() == null ? "" : task.error(),
                0,
                "",
                "",
                task.spentPico()));
        bus.publish(Tasks.FINISHED, new Tasks.Finished(task));
        advance(work.agent());
        return task;
    }

    /// The account as it stands; null where it cannot be known now, or was never opened.
    Future<Optional<Budget.TaskAccount>> account(Work work) {
        return work.opened
                ? bus.ask(Budget.READ_TASK, new Budget.ReadTask(work.id()))
                        .map(Optional::of)
                        .otherwise(Optional.empty())
                : Future.succeededFuture(Optional.empty());
    }

    /// An account that stays open in the store is closed at the next start.
    private Future<Optional<Budget.TaskAccount>> close(Work work) {
        return work.opened
                ? bus.ask(Budget.CLOSE_TASK, new Budget.CloseTask(work.id()))
                        .map(Optional::of)
                        .otherwise(Optional.empty())
                : Future.succeededFuture(Optional.empty());
    }

    /// Asks its agent for a result that may have been lost on its way.
    void poll(Work work) {
        if (work.phase != Phase.RUNNING || stopped || !line.reaches(work.agent())) {
            return;
        }
        line.result(work.agent(), work.id()).onSuccess(said -> {
            if (work.phase != Phase.RUNNING || stopped) {
                return;
            }
            if (said.status() == 200) {
                take(work, said.body());
            } else if (work.interrupted && said.status() == 404) {
                // it knows nothing of the task any more, and a second run would cost money again
                var _ = end(work, End.of("failed", "agent restarted"));
            } else if (work.interrupted) {
                later(() -> poll(work));
            }
        });
    }

    private void take(Work work, String body) {
        End.Claim claim = End.read(body);
        if (claim == null || !claim.taskId().equals(work.id())) {
            LOG.log(Level.WARNING, "an agent's result is none task=" + work.id() + " agent=" + work.agent());
            return;
        }
        var _ = report(work, claim.end());
    }

    /// Its agent is gone or starts anew: what it had taken by then is lost, if it does not say otherwise.
    void interrupt(Work work) {
        if (work.phase != Phase.RUNNING) {
            return;
        }
        bus.ask(Inbox.READ, new Inbox.Read(work.agent())).onSuccess(standing -> {
            if (standing instanceof Inbox.State state
                    && work.item > 0
                    && Math.max(state.pushedUpTo(), state.ackedUpTo()) >= work.item) {
                work.interrupted = true;
            }
        });
    }
}
