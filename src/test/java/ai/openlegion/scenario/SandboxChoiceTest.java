package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A sandbox that was asked for where there is none: refused, or lowered because the operator had allowed it.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
@NeedsDocker
class SandboxChoiceTest {

    private static final String PROGRAM = "server: false, command: [sleep, '10000']";

    @Test
    void without_any_sandbox_the_mesh_refuses_to_start_and_says_what_it_looked_for() throws Exception {
        MeshHome home = MeshHome.withoutUpstream()
                .supervision("sandbox: [kata]")
                .flags("--sandbox")
                .supervised("alpha", PROGRAM, "\"allowed_apis\": []");
        Docker docker = Docker.of(home);
        try (Mesh mesh = Mesh.launch(home.write())) {
            assertThat(mesh.awaitExit()).as(mesh.log()).isEqualTo(3);
            assertThat(mesh.log()).contains("no sandbox was found", "kata", "sandbox_fallback");
            assertThat(docker.containers()).isEmpty();
        } finally {
            docker.sweep();
        }
    }

    @Test
    void where_the_operator_allowed_it_agents_fall_back_and_log_status_and_audit_say_so() throws Exception {
        MeshHome home = MeshHome.withoutUpstream()
                .supervision("sandbox: [kata], sandbox_fallback: docker, start_seconds: 100, stop_seconds: 1")
                .supervised("alpha", "runtime: sandbox, " + PROGRAM, "\"allowed_apis\": []");
        Docker docker = Docker.of(home);
        try (Mesh mesh = Mesh.start(home)) {
            RunAgents agents = new RunAgents(mesh);
            agents.await("alpha", "ready");
            JsonObject found = agents.find("alpha");
            assertThat(found == null ? "" : found.getString("runtime")).isEqualTo("docker");
            assertThat(found == null ? "" : found.getString("boundary")).isEqualTo("shared kernel");
            assertThat(mesh.log()).contains("WARNING", "isolation is LOWERED");
            assertThat(mesh.control("GET", "/control/status", null)
                            .json()
                            .getJsonArray("remarks")
                            .encode())
                    .contains("isolation is LOWERED");
            try (EventSource events = mesh.events("after=0&action=runtime")) {
                assertThat(events.next().item().encode()).contains("runtime.choose", "sandbox", "shared kernel");
                assertThat(events.next().item().encode()).contains("runtime.remark", "isolation is LOWERED");
            }
            mesh.terminate();
            assertThat(mesh.awaitExit()).isZero();
            assertThat(docker.containers()).isEmpty();
        } finally {
            docker.sweep();
        }
    }
}
