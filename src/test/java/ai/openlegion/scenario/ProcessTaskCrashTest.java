package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A mesh that is killed while a process agent of its own works on a step: the process dies with it, and the next
/// one gets the same task.
@Timeout(300)
@ExtendWith(LogOnFailure.class)
class ProcessTaskCrashTest {

    private static final String ONE = """
            name: one
            timeout: 280
            steps:
              - {id: only, agent: alpha, task_type: answer, timeout: 240}
            """;

    @Test
    void a_task_whose_agent_died_with_the_mesh_is_sent_again_under_its_id_and_its_run_completes() throws Exception {
        try (Upstream upstream = Upstream.start()) {
            MeshHome home = MeshHome.in(upstream)
                    .supervision("restart_backoff_seconds: 1")
                    .supervised("alpha", "runtime: process, resources: {memory: 256m}", "\"allowed_apis\": [\"llm\"]")
                    .with("config/workflows/one.yaml", ONE);
            try (Mesh first = Mesh.start(home)) {
                RunAgents agents = new RunAgents(first);
                agents.await("alpha", "ready");
                JsonObject input = new JsonObject().put("text", "say tokens=60 pace=100 now");
                Reply begun =
                        first.control("POST", "/control/workflows/one/runs", new JsonObject().put("input", input));
                assertThat(begun.status()).as("%s", begun.body()).isEqualTo(202);
                String run = begun.json().getString("execution_id");
                Eventually.until(
                        "its agent asks the model",
                        Duration.ofSeconds(60),
                        () -> upstream.counts().requests() == 1);
                long pid = agents.pid("alpha");
                first.kill();
                Eventually.until(
                        "its agent died with the mesh",
                        () -> ProcessHandle.of(pid)
                                .filter(ProcessHandle::isAlive)
                                .isEmpty());
                // closing the first one would delete the home
                try (Mesh second = Mesh.start(home)) {
                    completes(second, run);
                    assertThat(upstream.counts().requests())
                            .as("asked by the first agent, and by the second")
                            .isEqualTo(2);
                }
            }
        }
    }

    private static void completes(Mesh mesh, String run) {
        Eventually.until(
                "the run is over",
                Duration.ofMinutes(2),
                () -> read(mesh, "runs/" + run).getValue("finished_at") != null);
        JsonObject ended = read(mesh, "runs/" + run);
        assertThat(ended.getString("status")).as("%s", ended.encodePrettily()).isEqualTo("complete");
        assertThat(ended.getJsonArray("steps").getJsonObject(0).getInteger("attempts"))
                .isEqualTo(1);
        assertThat(read(mesh, "tasks/" + run + ":only:1").getString("status")).isEqualTo("complete");
    }

    private static JsonObject read(Mesh mesh, String what) {
        return mesh.control("GET", "/control/" + what, null).json();
    }
}
