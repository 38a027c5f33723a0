package ai.openlegion.host;

import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.bus.Bus;
import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.schedule.Schedule.Spec;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The telling of every owner which agents, jobs and workflows there are.
///
/// What is told later counts: a repetition of what was told before ends as soon as anything else is told.
final class RollCall {

    private static final Logger LOG = System.getLogger("openlegion.host");

    /// Half a minute with a second between: a store that is stuck longer is the operator's to look at.
    private static final int REPETITIONS = 30;

    private static final long REPEAT_MILLIS = 1_000;

    /// What the owners are told: the agents there are, the jobs, and the texts of the workflows' definitions.
    record Roster(Set<AgentId> agents, Map<String, Spec> jobs, List<String> workflows) {
        Roster {
            agents = Set.copyOf(agents);
            jobs = Map.copyOf(jobs);
            workflows = List.copyOf(workflows);
        }
    }

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
    /// can be. Definitions of workflows are told once their agents are in force, for runs would start before.
    Future<?> announce(Roster roster) {
        long call = next();
        return ask(call, Messaging.CONFIGURE, new Messaging.Configure(roster.agents()))
                .compose(_ -> ask(call, Blackboard.CONFIGURE, new Blackboard.Configure(roster.agents())))
                .compose(_ -> ask(call, Schedule.CONFIGURE, new Schedule.Configure(roster.jobs(), roster.agents())));
    }

    /// Tells every owner, whichever fails; fails afterwards.
    Future<?> tell(Roster roster) {
        return tell(next(), roster);
    }

    /// As [#tell]; what fails is told again for a while, of which nobody needs to wait for the end.
    Future<?> insist(Roster roster) {
        long call = next();
        return tell(call, roster).onFailure(_ -> repeat(call, roster, REPETITIONS));
    }

    private void repeat(long call, Roster roster, int left) {
        long _ = vertx.setTimer(repeatMillis, _ -> {
            if (isLatest(call)) {
                tell(call, roster)
                        .onSuccess(_ -> LOG.log(Level.INFO, "every owner knows the agents there are"))
                        .onFailure(cause -> {
                            if (left > 1) {
                                repeat(call, roster, left - 1);
                            } else {
                                LOG.log(Level.WARNING, "not every owner knows the agents there are", cause);
                            }
                        });
            }
        });
    }

    /* One after the other all the same: who gets messages knows its agents before who sends. */
    private Future<?> tell(long call, Roster roster) {
        Future<?> messaging = ask(call, Messaging.CONFIGURE, new Messaging.Configure(roster.agents()));
        Future<?> board = messaging.transform(
                (_, _) -> ask(call, Blackboard.CONFIGURE, new Blackboard.Configure(roster.agents())));
        Future<?> workflows =
                board.transform((_, _) -> ask(call, Workflows.CONFIGURE, new Workflows.Configure(roster.workflows())));
        Future<?> schedule = workflows.transform(
                (_, _) -> ask(call, Schedule.CONFIGURE, new Schedule.Configure(roster.jobs(), roster.agents())));
        return Future.join(messaging, board, workflows, schedule);
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
