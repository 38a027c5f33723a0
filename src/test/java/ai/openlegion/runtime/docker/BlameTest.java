package ai.openlegion.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Resources;
import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.Launch;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.runtime.RuntimeFault.Kind;
import ai.openlegion.scenario.NeedsDocker;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Whose fault it is: one agent's is never taken for the engine's, which would stop the fleet.
@NeedsDocker
@Timeout(120)
class BlameTest {

    @Test
    void what_the_engine_refuses_one_agent_is_not_taken_for_the_loss_of_the_engine() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Resources greedy = new Resources(256L << 20, 1_000_000, 128, 1L << 30);
            RuntimeFault cpus = Fleet.fault(fleet.runtime.start(new Launch(
                    new AgentId("greedy"),
                    "s",
                    new Agent.Program(null, List.of("sleep", "600"), greedy, true),
                    Fleet.ENVIRONMENT)));
            assertThat(cpus.kind()).isEqualTo(Kind.UNSTARTABLE);
            assertThat(cpus).hasMessageContaining("1000.0 processors");

            Resources tiny = new Resources(1L << 20, 500, 128, 1L << 30);
            RuntimeFault memory = Fleet.fault(fleet.runtime.start(new Launch(
                    new AgentId("tiny"),
                    "s",
                    new Agent.Program(null, List.of("sleep", "600"), tiny, true),
                    Fleet.ENVIRONMENT)));
            assertThat(memory.kind()).isEqualTo(Kind.UNSTARTABLE);
            assertThat(memory).hasMessageContaining("refused").hasMessageContaining("emory");

            assertThat(Fleet.fault(fleet.runtime.diskBytes("0123456789abcdef")).kind())
                    .isEqualTo(Kind.UNSTARTABLE);
        }
    }

    @Test
    void a_volume_that_takes_too_long_to_measure_is_immeasurable_and_the_engine_is_not_lost() throws Exception {
        try (Fleet fleet = new Fleet(null)) {
            fleet.prepare();
            Engine engine = new Engine(fleet.vertx, DockerSettings.USUAL_ENGINE, Fleet.CALL);
            CountDownLatch never = new CountDownLatch(1);
            Duration brief = Duration.ofMillis(200);

            List<Future<Long>> slow = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                slow.add(engine.aside("measuring", Fleet.CALL, Fleet.CALL, 2L, 3L, _ -> {
                    never.await();
                    return 1L;
                }));
            }
            Future<Long> unheard = engine.aside("measuring", brief, brief, 2L, 3L, _ -> 1L);
            assertThat(Fleet.await(unheard)).as("its turn did not come").isEqualTo(3L);
            boolean answers = Fleet.await(engine.call("pinging", talk -> {
                talk.ping();
                return true;
            }));
            assertThat(answers).as("others are not kept waiting").isTrue();
            never.countDown();
            for (Future<Long> one : slow) {
                assertThat(Fleet.await(one)).isEqualTo(1L);
            }
            Future<Long> late = engine.aside("measuring", Fleet.CALL, brief, 2L, 3L, _ -> {
                new CountDownLatch(1).await();
                return 1L;
            });
            assertThat(Fleet.await(late)).as("its time was up").isEqualTo(2L);
            Fleet.await(engine.close());
        }
    }
}
