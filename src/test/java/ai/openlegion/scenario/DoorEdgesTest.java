package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What lies just beside the doors: paths and methods that are none, bodies above a lowered limit, ids.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class DoorEdgesTest {

    private static final int BODY_BYTES = 100_000;

    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        mesh = Mesh.start(MeshHome.withoutUpstream()
                .mesh("limits: {body_bytes: " + BODY_BYTES + "}\n")
                .member("alpha", """
                        "can_message": ["*"], "blackboard_read": ["*"], "blackboard_write": ["*"]"""));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/chat/completions, 405, POST",
        "DELETE, /v1/messages, 405, POST",
        "GET, /v1/embeddings, 405, POST",
        "PUT, /v1/responses, 405, 'GET, POST'",
        "POST, /v1/models, 405, GET",
        "POST, /v1/completions, 404, ",
        "GET, /v1/messages/batches, 404, "
    })
    void what_no_door_takes_is_refused_in_its_vendors_words(String method, String path, int status, String allow) {
        Reply refused = AgentClient.of(mesh, "alpha").request(method, path, null);

        assertThat(refused.status()).as(refused.body()).isEqualTo(status);
        assertThat(refused.error().getString("message")).isNotBlank();
        assertThat(refused.error().getString("type")).isNotBlank();
        assertThat(refused.json().getString("type")).isEqualTo(path.startsWith("/v1/messages") ? "error" : null);
        assertThat(List.of(refused.header("allow").split(", ")))
                .containsExactlyInAnyOrder(allow == null ? new String[] {""} : allow.split(", "));
        assertThat(refused.header("x-request-id")).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /mesh/message, 405, The path does not take this method",
        "GET, /mesh/nothing, 404, There is no such path"
    })
    void elsewhere_in_the_meshs_own(String method, String path, int status, String detail) {
        Reply refused = AgentClient.of(mesh, "alpha").request(method, path, null);

        assertThat(refused.status()).isEqualTo(status);
        assertThat(refused.detail()).isEqualTo(detail);
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, /mesh/blackboard/some/key",
        "POST, /mesh/message",
        "POST, /mesh/register",
        "POST, /mesh/api",
        "POST, /v1/chat/completions",
        "POST, /v1/messages"
    })
    void a_lowered_limit_of_bodies_holds_on_every_path(String method, String path) {
        String body = new JsonObject()
                .put("to", "alpha")
                .put("pad", "x".repeat(BODY_BYTES))
                .encode();

        assertThat(AgentClient.of(mesh, "alpha").request(method, path, body).status())
                .isEqualTo(413);
    }

    @Test
    void a_web_socket_is_told_426_with_an_id() throws Exception {
        try (var raw = new RawConnection(mesh.port())) {
            RawConnection.Answer answer = raw.send(
                            "GET /v1/responses HTTP/1.1\r\nHost: mesh\r\nAuthorization: Bearer " + mesh.token("alpha")
                                    + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .answer();
            assertThat(answer.status()).isEqualTo(426);
            assertThat(answer.head()).containsIgnoringCase("x-request-id: ");
        }
    }

    @Test
    void what_the_operator_changes_is_recorded_with_its_request_and_revision() {
        Reply changed = mesh.control("PUT", "/control/budgets/alpha", new JsonObject().put("daily_usd", 2));
        assertThat(changed.status()).isEqualTo(200);
        String id = changed.header("x-request-id");

        JsonObject entry = mesh.events("after=0&follow=false&action=budget.limits").toTheEnd().stream()
                .map(EventSource.Event::item)
                .filter(each -> each.getString("request_id").equals(id))
                .findFirst()
                .orElseThrow();
        assertThat(entry.getLong("revision")).isPositive();
        assertThat(entry.getString("actor")).isEqualTo("operator");
    }
}
