package ai.openlegion.host;

import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.bus.Bus;
import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.schedule.Schedule.Spec;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Set;

/// The telling of every owner which agents and jobs there are.
///
/// What is told later counts: a repetition of what was told before ends as soon as anything else is told.
final class RollCall {

    private static final Logger LOG = System.getLogger("openlegion.host");

    /// Half a minute with a second between: a store that is stuck longer is the operator's to look at.
    private static final int REPETITIONS = 30;

    private static final long REPEAT_MILLIS = 1_000;

    private final Vertx vertx;
    private final Bus bus;
    private final long repeatMillis;
    private long latest;

    RollCall(Vertx vertx, Bus bus) {
        this(vertx, bus, REPEAT_MILLIS);
    }

    RollCall(Vertx vertx, Bus bus, long repeatMillis) {
        this.vertx = vertx;
        this.bus = bus;
        this.repeatMillis = repeatMillis;
    }

    /// Tells one owner after the other, and none behind one that failed: what may be refused yet is told to as few as
    /// can be.
    Future<?> announce(Set<AgentId> agents, Map<String, Spec> jobs) {
        long call = next();
        return ask(call, Messaging.CONFIGURE, new Messaging.Configure(agents))
                .compose(_ -> ask(call, Blackboard.CONFIGURE, new Blackboard.Configure(agents)))
                .compose(_ -> ask(call, Schedule.CONFIGURE, new Schedule.Configure(jobs, agents)));
    }

    /// Tells every owner, whichever fails; fails afterwards.
    Future<?> tell(Set<AgentId> agents, Map<String, Spec> jobs) {
        return tell(next(), agents, jobs);
    }

    /// As [#tell]; what fails is told again for a while, of which nobody needs to wait for the end.
    Future<?> insist(Set<AgentId> agents, Map<String, Spec> jobs) {
        long call = next();
        return tell(call, agents, jobs).onFailure(_ -> repeat(call, agents, jobs, REPETITIONS));
    }

    private void repeat(long call, Set<AgentId> agents, Map<String, Spec> jobs, int left) {
        long _ = vertx.setTimer(repeatMillis, _ -> {
            if (isLatest(call)) {
                tell(call, agents, jobs)
                        .onSuccess(_ -> LOG.log(Level.INFO, "every owner knows the agents there are"))
                        .onFailure(cause -> {
                            if (left > 1) {
                                repeat(call, agents, jobs, left - 1);
                            } else {
                                LOG.log(Level.WARNING, "not every owner knows the agents there are", cause);
                            }
                        });
            }
        });
    }

    /* One after the other all the same: who gets messages knows its agents before who sends. */
    private Future<?> tell(long call, Set<AgentId> agents, Map<String, Spec> jobs) {
        Future<?> messaging = ask(call, Messaging.CONFIGURE, new Messaging.Configure(agents));
        Future<?> board =
                messaging.transform((_, _) -> ask(call, Blackboard.CONFIGURE, new Blackboard.Configure(agents)));
        Future<?> schedule =
                board.transform((_, _) -> ask(call, Schedule.CONFIGURE, new Schedule.Configure(jobs, agents)));
        return Future.join(messaging, board, schedule);
    }

    private synchronized long next() {
        latest++;
        return latest;
    }

    private synchronized boolean isLatest(long call) {
        return call == latest;
    }

    /* Under the lock, so that nothing old is sent behind something new. */
    private synchronized <Q extends Wire, R extends Wire> Future<R> ask(
            long call, Endpoint<Q, R> endpoint, Q question) {
        return call == latest
                ? bus.ask(endpoint, question)
                : Future.failedFuture(new IllegalStateException("something else was told since"));
    }
}
