package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Agents that the mesh runs, as real processes of the agent that comes along.
@Timeout(300)
@ExtendWith(LogOnFailure.class)
class SupervisedAgentTest {

    private static final String AGENT = "runtime: process, resources: {memory: 256m}";
    private static final String ALLOWED = "\"allowed_apis\": [\"llm\"]";

    @Test
    void an_agent_that_is_killed_is_started_again_with_another_token_and_stop_leaves_none_behind() throws Exception {
        try (Upstream upstream = Upstream.start();
                Mesh mesh = Mesh.start(MeshHome.in(upstream)
                        .supervision("restart_backoff_seconds: 1")
                        .supervised("alpha", AGENT, ALLOWED))) {
            RunAgents agents = new RunAgents(mesh);
            agents.await("alpha", "ready");
            String first = agents.token("alpha");
            assertThat(agents.request(first, "GET", "/v1/models", null).status())
                    .isEqualTo(200);
            assertThat(agents.environment("alpha", "OPENAI_API_KEY")).isEqualTo(first);
            assertThat(agents.environment("alpha", "LLM_CONTEXT_TOKENS")).isEqualTo("128000");

            long pid = agents.pid("alpha");
            assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
            Eventually.until(
                    "the dead agent's token opens nothing",
                    () -> agents.request(first, "GET", "/v1/models", null).status() == 401);
            Eventually.until("it was started again", () -> agents.restarts("alpha") == 1);
            agents.await("alpha", "ready");
            String second = agents.token("alpha");
            assertThat(second).isNotEqualTo(first);
            assertThat(agents.request(second, "GET", "/v1/models", null).status())
                    .isEqualTo(200);
            assertThat(agents.request(first, "GET", "/v1/models", null).status())
                    .isEqualTo(401);

            long last = agents.pid("alpha");
            mesh.terminate();
            assertThat(mesh.awaitExit()).isZero();
            assertThat(ProcessHandle.of(last).filter(ProcessHandle::isAlive)).isEmpty();
        }
    }

    @Test
    void a_stopped_agents_token_is_dead_and_the_stream_it_opened_is_cut() throws Exception {
        try (Upstream upstream = Upstream.start();
                Mesh mesh = Mesh.start(MeshHome.in(upstream).supervised("alpha", AGENT, ALLOWED))) {
            RunAgents agents = new RunAgents(mesh);
            agents.await("alpha", "ready");
            String token = agents.token("alpha");
            EventStream running = agents.stream(token, Chat.with("tokens=4000 pace=50"));
            assertThat(running.next()).isNotNull();
            agents.order("alpha", "stop");
            assertThat(agents.request(token, "GET", "/v1/models", null).status())
                    .isEqualTo(401);
            CutShape.assertCut(running.all(), "agent_revoked");
            agents.await("alpha", "absent");
            agents.order("alpha", "start");
            agents.await("alpha", "ready");
        }
    }

    @Test
    void a_reload_starts_what_is_new_replaces_what_has_changed_and_stops_what_is_gone() throws Exception {
        try (Upstream upstream = Upstream.start();
                Mesh mesh = Mesh.start(MeshHome.in(upstream)
                        .supervised("alpha", AGENT, ALLOWED)
                        .supervised("beta", AGENT, ALLOWED))) {
            RunAgents agents = new RunAgents(mesh);
            agents.await("alpha", "ready");
            agents.await("beta", "ready");
            String alpha = agents.token("alpha");
            long beta = agents.pid("beta");
            String betaToken = agents.token("beta");

            mesh.home()
                    .supervised("alpha", AGENT + ", instructions: \"Be brief\"", ALLOWED)
                    .withoutAgent("beta")
                    .supervised("gamma", AGENT, ALLOWED)
                    .write();
            mesh.reload();
            assertThat(agents.request(betaToken, "GET", "/v1/models", null).status())
                    .isEqualTo(401);
            agents.await("gamma", "ready");
            agents.await("alpha", "ready");
            assertThat(agents.environment("alpha", "INITIAL_INSTRUCTIONS")).isEqualTo("Be brief");
            assertThat(agents.request(alpha, "GET", "/v1/models", null).status())
                    .isEqualTo(401);
            Eventually.until(
                    "beta's process has ended",
                    () -> ProcessHandle.of(beta).filter(ProcessHandle::isAlive).isEmpty());
        }
    }

