package ai.openlegion.host;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.config.Home;
import ai.openlegion.config.Starter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InProcessMeshTest {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2031-05-06T07:08:09Z"));

    @TempDir
    Path folder;

    @Test
    void a_mesh_lives_by_the_clock_it_is_given_reloads_and_starts_again() throws Exception {
        demoWithoutWorkflows();
        try (InProcessMesh mesh = InProcessMesh.start(folder, CLOCK)) {
            HttpResponse<String> status = operator(mesh, "/control/status");
            assertThat(status.statusCode()).isEqualTo(200);
            assertThat(status.body()).contains("\"started_at\":\"2031-05-06T07:08:09Z\"");
            long revision = mesh.revision();
            Path agents = folder.resolve("config/agents.yaml");
            Files.writeString(
                    agents,
                    Files.readString(agents) + "  editor: {role: editing, model: demo/small, runtime: external}\n");
            assertThat(mesh.reload()).isEmpty();
            assertThat(mesh.revision()).isEqualTo(revision + 1);
            assertThat(operator(mesh, "/control/agents").body()).contains("\"editor\"");
            Files.writeString(agents, "agents: [");
            assertThat(mesh.reload()).hasSize(1);
            assertThat(mesh.revision()).isEqualTo(revision + 1);
            assertThat(operator(mesh, "/control/agents").body()).contains("\"editor\"");
            Files.writeString(agents, "agents: {}\n");
        }
        Files.writeString(folder.resolve("config/permissions.json"), "{\"permissions\": {}}");
        try (InProcessMesh again = InProcessMesh.start(folder, CLOCK)) {
            assertThat(operator(again, "/control/agents").body()).isEqualTo("[]");
        }
    }

    @Test
    void what_a_removed_agent_had_is_gone_and_a_refused_reload_removes_nothing() throws Exception {
        demoWithoutWorkflows();
        Path agents = folder.resolve("config/agents.yaml");
        String both = Files.readString(agents);
        String one = both.substring(0, both.indexOf("  writer:"));
        try (InProcessMesh mesh = InProcessMesh.start(folder, CLOCK)) {
            assertThat(message(mesh).statusCode()).isEqualTo(200);
            Files.writeString(agents, one + "  writer: 7\n");
            assertThat(mesh.reload()).isNotEmpty();
            assertThat(inbox(mesh)).contains("\"last_seq\":1");

            Files.writeString(agents, one);
            Path permissions = folder.resolve("config/permissions.json");
            String matrix = Files.readString(permissions);
            Files.writeString(permissions, matrix.substring(0, matrix.indexOf(",\n    \"writer\"")) + "}}");
            assertThat(mesh.reload()).isEmpty();
            assertThat(message(mesh).statusCode()).isEqualTo(404);

            Files.writeString(agents, both);
            Files.writeString(permissions, matrix);
            assertThat(mesh.reload()).isEmpty();
            assertThat(inbox(mesh)).contains("\"items\":[]");
            assertThat(message(mesh).statusCode()).isEqualTo(200);
        }
    }

    /// Its agents come and go here, and workflows would name those that are gone.
    private void demoWithoutWorkflows() throws IOException {
        for (Path file : Starter.demo(new Home(folder)).written()) {
            if (file.toString().contains("/workflows/")) {
                Files.delete(file);
            }
        }
    }

    private static HttpResponse<String> message(InProcessMesh mesh) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mesh.port() + "/mesh/message"))
                .header("authorization", "Bearer " + mesh.token("researcher"))
                .POST(HttpRequest.BodyPublishers.ofString("{\"to\":\"writer\",\"type\":\"note\",\"payload\":{}}")));
    }

    private static String inbox(InProcessMesh mesh) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mesh.port() + "/mesh/inbox"))
                        .header("authorization", "Bearer " + mesh.token("writer")))
                .body();
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    private static HttpResponse<String> operator(InProcessMesh mesh, String path)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mesh.controlPort() + path))
                .header("authorization", "Bearer " + mesh.operatorToken()));
    }
}
