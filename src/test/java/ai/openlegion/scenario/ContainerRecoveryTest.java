package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// What dies, and what becomes of agents in containers: the agent's process, the mesh with somebody at its containers
/// meanwhile, the engine.
@Timeout(400)
@ExtendWith(LogOnFailure.class)
@NeedsDocker
class ContainerRecoveryTest {

    private static final Duration LONG = Duration.ofSeconds(150);
    private static final String ALLOWED = "\"allowed_apis\": [\"llm\"]";
    private static final String IDLE = "runtime: docker, server: false, command: [sleep, '10000']";
    private static final String SETTINGS =
            "start_seconds: 200, health_seconds: 1, health_failures: 60, restart_backoff_seconds: 1,"
                    + " restarts_per_hour: 20, stop_seconds: 2";

    @Test
    void what_is_killed_comes_back_and_what_was_tampered_with_or_is_not_known_makes_way() throws Exception {
        int port = FreePort.find();
        try (Upstream upstream = Upstream.start()) {
            MeshHome home = MeshHome.in(upstream)
                    .supervision(SETTINGS)
                    .supervised("alpha", "runtime: docker", ALLOWED)
                    .supervised("privileged", IDLE, ALLOWED)
                    .supervised("mounted", IDLE, ALLOWED);
            Docker docker = Docker.of(home);
            String similar = idle(docker, docker.name() + "-alpha2", "other=1");
            String foreign = idle(docker, docker.name() + "-alpha-1", "openlegion.home=" + "0".repeat(64));
            try (Mesh first = Mesh.startAt(home, port)) {
                RunAgents agents = new RunAgents(first);
                agents.await("alpha", "ready");
                String killed = container(agents, "alpha");
                String old = docker.variable(killed, "MESH_AUTH_TOKEN");
                assertThat(models(agents, old)).isEqualTo(200);
                kill(Long.parseLong(docker.run("inspect", "--format", "{{.State.Pid}}", killed)));
                Eventually.until("the dead agent's token opens nothing", () -> models(agents, old) == 401);
                Eventually.until("it was started again", LONG, () -> agents.restarts("alpha") == 1);
                awaitState(agents, "alpha", "ready");
                String adopted = container(agents, "alpha");
                String token = docker.variable(adopted, "MESH_AUTH_TOKEN");
                assertThat(adopted).isNotEqualTo(killed);
                assertThat(models(agents, token)).isEqualTo(200);
                assertThat(models(agents, old)).isEqualTo(401);

                awaitState(agents, "privileged", "ready");
                awaitState(agents, "mounted", "ready");
                String privileged = container(agents, "privileged");
                String mounted = container(agents, "mounted");
                first.kill();
                JsonObject wide = new JsonObject().put("Privileged", true);
                JsonObject bound = new JsonObject().put("Binds", List.of("/etc:/host:ro"));
                privileged = remade(docker, privileged, "privileged", wide, Map.of());
                mounted = remade(docker, mounted, "mounted", bound, Map.of());
                String ghost = remade(docker, adopted, "ghost", new JsonObject(), Map.of("openlegion.agent", "ghost"));

                try (Mesh second = Mesh.startAt(home, port)) {
                    RunAgents again = new RunAgents(second);
                    awaitState(again, "alpha", "ready");
                    assertThat(container(again, "alpha")).as("goes on as it is").isEqualTo(adopted);
                    assertThat(models(again, token)).isEqualTo(200);
                    for (String gone : List.of(privileged, mounted, ghost)) {
                        Eventually.until(
                                "it was removed", () -> !docker.containers().contains(gone));
                    }
                    awaitState(again, "privileged", "ready");
                    awaitState(again, "mounted", "ready");
                    assertThat(second.log())
                            .containsPattern("not adopted agent=privileged why=\"[^\"]*Privileged")
                            .containsPattern("not adopted agent=mounted why=\"[^\"]*(Binds|mount)")
                            .contains("not adopted agent=ghost");
                    assertThat(docker.containers()).hasSize(3);

                    second.terminate();
                    assertThat(second.awaitExit()).isZero();
                    assertThat(docker.containers()).isEmpty();
                    assertThat(docker.networks()).isEmpty();
                    assertThat(docker.rules()).isEmpty();
                    assertThat(docker.isRunning(similar)).as("a similar name").isTrue();
                    assertThat(docker.isRunning(foreign)).as("another home's").isTrue();
                }
            } finally {
                var _ = docker.run("rm", "--force", similar, foreign);
                docker.sweep();
            }
        }
    }