    @Test
    void a_spawned_agent_has_no_more_than_its_parent_and_spends_its_money() throws Exception {
        try (Upstream upstream = Upstream.start();
                Mesh mesh = Mesh.start(MeshHome.in(upstream)
                        .agent("other", "1")
                        .supervised("alpha", AGENT, ALLOWED + ", \"can_spawn\": true"))) {
            RunAgents agents = new RunAgents(mesh);
            agents.await("alpha", "ready");
            String parent = agents.token("alpha");
            JsonObject wish = new JsonObject().put("role", "helper").put("ttl", 600);
            assertThat(mesh.post("other", "/mesh/spawn", wish).status()).isEqualTo(403);
            assertThat(spawn(agents, parent, wish.copy().put("ttl", 0)).status())
                    .isEqualTo(422);
            assertThat(spawn(agents, parent, wish.copy().put("ttl", 86_401)).status())
                    .isEqualTo(422);
            assertThat(spawn(agents, parent, wish.copy().put("model", "unpriced/x"))
                            .status())
                    .isEqualTo(422);
            assertThat(spawn(agents, parent, wish.copy().put("model", "sim/free-input"))
                            .status())
                    .as("the parent may not use it")
                    .isEqualTo(403);

            Reply born = spawn(agents, parent, wish);
            assertThat(born.status()).as(born.body()).isEqualTo(200);
            String child = born.json().getString("agent_id");
            assertThat(child).matches("alpha-[a-z0-9]{6}");
            assertThat(born.json().fieldNames()).isEqualTo(Set.of("agent_id", "role", "state", "expires_at"));
            agents.await(child, "ready");
            String token = agents.token(child);
            assertThat(spawn(agents, token, wish).status()).as("one level deep").isEqualTo(403);

            long before = mesh.settledSpend("alpha").spent();
            assertThat(agents.request(token, "POST", "/v1/chat/completions", Chat.with("tokens=100"))
                            .status())
                    .isEqualTo(200);
            assertThat(mesh.settledSpend("alpha").spent()).isGreaterThan(before);
            assertThat(mesh.control("GET", "/control/budgets", null).json().getJsonArray("agents").stream()
                            .map(each -> ((JsonObject) each).getString("agent"))
                            .collect(Collectors.toSet()))
                    .doesNotContain(child);

            agents.order("alpha", "stop");
            assertThat(agents.request(token, "GET", "/v1/models", null).status())
                    .as("gone with its parent")
                    .isEqualTo(401);
            Eventually.until("nobody knows it", () -> agents.find(child) == null);
        }
    }

    @Test
    void a_spawned_agent_ends_at_its_time_and_only_so_many_are_alive() throws Exception {
        try (Upstream upstream = Upstream.start();
                Mesh mesh = Mesh.start(MeshHome.in(upstream)
                        .supervision("spawned_agents: 2")
                        .supervised("alpha", AGENT, ALLOWED + ", \"can_spawn\": true"))) {
            RunAgents agents = new RunAgents(mesh);
            agents.await("alpha", "ready");
            String parent = agents.token("alpha");
            JsonObject wish = new JsonObject().put("role", "helper").put("ttl", 600);
            String lasting = spawn(agents, parent, wish).json().getString("agent_id");
            String brief =
                    spawn(agents, parent, wish.copy().put("ttl", 8)).json().getString("agent_id");
            assertThat(spawn(agents, parent, wish).status()).isEqualTo(409);
            Eventually.until("its time is over", () -> agents.find(brief) == null);
            agents.await(lasting, "ready");
            Eventually.until(
                    "there is room again", () -> spawn(agents, parent, wish).status() == 200);
        }
    }

    @Test
    @NeedsDocker
    void a_mesh_that_lacks_the_isolation_asked_for_ends_with_exit_code_3_and_says_what_to_install() throws Exception {
        MeshHome home = MeshHome.withoutUpstream()
                .supervision("sandbox: [kata]")
                .supervised("alpha", "runtime: sandbox", ALLOWED)
                .write();
        try (Mesh mesh = Mesh.launch(home)) {
            assertThat(mesh.awaitExit()).isEqualTo(3);
            assertThat(mesh.log()).contains("kata").contains("install").doesNotContain("Exception");
        }
    }

    private static Reply spawn(RunAgents agents, String token, JsonObject wish) {
        return agents.request(token, "POST", "/mesh/spawn", wish);
    }
}
