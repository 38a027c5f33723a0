package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Who may call what, seen from both sides: the agent gets its refusal, the upstream gets nothing.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class PermissionTest {

    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream)
                .agent("alpha", "100", "\"sim/small\"", "[\"llm\"]")
                .agent("mute", "100", "\"sim/*\"", "[\"brave_search\"]")
                .agent("beta", "100"));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    @BeforeEach
    void reset() {
        upstream.reset();
    }

    @AfterEach
    void nothing_is_held() {
        assertThat(mesh.spend("alpha").held()).isZero();
        assertThat(mesh.spend("mute").held()).isZero();
    }

    @Test
    void a_denied_model_never_reaches_the_upstream() {
        Reply reply = mesh.chat("alpha", Chat.of("sim/free-input", "tokens=5"));

        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.error().getString("message")).contains("Agent alpha cannot use model sim/free-input");
        assertThat(upstream.requests()).isZero();
        assertThat(mesh.spend("alpha").gone()).isZero();
    }

    @Test
    void a_denied_api_never_reaches_the_upstream() {
        Reply sdkDoor = mesh.chat("mute", Chat.with("tokens=5"));
        Reply meshDoor = mesh.post("mute", "/mesh/api", meshBody("tokens=5"));

        assertThat(sdkDoor.status()).isEqualTo(403);
        assertThat(sdkDoor.error().getString("message")).contains("Agent mute cannot access llm");
        assertThat(meshDoor.status()).isEqualTo(403);
        assertThat(meshDoor.json().getString("detail")).isEqualTo("Agent mute cannot access llm");
        assertThat(upstream.requests()).isZero();
        assertThat(mesh.spend("mute").gone()).isZero();
    }

    @Test
    void another_agents_id_is_refused_wherever_it_stands() {
        JsonObject inBody = meshBody("tokens=5").put("agent_id", "beta");

        assertThat(mesh.post("alpha", "/mesh/api", inBody).status()).isEqualTo(403);
        assertThat(mesh.post("alpha", "/mesh/api?agent_id=beta", meshBody("tokens=5"))
                        .status())
                .isEqualTo(403);
        assertThat(mesh.post("alpha", "/mesh/api/stream", inBody).status()).isEqualTo(403);
        assertThat(mesh.post("alpha", "/v1/chat/completions?agent_id=beta", Chat.with("tokens=5"))
                        .status())
                .isEqualTo(403);
        assertThat(upstream.requests()).isZero();
    }

    @Test
    void an_agents_own_id_is_accepted() {
        Reply reply = mesh.post(
                "alpha", "/mesh/api?agent_id=alpha", meshBody("tokens=5").put("agent_id", "alpha"));

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().getBoolean("success")).isTrue();
    }

    @Test
    void no_header_makes_a_caller_more_than_its_token() {
        HttpRequest.Builder request = mesh.request("alpha", "/v1/chat/completions")
                .header("x-agent-id", "beta")
                .header("x-openlegion-agent", "operator")
                .POST(HttpRequest.BodyPublishers.ofString(
                        Chat.of("sim/free-input", "tokens=5").encode()));

        assertThat(mesh.send(request).status()).isEqualTo(403);
        assertThat(upstream.requests()).isZero();
    }

    @Test
    void explain_answers_the_same_without_doing_it() {
        JsonObject denied = mesh.control("GET", "/control/explain?agent=mute&operation=api&resource=llm", null)
                .json();

        assertThat(denied.getBoolean("allowed")).isFalse();
        assertThat(denied.getString("message")).isEqualTo("Agent mute cannot access llm");
    }

    @Test
    void an_agents_token_does_not_open_the_control_listener() {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + mesh.controlPort() + "/control/budgets"))
                .header("authorization", "Bearer " + mesh.token("alpha"));

        assertThat(mesh.send(request).status()).isEqualTo(401);
    }

    @Test
    void the_operators_token_does_not_open_the_agent_listener() {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + mesh.port() + "/v1/models"))
                .header("authorization", "Bearer " + mesh.operatorToken());

        assertThat(mesh.send(request).status()).isEqualTo(401);
    }

    private static JsonObject meshBody(String directive) {
        return new JsonObject().put("service", "llm").put("action", "chat").put("params", Chat.with(directive));
    }
}