    @Test
    void an_engine_that_is_killed_takes_the_gateway_nowhere_and_its_agents_come_back_with_it() throws Exception {
        try (Upstream upstream = Upstream.start();
                OwnEngine engine = OwnEngine.start()) {
            MeshHome home = MeshHome.in(upstream)
                    .variable("DOCKER_HOST", "unix://" + engine.socket())
                    .supervision(SETTINGS + ", engine_seconds: 5")
                    .agent("outside", "10")
                    .supervised("alpha", "runtime: docker", ALLOWED);
            Docker docker = Docker.at(engine.socket(), home);
            try (Mesh mesh = Mesh.start(home)) {
                RunAgents agents = new RunAgents(mesh);
                awaitState(agents, "alpha", "ready");
                String first = container(agents, "alpha");
                long pid = Long.parseLong(docker.run("inspect", "--format", "{{.State.Pid}}", first));

                engine.kill();
                Eventually.until(
                        "the mesh notices", LONG, () -> agents.state("alpha").equals("unhealthy"));
                for (int call = 0; call < 20; call++) {
                    assertThat(mesh.get("outside", "/healthz").status()).isEqualTo(200);
                    assertThat(mesh.chat("outside", Chat.with("tokens=5")).status())
                            .isEqualTo(200);
                }
                assertThat(mesh.alive()).isTrue();

                engine.again();
                Eventually.until(
                        "it is back",
                        LONG,
                        () -> agents.state("alpha").equals("ready") && docker.isRunning(container(agents, "alpha")));
                assertThat(new Hands(mesh, "alpha").command("echo alive")).isEqualTo("alive");
                assertThat(docker.containers()).containsExactly(container(agents, "alpha"));
                assertThat(container(agents, "alpha").equals(first)
                                || ProcessHandle.of(pid)
                                        .filter(ProcessHandle::isAlive)
                                        .isEmpty())
                        .as("nothing of the old container runs")
                        .isTrue();

                mesh.terminate();
                assertThat(mesh.awaitExit()).isZero();
                assertThat(docker.containers()).isEmpty();
                assertThat(docker.networks()).isEmpty();
                assertThat(docker.rules()).isEmpty();
            } finally {
                docker.sweep();
            }
        }
    }

    private static String idle(Docker docker, String name, String label) {
        return docker.run(
                "run",
                "--detach",
                "--network",
                "none",
                "--name",
                name,
                "--label",
                label,
                "--entrypoint",
                "sleep",
                NeedsDocker.IMAGE,
                "10000");
    }

    /// Removes a container and makes it anew by hand, the same but for what is said; for another agent it is added.
    private static String remade(
            Docker docker, String container, String agent, JsonObject more, Map<String, String> labels)
            throws IOException {
        JsonObject shown = new io.vertx.core.json.JsonArray(docker.run("inspect", container)).getJsonObject(0);
        if (labels.isEmpty()) {
            docker.run("rm", "--force", container);
        }
        JsonObject body = shown.getJsonObject("Config").copy();
        body.put("HostConfig", shown.getJsonObject("HostConfig").copy().mergeIn(more));
        labels.forEach((name, value) -> body.getJsonObject("Labels").put(name, value));
        Path file = Files.createTempFile("openlegion-container-", ".json");
        Files.writeString(file, body.encode());
        String made = Docker.program(List.of(
                        "curl",
                        "--silent",
                        "--unix-socket",
                        docker.socket().toString(),
                        "--header",
                        "Content-Type: application/json",
                        "--data",
                        "@" + file,
                        "http://engine/containers/create?name=" + docker.name() + "-" + agent))
                .output();
        Files.delete(file);
        String id = new JsonObject(made).getString("Id");
        assertThat(id).as(made).isNotNull();
        docker.run("start", id);
        return id;
    }

    private static void kill(long pid) {
        assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
    }

    private static int models(RunAgents agents, String token) {
        return agents.request(token, "GET", "/v1/models", null).status();
    }

    private static void awaitState(RunAgents agents, String agent, String state) {
        Eventually.until(agent + " is " + state, LONG, () -> agents.state(agent).equals(state));
    }

    private static String container(RunAgents agents, String agent) {
        JsonObject found = agents.find(agent);
        return found == null ? "" : found.getString("container", "");
    }
}
