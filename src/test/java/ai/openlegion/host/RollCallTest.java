package ai.openlegion.host;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.blackboard.Blackboard;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.schedule.Schedule;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Owners of which one fails when it is told which agents there are.
final class RollCallTest {

    private static final Set<AgentId> OLD = Set.of(new AgentId("writer"), new AgentId("reader"));
    private static final Set<AgentId> NEW = Set.of(new AgentId("writer"));

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    private final RollCall calls = new RollCall(vertx, bus, 10);
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger boards = new AtomicInteger();
    private final BlockingQueue<Set<AgentId>> known = new LinkedBlockingQueue<>();
    private final BlockingQueue<Set<AgentId>> scheduled = new LinkedBlockingQueue<>();

    @BeforeEach
    void serve() throws Exception {
        Future.all(
                        bus.serve(Messaging.CONFIGURE, _ -> Future.succeededFuture(new Messaging.Configured())),
                        bus.serve(Blackboard.CONFIGURE, asked -> {
                            boards.incrementAndGet();
                            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                                return Future.failedFuture("the store is stuck");
                            }
                            known.add(asked.agents());
                            return Future.succeededFuture(new Blackboard.Configured());
                        }),
                        bus.serve(Workflows.CONFIGURE, _ -> Future.succeededFuture(new Workflows.Configured())),
                        bus.serve(Schedule.CONFIGURE, asked -> {
                            scheduled.add(asked.agents());
                            return Future.succeededFuture(new Schedule.Configured());
                        }))
                .await(30, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    @Test
    void an_owner_behind_one_that_fails_is_told_all_the_same_and_the_failed_one_again() throws Exception {
        failures.set(2);
        Future<?> told = calls.insist(roster(NEW));
        assertThat(ended(told).failed()).isTrue();
        assertThat(scheduled.poll(30, TimeUnit.SECONDS)).isEqualTo(NEW);
        assertThat(known.poll(30, TimeUnit.SECONDS)).isEqualTo(NEW);
        assertThat(boards).hasValue(3);
    }

    @Test
    void what_may_be_refused_yet_is_told_to_nobody_behind_a_failure() throws Exception {
        failures.set(1);
        assertThat(ended(calls.announce(roster(OLD))).failed()).isTrue();
        assertThat(scheduled).isEmpty();
    }

    @Test
    void what_is_told_later_ends_the_repetition() throws Exception {
        failures.set(1);
        assertThat(ended(calls.insist(roster(OLD))).failed()).isTrue();
        assertThat(ended(calls.tell(roster(NEW))).succeeded()).isTrue();
        // longer than the repetition would have taken
        vertx.timer(100, TimeUnit.MILLISECONDS).await(30, TimeUnit.SECONDS);
        assertThat(known).last().isEqualTo(NEW);
        assertThat(scheduled).last().isEqualTo(NEW);
    }

    private static RollCall.Roster roster(Set<AgentId> agents) {
        return new RollCall.Roster(agents, Map.of(), List.of());
    }

    private static Future<?> ended(Future<?> future) throws Exception {
        var _ = future.otherwiseEmpty().await(30, TimeUnit.SECONDS);
        return future;
    }
}
