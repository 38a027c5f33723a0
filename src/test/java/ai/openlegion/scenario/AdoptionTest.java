package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// What a mesh finds when the one before it was killed: containers of the real engine.
@Timeout(400)
@NeedsDocker
@ExtendWith(LogOnFailure.class)
class AdoptionTest {

    private static final String AGENT = "runtime: docker";
    private static final String ALLOWED = "\"allowed_apis\": [\"llm\"]";

    @Test
    void agents_outlive_a_mesh_that_is_killed_with_the_tokens_they_have_and_make_way_where_they_have_changed()
            throws Exception {
        int port = FreePort.find();
        MeshHome home = MeshHome.withoutUpstream()
                .port(port)
                .supervised("alpha", AGENT, ALLOWED)
                .supervised("beta", AGENT, ALLOWED);
        String mark = mark(home);
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
        } finally {
            removeVolumes(mark);
        }
    }

    @Test
    void an_agent_that_goes_on_reaches_the_next_mesh_behind_a_whole_filter_and_stop_leaves_nothing() throws Exception {
        int port = FreePort.find();
        MeshHome home = MeshHome.withoutUpstream().port(port).supervised("alpha", AGENT, ALLOWED);
        String mark = mark(home);
        try (Mesh first = Mesh.startAt(home, port)) {
            RunAgents agents = new RunAgents(first);
            agents.await("alpha", "ready");
            String alpha = container(agents, "alpha");
            String network = docker(
                            "inspect",
                            "--format",
                            "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}",
                            alpha)
                    .strip();
            assertThat(network).isEqualTo("openlegion-" + mark.substring(0, 8));
            String chain = "OPENLEGION-" + mark.substring(0, 8);
            Path bridge = Path.of("/sys/class/net/ol-" + mark.substring(0, 8));
            assertThat(bridge).exists();
            assertThat(rules()).contains("-N " + chain);
            assertThat(askedBy(alpha)).isEqualTo("200");
            first.kill();
            removeFilter(chain);
            assertThat(rules()).noneMatch(rule -> rule.contains(chain));

            try (Mesh second = Mesh.startAt(home, port)) {
                assertThat(rules()).as("before anybody starts anything").contains("-N " + chain);
                RunAgents again = new RunAgents(second);
                again.await("alpha", "ready");
                assertThat(container(again, "alpha")).isEqualTo(alpha);
                Eventually.until("alpha reaches the mesh", () -> askedBy(alpha).equals("200"));
                second.terminate();
                assertThat(second.awaitExit()).isZero();
            }
            assertThat(docker("network", "ls", "--format", "{{.Name}}").lines()).doesNotContain(network);
            assertThat(bridge).doesNotExist();
            assertThat(rules()).noneMatch(rule -> rule.contains(chain));
        } finally {
            removeVolumes(mark);
        }
    }

    /// What a program in the container gets where its environment says the mesh is, with the token it has: a status.
    private static String askedBy(String container) {
        return output(
                "docker",
                "exec",
                container,
                "sh",
                "-c",
                "curl -s -m 5 -o /dev/null -w '%{http_code}' -H \"authorization: Bearer $MESH_AUTH_TOKEN\""
                        + " $MESH_URL/v1/models");
    }

    private static List<String> rules() {
        return output("iptables", "-w", "20", "-S").lines().toList();
    }

    /// As somebody would who sets up all rules of the host anew.
    private static void removeFilter(String chain) {
        for (String rule : rules()) {
            if (rule.endsWith(" -j " + chain)) {
                List<String> command = new ArrayList<>(List.of("iptables", "-w", "20"));
                command.addAll(List.of(rule.replaceFirst("^-A", "-D").split(" ")));
                var _ = output(command.toArray(String[]::new));
            }
        }
        var _ = output("iptables", "-w", "20", "-F", chain);
        var _ = output("iptables", "-w", "20", "-X", chain);
    }

    /// By which the engine's things are known as this home's.
    private static String mark(MeshHome home) throws Exception {
        byte[] path = home.root().toRealPath().toString().getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(path));
    }

    /// Agents keep their volumes when a mesh stops; those of a test are nobody's.
    private static void removeVolumes(String mark) {
        String filter = "label=openlegion.home=" + mark;
        for (String volume :
                docker("volume", "ls", "--quiet", "--filter", filter).lines().toList()) {
            var _ = docker("volume", "rm", volume);
        }
        assertThat(docker("volume", "ls", "--quiet", "--filter", filter)).isBlank();
    }

    private static String container(RunAgents agents, String agent) {
        JsonObject found = agents.find(agent);
        return found == null ? "" : found.getString("container", "");
    }

    private static String token(String container) {
        String environment = docker("inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", container);
        return environment
                .lines()
                .filter(line -> line.startsWith("MESH_AUTH_TOKEN="))
                .map(line -> line.substring("MESH_AUTH_TOKEN=".length()))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isRunning(String container) {
        return docker("ps", "--no-trunc", "--quiet").contains(container);
    }

    private static String docker(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "docker";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return output(command);
    }

    private static String output(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException absent) {
            throw new UncheckedIOException(absent);
        }
    }
}
