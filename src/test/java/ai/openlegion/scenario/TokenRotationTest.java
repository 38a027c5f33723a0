package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// What becomes of a token that its operator rotates while the mesh runs.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class TokenRotationTest {

    @Test
    void a_rotated_token_is_dead_after_a_reload_and_so_are_the_streams_it_opened() throws Exception {
        try (Upstream upstream = Upstream.start();
                Mesh mesh =
                        Mesh.start(MeshHome.in(upstream).agent("alpha", "100").agent("beta", "100"))) {
            HttpRequest.Builder old = mesh.request("alpha", "/v1/models").GET();
            assertThat(mesh.send(old).status()).isEqualTo(200);
            EventStream running = mesh.stream("alpha", Chat.with("tokens=4000 pace=50"));
            EventStream other = mesh.stream("beta", Chat.with("tokens=40 pace=20"));
            assertThat(running.next()).isNotNull();

            Tokens.open(mesh.home().root().resolve("data")).rotate(new AgentId("alpha"));
            assertThat(mesh.send(old).status()).as("until the reload").isEqualTo(200);
            assertThat(mesh.control("POST", "/control/reload", null).status()).isEqualTo(200);

            assertThat(mesh.send(old).status()).isEqualTo(401);
            assertThat(mesh.get("alpha", "/v1/models").status()).isEqualTo(200);
            CutShape.assertCut(running.all(), "agent_revoked");
            assertThat(other.all()).noneMatch(event -> event.contains("agent_revoked"));
        }
    }
}
