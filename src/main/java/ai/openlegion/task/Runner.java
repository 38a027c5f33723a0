package ai.openlegion.task;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditLog;
import ai.openlegion.budget.Budget;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
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
    private final Books books;
    private final Inquiry inquiry;
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
        books = new Books(bus);
        inquiry = new Inquiry(bus, line, this);
    }

    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    /// What is asked of agents that have tasks.
    Inquiry inquiry() {
        return inquiry;
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
        books.open(work)
                .onSuccess(account -> {
                    if (work.phase == Phase.ENDING) {
                        var _ = books.close(work);
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
        if (work.phase != Phase.BEGINNING) {
            return;
        }
        if (work.item > 0) {
            work.phase = Phase.RUNNING;
            if (isOverdue(work)) {
                lastWord(work);
                return;
            }
            if (work.interrupted && !work.down) {
                inquiry.settle(work);
            } else {
                inquiry.poll(work);
            }
        } else {
            send(work);
        }
        arm(work);
    }

    private boolean isOverdue(Work work) {
        return clock.millis() >= work.endsAtMillis();
    }

    private void arm(Work work) {
        if (work.timer < 0) {
            work.timer = vertx.setTimer(Math.max(1, work.endsAtMillis() - clock.millis()), _ -> {
                work.timer = -1;
                expire(work);
            });
        }
    }

    /// Its time went by while nobody was here: a result that its agent has by now was paid for, and counts.
    private void lastWord(Work work) {
        if (!line.reaches(work.agent())) {
            expire(work);
            return;
        }
        line.result(work.agent(), work.id()).onSuccess(said -> {
            if (said.status() == 200) {
                inquiry.take(work, said.body());
            }
            if (work.phase == Phase.RUNNING) {
                expire(work);
            }
        });
    }

    private void send(Work work) {
        if (stopped || work.sending || work.phase != Phase.BEGINNING) {
            return;
        }
        work.sending = true;
        long seconds = 1 + Math.max(0, work.endsAtMillis() - clock.millis()) / 1000;
        bus.ask(Messaging.SEND, Assignment.item(work.ask, seconds))
                .onComplete(_ -> work.sending = false)
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
            record(work, "mesh", "task.begin", "allowed", "", 0);
            bus.publish(Tasks.STARTED, new Tasks.Started(work.agent(), work.id()));
        } else if (!work.reported) {
            var _ = tell(work); // it ended while it was handed over
        }
        // should this be lost, it is sent once more after a restart, and its agent knows it
        database.write(TaskTable.sent(work.id(), item))
                .onFailure(cause -> LOG.log(Level.DEBUG, "a task's place is not stored task=" + work.id(), cause));
    }

    /// Does it after a while, unless the mesh stops.
    void later(Runnable step) {
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

    /// A call of the task found too little left: it has failed, whatever its agent makes of that. The agent gets a
    /// moment
    /// to say so itself, with what it has by then.
    void exhausted(Work work) {
        vertx.setTimer(settings.exhaustedMillis(), _ -> {
            if (work.phase != Phase.ENDING && !stopped) {
                work.phase = Phase.ENDING;
                tell(work).onComplete(_ -> {
                    var _ = finish(work, End.of("failed", "its agent did not end it"));
                });
            }
        });
    }

    /// Ends a task that its agent is told to stop; one that waits at once.
    ///
    /// @param by who wants that
    Future<Tasks.Task> cancel(Work work, String by) {
        if (work.phase == Phase.ENDING) {
            return account(work).map(account -> work.task(account.orElse(null)));
        }
        boolean begun = work.phase != Phase.QUEUED;
        work.phase = Phase.ENDING;
        work.endedBy = by;
        return (begun ? tell(work) : Future.succeededFuture())
                .transform(_ -> finish(work, End.of("cancelled", "cancelled")));
    }

    /// Tells its agent to stop: at its address, or through its inbox. An agent answers once its run is over, so no late
    /// call of it is charged to the next task; one that does not answer in time is waited for no longer.
    private Future<?> tell(Work work) {
        AgentId agent = work.agent();
        return line.cancel(agent, work.id()).compose(said -> {
            if (said.status() >= 200 && said.status() < 300) {
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
        work.reported = true;
        work.endedBy = work.agent().value();
        return store(work, end).onFailure(_ -> goOn(work, end));
    }

    /// After a result that could not be stored. One that came in time counts also when the time is over by now; its
    /// agent need not say it again.
    private void goOn(Work work, End end) {
        if (isOverdue(work)) {
            later(() -> {
                var _ = finish(work, end);
            });
            return;
        }
        work.reported = false;
        work.endedBy = "mesh";
        work.phase = work.item > 0 ? Phase.RUNNING : Phase.BEGINNING;
        arm(work);
        send(work);
    }

    private Future<Tasks.Task> finish(Work work, End end) {
        return store(work, end)
                .onFailure(_ -> later(() -> {
                    var _ = finish(work, end);
                }));
    }

    private Future<Tasks.Task> store(Work work, End end) {
        long now = clock.millis();
        // an end that does not know whether the account refused would be a guess
        return books.known(work).compose(account -> {
            End shown = end.under(account.map(Budget.TaskAccount::refusedBy).orElse(Budget.Ceiling.NONE));
            return database.write(TaskTable.ended(work.id(), shown, now))
                    .compose(_ -> books.close(work))
                    .map(last -> ended(work, work.ended(last.or(() -> account).orElse(null), shown, now)));
        });
    }

    private Tasks.Task ended(Work work, Tasks.Task task) {
        if (work.timer >= 0) {
            vertx.cancelTimer(work.timer);
        }
        queues.remove(work);
        String why = task.error() == null ? "" : task.error();
        record(work, work.endedBy, "task.end", task.status(), why, task.spentPico());
        bus.publish(Tasks.FINISHED, new Tasks.Finished(task));
        advance(work.agent());
        return task;
    }

    private void record(Work work, String by, String action, String decision, String why, long pico) {
        boolean _ = audit.offer(new AuditEntry(clock.millis(), by, action, work.id(), decision, why, 0, "", "", pico));
    }

    /// The account as it stands; nothing where it cannot be known now, or was never opened.
    Future<Optional<Budget.TaskAccount>> account(Work work) {
        return books.known(work).otherwise(Optional.empty());
    }

    /// Hands a task over once more, under the same id and with the time it has left.
    void sendAgain(Work work) {
        work.item = 0;
        work.phase = Phase.BEGINNING;
        send(work);
    }
}
