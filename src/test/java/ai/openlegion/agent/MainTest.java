package ai.openlegion.agent;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.scenario.Eventually;
import ai.openlegion.scenario.FreePort;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The agent as a process of its own, started by nothing but its environment.
@Timeout(120)
final class MainTest {

    @TempDir
    private Path folder;

    private Process start(Map<String, String> environment) throws Exception {
        var builder = new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path", ""),
                "ai.openlegion.agent.Main");
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.redirectErrorStream(true).start();
    }

    @Test
    void without_a_setting_that_it_needs_it_ends_with_1_naming_it() throws Exception {
        Process process = start(Map.of("AGENT_ID", "a", "AGENT_ROLE", "r"));
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(said).contains("MESH_URL is missing");
    }

    @Test
    void an_agent_that_starts_before_its_mesh_is_registered_in_the_end() throws Exception {
        int port = FreePort.find();
        Process process = start(Map.of(
                "AGENT_ID", "a",
                "AGENT_ROLE", "r",
                "MESH_URL", "http://127.0.0.1:" + port,
                "MESH_AUTH_TOKEN", FakeMesh.TOKEN,
                "MESH_INBOUND_TOKEN", AgentRig.INBOUND,
                "LLM_MODEL", "demo/small",
                "AGENT_PORT", "0",
                "AGENT_BIND", "127.0.0.1",
                "AGENT_DATA", folder.toString()));
        try (var said = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(said.readLine()).contains("agent.not_registered");
            try (var mesh = new FakeMesh(port)) {
                Eventually.until("registered", () -> !mesh.to("/mesh/register").isEmpty());
                assertThat(mesh.to("/mesh/register").getFirst().authorization()).isEqualTo("Bearer " + FakeMesh.TOKEN);
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
