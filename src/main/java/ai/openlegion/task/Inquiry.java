package ai.openlegion.task;

import ai.openlegion.bus.Bus;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.task.Work.Phase;
import io.vertx.core.Future;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/// Asks agents for results that were lost on their way, and finds out what an agent still has after it, or the mesh,
/// was started anew. On the event loop of its verticle.
///
/// An agent that ended by itself has lost its task: another run would cost money again. One that had it when the mesh
/// ended, and does not know it, gets it once more.
final class Inquiry {

    private static final Logger LOG = System.getLogger("openlegion.task");

    private final Bus bus;
    private final AgentLine line;
    private final Runner runner;

    Inquiry(Bus bus, AgentLine line, Runner runner) {
        this.bus = bus;
        this.line = line;
        this.runner = runner;
    }

    /// Asks its agent for a result that may have been lost on its way; one question at a time.
    void poll(Work work) {
        if (work.polling || !isOpen(work) || !line.reaches(work.agent())) {
            return;
        }
        work.polling = true;
        line.result(work.agent(), work.id()).onSuccess(said -> {
            work.polling = false;
            if (!isOpen(work)) {
                return;
            }
            if (said.status() == 200) {
                take(work, said.body());
            } else if (said.status() == 404 && work.recovered) {
                again(work);
            } else if (said.status() == 404 && work.interrupted) {
                lost(work);
            } else if (work.interrupted || work.recovered) {
                work.polling = true;
                runner.later(() -> {
                    work.polling = false;
                    poll(work);
                });
            }
        });
    }

    /// Takes what an agent says is its task's result.
    void take(Work work, String body) {
        End.Claim claim = End.read(body);
        if (claim == null || !claim.taskId().equals(work.id())) {
            LOG.log(Level.WARNING, "an agent's result is none task=" + work.id() + " agent=" + work.agent());
            return;
        }
        var _ = runner.report(work, claim.end());
    }

    /// Its agent is gone or starts anew: what it had taken by then is lost, if it does not say otherwise.
    void interrupt(Work work) {
        work.down = true;
        mark(work);
    }

    /// Its agent is there again.
    void resume(Work work) {
        work.down = false;
        if (work.interrupted) {
            settle(work);
        } else if (work.recovered) {
            poll(work);
        }
    }

    /// What an agent had taken before it was started anew: it may have kept the result, if it can be asked.
    void settle(Work work) {
        if (line.serves(work.agent())) {
            poll(work);
        } else if (work.phase == Phase.RUNNING && work.recovered) {
            again(work);
        } else if (work.phase == Phase.RUNNING) {
            lost(work);
        }
    }

    private boolean isOpen(Work work) {
        return work.phase == Phase.RUNNING && !runner.isStopped();
    }

    private void mark(Work work) {
        // a task without a place has not been taken by anybody; the agent that comes gets it
        if (work.interrupted || work.item == 0 || work.phase == Phase.ENDING || runner.isStopped()) {
            return;
        }
        taken(work)
                .onSuccess(taken -> {
                    if (taken) {
                        work.interrupted = true;
                        if (!work.down) {
                            settle(work);
                        }
                    }
                })
                .onFailure(_ -> runner.later(() -> {
                    if (work.down) {
                        mark(work);
                    }
                }));
    }

    /// Its agent had it when the mesh ended, and has no result: it gets it once more. One that still works on it takes
    /// it as known and does not run it again. What it was never handed is still in its inbox.
    private void again(Work work) {
        taken(work)
                .onSuccess(taken -> {
                    if (!isOpen(work) || !work.recovered) {
                        return;
                    }
                    work.recovered = false;
                    if (taken) {
                        work.interrupted = false;
                        runner.sendAgain(work);
                    }
                })
                .onFailure(_ -> runner.later(() -> poll(work)));
    }

    /// Whether its place in its agent's inbox was handed over; fails where that cannot be known now.
    private Future<Boolean> taken(Work work) {
        return bus.ask(Inbox.READ, new Inbox.Read(work.agent()))
                .compose(standing -> standing instanceof Inbox.State state
                        ? Future.succeededFuture(Math.max(state.pushedUpTo(), state.ackedUpTo()) >= work.item)
                        : Future.failedFuture("the inbox cannot be read now"));
    }

    /// Its agent knows nothing of the task any more, and a second run would cost money again.
    private void lost(Work work) {
        var _ = runner.end(work, End.of("failed", "agent restarted"));
    }
}
