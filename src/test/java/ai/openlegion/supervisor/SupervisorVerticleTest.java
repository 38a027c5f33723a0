package ai.openlegion.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.Condition;
import ai.openlegion.runtime.RuntimeFault;
import ai.openlegion.scenario.Eventually;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of agents when their engine, or what they keep on it, fails.
@Timeout(120)
final class SupervisorVerticleTest {

    @TempDir
    private Path folder;

    private SupervisorRig rig;

    @BeforeEach
    void build() throws Exception {
        rig = new SupervisorRig(folder);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void when_an_engine_is_lost_its_agents_wait_and_when_it_is_back_only_those_start_again_that_went_with_it()
            throws Exception {
        rig.agent("alpha", RuntimeKind.DOCKER)
                .agent("beta", RuntimeKind.DOCKER)
                .agent("gamma", RuntimeKind.PROCESS)
                .start();
        rig.await("alpha", "ready");
        rig.await("beta", "ready");
        rig.await("gamma", "ready");
        String alpha = rig.instance("alpha");
        String beta = rig.instance("beta");

        rig.docker.dead = true;
        rig.await("alpha", "unhealthy");
        rig.await("beta", "unhealthy");
        Eventually.until(
                "it is audited",
                () -> rig.audited().stream().anyMatch(entry -> entry.startsWith("agent.unhealthy beta done: ")));
        assertThat(rig.agent("alpha").why()).contains("cannot be reached");
        assertThat(rig.state("gamma")).as("of another engine").isEqualTo("ready");

        rig.docker.lose("alpha");
        rig.docker.leave("nobody's", "alpha");
        rig.docker.dead = false;
        Eventually.until("alpha was started again", () -> rig.agent("alpha").restarts() == 1);
        rig.await("alpha", "ready");
        rig.await("beta", "ready");
        assertThat(rig.instance("alpha")).isNotEqualTo(alpha);
        assertThat(rig.instance("beta")).isEqualTo(beta);
        assertThat(rig.agent("beta").restarts()).isZero();
        Eventually.until(
                "what nobody started is removed", () -> !rig.docker.there().contains("nobody's"));
        assertThat(rig.history).doesNotContain("gamma unhealthy");
    }

    @Test
    void what_fails_for_one_agent_while_the_engine_answers_is_that_agents_fault_alone() throws Exception {
        rig.docker.startless.add("bad");
        rig.docker.immeasurable.add("huge");
        rig.agent("good", RuntimeKind.DOCKER)
                .agent("bad", RuntimeKind.DOCKER)
                .agent("huge", RuntimeKind.DOCKER)
                .start();
        rig.await("good", "ready");
        rig.await("bad", "failed");
        assertThat(rig.agent("bad").why()).contains("did not come up in time").contains("started again 2 times");
        Eventually.until("it is not looked at for ever", () -> rig.history.contains("huge restarting"));
        assertThat(rig.history).doesNotContain("good unhealthy");
        assertThat(rig.agent("good").restarts()).isZero();
    }

    @Test
    void an_agent_whose_volume_holds_more_than_it_may_has_failed() throws Exception {
        rig.agent("alpha", RuntimeKind.DOCKER).agent("beta", RuntimeKind.DOCKER).start();
        rig.await("alpha", "ready");
        rig.docker.bytes.put("alpha", 1_000L);
        rig.docker.bytes.put("beta", 1_001L);
        rig.await("beta", "failed");
        assertThat(rig.agent("beta").why()).isEqualTo("disk: 1001 of 1000 bytes");
        Eventually.until("it is stopped", () -> rig.docker.there().size() == 1);
        assertThat(rig.state("alpha")).isEqualTo("ready");
        Eventually.until(
                "it is audited", () -> rig.audited().contains("agent.failed beta done: disk: 1001 of 1000 bytes"));
    }

    @Test
    void a_program_without_a_server_is_ready_while_it_runs_and_rests_when_it_has_finished() throws Exception {
        rig.agent("alpha", RuntimeKind.DOCKER).start();
        rig.await("alpha", "ready");
        rig.docker.end("alpha", Condition.exited(3), true);
        Eventually.until("it was started again", () -> rig.agent("alpha").restarts() == 1);
        rig.await("alpha", "ready");
        rig.docker.end("alpha", Condition.exited(0), true);
        rig.await("alpha", "absent");
        assertThat(rig.docker.there()).isEmpty();
        assertThat(rig.docker.starts).hasValue(2);
    }

    @Test
    void a_runtime_that_hangs_keeps_nobody_else_waiting() throws Exception {
        rig.agent("alpha", RuntimeKind.DOCKER)
                .agent("beta", RuntimeKind.PROCESS)
                .start();
        rig.await("alpha", "ready");
        rig.await("beta", "ready");
        rig.docker.hanging = true;
        rig.await("alpha", "unhealthy");
        assertThat(rig.agent("alpha").why()).contains("did not answer within");
        rig.process.end("beta", Condition.exited(1), true);
        Eventually.until("beta was started again", () -> rig.agent("beta").restarts() == 1);
        rig.await("beta", "ready");
        rig.docker.hanging = false;
        rig.await("alpha", "ready");
        assertThat(rig.agent("alpha").restarts()).isZero();
    }

    @Test
    void where_the_mesh_cannot_listen_for_them_agents_are_not_started() throws Exception {
        rig.docker.listenOn = "192.0.2.1"; // kept for documentation: no machine has it
        rig.listen = host -> rig.vertx
                .createHttpServer()
                .requestHandler(request -> request.response().end())
                .listen(0, host)
                .mapEmpty();
        rig.agent("alpha", RuntimeKind.DOCKER).start();
        rig.await("alpha", "failed");
        assertThat(rig.agent("alpha").why()).startsWith("the mesh cannot listen on 192.0.2.1");
        assertThat(rig.docker.starts).hasValue(0);

        rig.docker.listenOn = "127.0.0.1";
        rig.order("alpha", Supervisor.Order.START);
        rig.await("alpha", "ready");
    }

    @Test
    void a_lowered_level_is_shown_to_the_operator_and_audited() throws Exception {
        String lowered = "no sandbox here: agents run in hardened containers instead";
        rig.remarks.add(lowered);
        rig.agent("alpha", RuntimeKind.AUTO).start();
        rig.await("alpha", "ready");
        assertThat(rig.read().remarks()).contains(lowered);
        Eventually.until("it is audited", () -> rig.audited().contains("runtime.remark auto " + lowered));
    }

    @Test
    void a_mesh_whose_agents_cannot_be_isolated_as_asked_does_not_start() {
        rig.agent("alpha", RuntimeKind.SANDBOX);
        assertThatThrownBy(rig::start).isInstanceOf(RuntimeFault.class).hasMessage("no sandbox: install one");
    }

    @Test
    void what_an_earlier_mesh_left_is_removed_however_often_that_fails_and_its_agent_waits() throws Exception {
        rig.docker.leave("old", "alpha");
        rig.docker.stubborn.set(1);
        rig.agent("alpha", RuntimeKind.DOCKER).agent("beta", RuntimeKind.DOCKER).start();
        rig.await("beta", "ready");
        Eventually.until("the first try failed", () -> rig.docker.stubborn.get() == 0);
        assertThat(rig.docker.there()).contains("old");
        assertThat(rig.state("alpha")).isEqualTo("absent");
        rig.ahead.addAndGet(Lifecycle.STOP_AGAIN_MILLIS);
        rig.await("alpha", "ready");
        assertThat(rig.docker.there()).doesNotContain("old");
        Eventually.until(
                "it is audited",
                () -> rig.audited().stream().anyMatch(entry -> entry.startsWith("agent.replace alpha done: ")));
    }

    @Test
    void only_an_agent_that_is_there_can_spawn_and_nothing_stays_where_it_ends_meanwhile() throws Exception {
        rig.agent("alpha", RuntimeKind.DOCKER).start();
        rig.await("alpha", "ready");
        rig.order("alpha", Supervisor.Order.STOP);
        assertThat(SupervisorRig.await(spawn())).isEqualTo(new Supervisor.Refused(403, "The agent has ended"));

        rig.order("alpha", Supervisor.Order.START);
        rig.await("alpha", "ready");
        Promise<Void> told = Promise.promise();
        rig.census = _ -> told.future();
        Future<Supervisor.Spawned> child = spawn();
        Eventually.until("the child is known", () -> rig.docker.there().size() == 1);
        rig.order("alpha", Supervisor.Order.RESTART);
        rig.await("alpha", "ready");
        told.complete();
        assertThat(SupervisorRig.await(child)).isEqualTo(new Supervisor.Refused(403, "The agent has ended"));
        assertThat(rig.read().agents()).hasSize(1);
        assertThat(rig.docker.starts).as("of alpha alone").hasValue(3);
    }

    @Test
    void the_stop_of_a_mesh_ends_every_agent() throws Exception {
        for (String each : List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")) {
            rig.agent(each, RuntimeKind.DOCKER);
        }
        rig.start();
        rig.await("j", "ready");
        rig.docker.stubborn.set(3);
        rig.stop();
        assertThat(rig.docker.there()).isEmpty();
    }

    private Future<Supervisor.Spawned> spawn() {
        return rig.bus.ask(Supervisor.SPAWN, new Supervisor.Spawn(new AgentId("alpha"), "helper", null, 600, ""));
    }
}
