package ai.openlegion.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What happens between the steps of a call: while its body arrives, while the provider thinks, when a bill is absurd.
@Timeout(60)
@ExtendWith(LogOnFailure.class)
class SecondThoughtTest {

    private static Upstream upstream;
    private static MeshHome home;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        home = MeshHome.in(upstream)
                .agent("alpha", "1")
                .agent("beta", "1")
                .agent("gamma", "1")
                .mesh("limits: {keep_alive_seconds: 1, first_token_timeout_seconds: 20}\n");
        mesh = Mesh.start(home);
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

    @Test
    void a_permission_revoked_while_the_body_arrives_counts() throws Exception {
        byte[] body = Chat.with("tokens=3").encode().getBytes(UTF_8);
        try (RawConnection connection = new RawConnection(mesh.port())) {
            connection
                    .send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Authorization: Bearer " + mesh.token("beta") + "\r\nContent-Length: " + body.length
                            + "\r\n\r\n")
                    .send(new String(body, UTF_8).substring(0, body.length / 2));
            assertThat(mesh.chat("beta", Chat.with("tokens=3")).status()).isEqualTo(200);
            home.agent("beta", "1", "\"sim/*\"", "[]").write();
            assertThat(mesh.control("POST", "/control/reload", null).status()).isEqualTo(200);
            upstream.reset();

            connection.send(new String(body, UTF_8).substring(body.length / 2));

            assertThat(connection.answer().status()).isEqualTo(403);
            assertThat(upstream.requests()).isZero();
        }
    }

    @Test
    void a_provider_that_answers_after_the_first_keep_alive_is_heard() {
        EventStream stream = mesh.stream("alpha", Chat.with("tokens=3 first=2500 vendor_headers"));

        assertThat(stream.all()).last().isEqualTo("[DONE]");
        assertThat(stream.deltas()).isEqualTo(3);
        assertThat(mesh.settledSpend("alpha").unreconciled()).isZero();
    }

    @Test
    void a_bill_beyond_all_measure_is_answered_and_freezes_the_account() {
        Reply reply = mesh.chat("gamma", Chat.with("tokens=3 lie_usage=absurd"));

        assertThat(reply.status()).isEqualTo(200);
        assertThat(mesh.chat("gamma", Chat.with("tokens=3")).status()).isEqualTo(402);
        assertThat(mesh.settledSpend("gamma").held()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/mesh/introspect", "/v1/models", "/nowhere", "/mesh/api"})
    void framing_in_doubt_is_refused_on_every_path(String path) throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            connection.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + mesh.token("alpha") + "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");

            assertThat(connection.answer().status()).isEqualTo(411);
            assertThat(connection.closes()).as("nothing after it is served").isTrue();
        }
    }

    @Test
    void only_a_token_shows_which_paths_there_are() throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            connection.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(401);
        }
        assertThat(mesh.get("alpha", "/nowhere").status()).isEqualTo(404);
        try (RawConnection connection = new RawConnection(mesh.port())) {
            connection.post(
                    "/mesh/api?agent_id=%zz",
                    "Authorization: Bearer " + mesh.token("alpha") + "\r\n", "{}".getBytes(UTF_8));
            assertThat(connection.answer().status()).isEqualTo(400);
        }
    }
}
