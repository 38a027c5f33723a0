package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/// A mesh with small limits that is about to be misused, an agent that works on it all the while, and what must hold
/// afterwards.
final class Siege implements AutoCloseable {

    static final int CONNECTIONS = 400;
    static final int HEAD_SECONDS = 2;
    private static final int MORE_MIB = 250;

    final Upstream upstream;
    final Mesh mesh;

    private Siege(Upstream upstream, Mesh mesh) {
        this.upstream = upstream;
        this.mesh = mesh;
    }

    /// Agents: `steady` works, `rogue` may call models, `lister` may see all of them, `barred` has a token and may do
    /// nothing.
    static Siege lay(String moreLimits) throws Exception {
        Upstream upstream = Upstream.start();
        Mesh mesh = Mesh.start(MeshHome.in(upstream)
                .agent("steady", "1000")
                .agent("rogue", "1000")
                .agent("lister", "1000", "\"*\"", "[]")
                .agent("barred", "1000", "\"sim/*\"", "[]")
                .mesh("limits: {connections: " + CONNECTIONS + ", head_seconds: " + HEAD_SECONDS + moreLimits + "}\n"));
        return new Siege(upstream, mesh);
    }

    /// What is done to the mesh.
    interface Attack {
        void run() throws Exception;
    }

    /// Attacks it while the steady agent works; nothing of the attack may reach the provider.
    void withstands(Attack attack) throws Exception {
        upstream.reset();
        long before = mesh.residentMiB();
        SteadyAgent agent = SteadyAgent.start(mesh, "steady");
        agent.goesOnFor(5);
        try {
            attack.run();
            agent.goesOnFor(10);
            assertThat(mesh.residentMiB() - before)
                    .as("memory, MiB more than before")
                    .isLessThan(MORE_MIB);
        } finally {
            int calls = agent.stop();
            assertThat(upstream.requests())
                    .as("calls that reached the provider")
                    .isEqualTo(calls);
        }
        answers();
    }

    /// Both listeners answer at once.
    void answers() {
        for (int port : new int[] {mesh.port(), mesh.controlPort()}) {
            Reply health = mesh.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/healthz"))
                    .timeout(Duration.ofSeconds(10)));
            assertThat(health.status()).isEqualTo(200);
        }
        assertThat(mesh.control("GET", "/control/status", null).status()).isEqualTo(200);
    }

    @Override
    public void close() throws IOException, TimeoutException {
        mesh.close();
        upstream.close();
    }
}
