package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// What a mesh finds when the one before it was killed: containers of the real engine.
@Timeout(400)
@ExtendWith(LogOnFailure.class)
class AdoptionTest {

    private static final String AGENT = "runtime: docker";
    private static final String ALLOWED = "\"allowed_apis\": [\"llm\"]";

    @Test
    void agents_outlive_a_mesh_that_is_killed_with_the_tokens_they_have_and_make_way_where_they_have_changed()
            throws Exception {
        int port = freePort();
        MeshHome home = MeshHome.withoutUpstream()
                .port(port)
                .supervised("alpha", AGENT, ALLOWED)
                .supervised("beta", AGENT, ALLOWED);
        try (Mesh first = Mesh.startAt(home, port)) {
            RunAgents agents = new RunAgents(first);
            agents.await("alpha", "ready");
            agents.await("beta", "ready");
            String alpha = container(agents, "alpha");
            String beta = container(agents, "beta");
            String token = token(alpha);
            assertThat(agents.request(token, "GET", "/v1/models", null).status())
                    .isEqualTo(200);
            first.kill();
            assertThat(isRunning(alpha)).isTrue();

            home.supervised("beta", AGENT + ", instructions: \"Be brief\"", ALLOWED);
            try (Mesh second = Mesh.startAt(home, port)) {
                RunAgents again = new RunAgents(second);
                assertThat(again.request(token, "GET", "/v1/models", null).status())
                        .as("from the first moment")
                        .isEqualTo(200);
                again.await("alpha", "ready");
                assertThat(container(again, "alpha")).isEqualTo(alpha);
                assertThat(again.restarts("alpha")).isZero();
                again.await("beta", "ready");
                assertThat(container(again, "beta")).isNotEqualTo(beta);
                assertThat(isRunning(beta)).isFalse();

                second.terminate();
                assertThat(second.awaitExit()).isZero();
                assertThat(isRunning(alpha))
                        .as("stop leaves no container behind")
                        .isFalse();
            }
        }
    }

    private static String container(RunAgents agents, String agent) {
        JsonObject found = agents.find(agent);
        return found == null ? "" : found.getString("container", "");
    }

    private static String token(String container) throws IOException {
        String environment = docker("inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", container);
        return environment
                .lines()
                .filter(line -> line.startsWith("MESH_AUTH_TOKEN="))
                .map(line -> line.substring("MESH_AUTH_TOKEN=".length()))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isRunning(String container) throws IOException {
        return docker("ps", "--no-trunc", "--quiet").contains(container);
    }

    private static String docker(String... arguments) throws IOException {
        String[] command = new String[arguments.length + 1];
        command[0] = "docker";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
