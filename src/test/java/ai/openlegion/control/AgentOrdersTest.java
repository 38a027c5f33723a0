package ai.openlegion.control;

import static ai.openlegion.control.ControlRig.RESEARCHER;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditReader;
import ai.openlegion.budget.Limits;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.runtime.AgentRuntime.LogStream;
import ai.openlegion.scenario.Eventually;
import ai.openlegion.supervisor.Supervisor;
import ai.openlegion.task.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The operator's listener over a supervisor's door that the test serves: what is told of agents, and what is ordered.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AgentOrdersTest {

    private static final AgentId WORKER = new AgentId("worker");
    private static final AgentId CHILD = new AgentId("worker-1");

    @TempDir
    Path folder;

    private ControlRig rig;

    @BeforeEach
    void starts() throws Exception {
        rig = new ControlRig(folder);
        Fleet now = rig.fleet.current();
        Map<AgentId, Agent> agents = new LinkedHashMap<>(now.agents());
        agents.put(WORKER, agent(WORKER, null));
        agents.put(CHILD, agent(CHILD, WORKER));
        rig.fleet.swap(new Fleet(
                now.revision(),
                agents,
                now.policy(),
                now.catalogue(),
                now.vault(),
                now.tokens(),
                now.hooks(),
                now.fleetLimits(),
                Map.of()));
    }

    @AfterEach
    void stops() throws Exception {
        rig.close();
    }

    private static Agent agent(AgentId id, @Nullable AgentId parent) {
        return new Agent(
                id,
                "work",
                "openai/gpt-4o",
                List.of(),
                RuntimeKind.DOCKER,
                Agent.Program.OWN,
                Limits.NONE,
                null,
                "",
                parent);
    }

    @Test
    void an_agent_that_nobody_supervises_is_unknown_and_the_external_one_stays_ready() throws Exception {
        assertThat(rig.get("/control/agents").array().getJsonObject(1)).isEqualTo(new JsonObject("""
                        {"id": "worker", "role": "work", "model": "openai/gpt-4o", "runtime": "docker",
                         "boundary": "unknown", "state": "unknown", "started_at": null, "restarts": 0,
                         "tokens_today": 0, "cost_today_usd": 0}
                        """));
        assertThat(rig.get("/control/agents").array().getJsonObject(0).getString("state"))
                .isEqualTo("ready");
    }

    @Test
    void a_supervised_agent_is_told_in_full() throws Exception {
        rig.serve(
                Supervisor.READ,
                new AtomicReference<>(new Supervisor.Agents(
                        List.of(
                                new Supervisor.Standing(
                                        WORKER,
                                        "runsc",
                                        "user-space kernel",
                                        "busy",
                                        "",
                                        "c0ffee",
                                        "http://10.1.0.2:8400",
                                        1_795_341_600_000L,
                                        2,
                                        null,
                                        0),
                                new Supervisor.Standing(
                                        CHILD,
                                        "docker",
                                        "shared kernel",
                                        "failed",
                                        "exit code 1",
                                        null,
                                        null,
                                        0,
                                        0,
                                        WORKER,
                                        1_795_341_660_000L)),
                        List.of("the host filter is off"))));
        rig.serve(
                Tasks.RUNNING,
                new AtomicReference<>(new Tasks.Running(List.of(task("t-1", "running"), task("t-2", "queued")))));

        assertThat(rig.get("/control/agents").array().getJsonObject(1)).isEqualTo(new JsonObject("""
                        {"id": "worker", "role": "work", "model": "openai/gpt-4o", "runtime": "runsc",
                         "boundary": "user-space kernel", "state": "busy", "container": "c0ffee",
                         "address": "http://10.1.0.2:8400", "started_at": "2026-11-22T10:00:00Z", "restarts": 2,
                         "current_task": "t-1", "tokens_today": 0, "cost_today_usd": 0}
                        """));
        assertThat(rig.get("/control/agents").array().getJsonObject(2)).isEqualTo(new JsonObject("""
                        {"id": "worker-1", "role": "work", "model": "openai/gpt-4o", "runtime": "docker",
                         "boundary": "shared kernel", "state": "failed", "why": "exit code 1", "started_at": null,
                         "restarts": 0, "parent": "worker", "expires_at": "2026-11-22T10:01:00Z", "tokens_today": 0,
                         "cost_today_usd": 0}
                        """));
        assertThat(rig.get("/control/status").json().getJsonArray("remarks")).containsExactly("the host filter is off");
    }

    private static Tasks.Task task(String id, String status) {
        return new Tasks.Task(id, WORKER, "", "", "x", status, null, null, null, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void orders_are_accepted_refused_or_unknown_and_each_is_audited() throws Exception {
        AtomicReference<Supervisor.Commanded> next =
                new AtomicReference<>(new Supervisor.Commanded(Supervisor.Outcome.DONE, "stopping", ""));
        rig.serve(Supervisor.COMMAND, next);

        RawHttp.Response stopped = rig.ask("POST", "/control/agents/worker/stop", "");
        assertThat(stopped.status()).isEqualTo(202);
        assertThat(stopped.body()).isEqualTo("{\"id\":\"worker\",\"state\":\"stopping\"}");
        assertThat(rig.asked).contains(new Supervisor.Command(WORKER, Supervisor.Order.STOP));

        next.set(new Supervisor.Commanded(Supervisor.Outcome.REFUSED, "ready", "researcher is external"));
        RawHttp.Response refused = rig.ask("POST", "/control/agents/researcher/restart", "");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.detail()).isEqualTo("researcher is external");
        assertThat(rig.asked).contains(new Supervisor.Command(RESEARCHER, Supervisor.Order.RESTART));

        next.set(new Supervisor.Commanded(Supervisor.Outcome.UNKNOWN_AGENT, "", ""));
        assertThat(rig.ask("POST", "/control/agents/ghost/start", "").status()).isEqualTo(404);
        assertThat(rig.ask("POST", "/control/agents/%2e%2e/start", "").status()).isEqualTo(404);

        Boolean written = ControlRig.await(rig.database.write(connection -> true));
        assertThat(written).isTrue();
        assertThat(ControlRig.await(rig.database.write(connection -> AuditReader.read(connection, 1, 100))).stream()
                        .map(recorded -> recorded.entry().action() + " "
                                + recorded.entry().resource() + " "
                                + recorded.entry().decision()))
                .contains(
                        "agent.stop worker allowed",
                        "agent.restart researcher refused: researcher is external",
                        "agent.start ghost refused: unknown agent");
    }

    @Test
    void progress_shows_with_the_status_until_an_agent_gets_on() throws Exception {
        rig.bus.publish(Supervisor.PROGRESSED, new Supervisor.Progressed(null, "building the image: step 3"));
        rig.bus.publish(Supervisor.PROGRESSED, new Supervisor.Progressed(WORKER, "making its volume"));
        Eventually.until(
                "both steps are told",
                () -> progress().equals(List.of("building the image: step 3", "worker: making its volume")));

        rig.bus.publish(Supervisor.CHANGED, new Supervisor.Changed(WORKER, "creating", "starting", ""));
        rig.bus.publish(Supervisor.CHANGED, new Supervisor.Changed(WORKER, "starting", "ready", ""));
        Eventually.until("nothing is under way", () -> progress().isEmpty());
    }

    private List<?> progress() {
        try {
            return rig.get("/control/status").json().getJsonArray("progress").getList();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    @Test
    void logs_come_byte_by_byte_and_end_with_their_reader() throws Exception {
        assertThat(rig.get("/control/agents/researcher/logs").status()).isEqualTo(409);
        assertThat(rig.get("/control/agents/worker/logs").status()).isEqualTo(503);
        assertThat(rig.get("/control/agents/worker/logs?tail=10001").status()).isEqualTo(400);
        assertThat(rig.get("/control/agents/ghost/logs").status()).isEqualTo(404);

        Lines lines = new Lines();
        rig.logs.set((agent, tail, follow) -> {
            assertThat(agent).isEqualTo(WORKER);
            assertThat(tail).isEqualTo(7);
            assertThat(follow).isTrue();
            return Future.succeededFuture(lines);
        });
        try (RawHttp http = new RawHttp(rig.port())) {
            http.send("GET /control/agents/worker/logs?tail=7&follow=true HTTP/1.1\r\nHost: localhost:" + rig.port()
                    + "\r\nAuthorization: Bearer " + ControlRig.OPERATOR_TOKEN + "\r\n\r\n");
            RawHttp.Response head = http.receiveHead();
            assertThat(head.header("content-type")).isEqualTo("text/plain; charset=utf-8");
            assertThat(head.header("x-content-type-options")).isEqualTo("nosniff");
        }
        Eventually.until("the stream is closed", lines.closed::get);
    }

    /// Output that never comes.
    private static final class Lines implements LogStream {
        private final AtomicBoolean closed = new AtomicBoolean();

        @Override
        public void close() {
            closed.set(true);
        }

        @Override
        public LogStream exceptionHandler(@Nullable Handler<Throwable> handler) {
            return this;
        }

        @Override
        public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
            return this;
        }

        @Override
        public ReadStream<Buffer> pause() {
            return this;
        }

        @Override
        public ReadStream<Buffer> resume() {
            return this;
        }

        @Override
        public ReadStream<Buffer> fetch(long amount) {
            return this;
        }

        @Override
        public ReadStream<Buffer> endHandler(@Nullable Handler<Void> handler) {
            return this;
        }
    }
}
