package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What was paid under an `Idempotency-Key` is not paid again.
@Timeout(60)
class IdempotencyKeyTest {

    private static Upstream upstream;
    private static ClockedMesh mesh;
    private static int keys;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        mesh = ClockedMesh.start(
                MeshHome.in(upstream).agent("alpha", "100").agent("beta", "100").agent("broke", "0"),
                "2026-03-01T12:00:00Z");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    @BeforeEach
    void reset() {
        upstream.reset();
        keys++;
    }

    private static Reply ask(String agent, Way way, JsonObject body) {
        return mesh.client(agent).post(way.path, body.encode(), "Idempotency-Key", "key-" + keys);
    }

    @ParameterizedTest
    @EnumSource(
            value = Way.class,
            names = {"CHAT", "MESSAGES", "RESPONSES", "MESH"})
    void a_whole_answer_is_given_again_byte_for_byte(Way way) {
        JsonObject body = way.body("sim/small", "tokens=5");
        Reply first = ask("alpha", way, body);
        Reply second = ask("alpha", way, body);

        assertThat(way.isAnswer(first)).as(first.body()).isTrue();
        assertThat(first.header("idempotent-replayed")).isEmpty();
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.header("content-type")).isEqualTo(first.header("content-type"));
        assertThat(second.header("idempotent-replayed")).isEqualTo("true");
        assertThat(second.header("x-openlegion-cost-usd")).isEqualTo("0");
        assertThat(second.header("x-request-id")).isNotEmpty();
        assertThat(upstream.requests()).isEqualTo(1);
        assertThat(upstream.counts().outputTokens()).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource(
            value = Way.class,
            names = {"CHAT_STREAM", "MESSAGES_STREAM", "RESPONSES_STREAM", "MESH_STREAM"})
    void a_stream_is_not_given_again_and_nobody_takes_what_comes_for_an_answer(Way way) {
        JsonObject body = way.body("sim/small", "tokens=5");
        Reply first = ask("alpha", way, body);
        Reply second = ask("alpha", way, body);

        assertThat(way.isAnswer(first)).as(first.body()).isTrue();
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.header("idempotent-replayed")).isEqualTo("true");
        assertThat(way.isAnswer(second)).isFalse();
        assertThat(second.body()).contains("Idempotency-Key").contains("error");
        assertThat(upstream.requests()).isEqualTo(1);
    }

    @Test
    void of_calls_that_come_at_once_one_is_made_and_the_others_are_told_to_wait() throws Exception {
        JsonObject body = Way.CHAT.body("sim/small", "tokens=5 first=700");
        List<Reply> replies = new ArrayList<>();
        try (var pool = Executors.newFixedThreadPool(4)) {
            List<Future<Reply>> asked = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                asked.add(pool.submit(() -> ask("alpha", Way.CHAT, body)));
            }
            for (Future<Reply> reply : asked) {
                replies.add(reply.get());
            }
        }
        assertThat(replies).extracting(Reply::status).containsExactlyInAnyOrder(200, 409, 409, 409);
        for (Reply reply : replies) {
            if (reply.status() == 409) {
                assertThat(reply.header("retry-after")).isEqualTo("1");
                assertThat(reply.header("x-should-retry")).isEmpty();
                assertThat(reply.error().getString("code")).isEqualTo("idempotency_in_progress");
            }
        }
        assertThat(upstream.requests()).isEqualTo(1);
        assertThat(ask("alpha", Way.CHAT, body).status()).isEqualTo(200);
        assertThat(upstream.requests()).isEqualTo(1);
    }

    @Test
    void a_call_that_spent_nothing_may_be_made_again() {
        assertThat(ask("alpha", Way.CHAT, Way.CHAT.body("sim/small", "status=503"))
                        .status())
                .isEqualTo(503);
        assertThat(ask("alpha", Way.CHAT, Way.CHAT.body("sim/small", "status=503"))
                        .status())
                .isEqualTo(503);
        assertThat(upstream.requests()).isEqualTo(2);
        assertThat(ask("broke", Way.CHAT, Way.CHAT.body("sim/small", "")).status())
                .isEqualTo(402);
        assertThat(ask("broke", Way.CHAT, Way.CHAT.body("sim/small", "")).status())
                .isEqualTo(402);
        assertThat(ask("alpha", Way.CHAT, Way.CHAT.body("nowhere/none", "")).status())
                .isEqualTo(404);
        assertThat(ask("alpha", Way.CHAT, Way.CHAT.body("sim/small", "")).status())
                .isEqualTo(200);
    }

    @Test
    void a_failure_that_may_have_cost_something_is_told_again() {
        JsonObject body = Way.CHAT.body("sim/small", "garbage");
        Reply first = ask("alpha", Way.CHAT, body);
        Reply second = ask("alpha", Way.CHAT, body);

        assertThat(first.status()).isEqualTo(502);
        assertThat(second.status()).isEqualTo(502);
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.header("idempotent-replayed")).isEqualTo("true");
        assertThat(upstream.requests()).isEqualTo(1);
    }

    @Test
    void a_call_whose_client_left_is_never_told_as_a_success() throws Exception {
        JsonObject body = Way.CHAT.body("sim/small", "hang");
        AgentClient alpha = mesh.client("alpha");
        try (RawConnection impatient = new RawConnection(alpha.port())) {
            var _ = impatient.post(
                    Way.CHAT.path,
                    "Authorization: Bearer " + alpha.token() + "\r\nIdempotency-Key: key-" + keys + "\r\n",
                    body.encode().getBytes(StandardCharsets.UTF_8));
            Eventually.until("the call is made", () -> upstream.requests() == 1);
        }
        upstream.awaitQuiet();
        Reply second = ask("alpha", Way.CHAT, body);

        assertThat(second.status()).isEqualTo(409);
        assertThat(second.error().getString("code")).isEqualTo("idempotency_answer_not_kept");
        assertThat(second.header("x-should-retry")).isEqualTo("false");
        assertThat(upstream.requests()).isEqualTo(1);
    }

    @Test
    void another_body_under_the_same_key_is_refused() {
        assertThat(ask("alpha", Way.CHAT, Way.CHAT.body("sim/small", "tokens=1"))
                        .status())
                .isEqualTo(200);
        Reply other = ask("alpha", Way.CHAT, Way.CHAT.body("sim/small", "tokens=2"));

        assertThat(other.status()).isEqualTo(422);
        assertThat(other.error().getString("message")).contains("Idempotency-Key");
        assertThat(upstream.requests()).isEqualTo(1);
    }

    @Test
    void a_key_belongs_to_one_agent_and_one_path() {
        JsonObject body = Way.CHAT.body("sim/small", "tokens=1");
        assertThat(ask("alpha", Way.CHAT, body).header("idempotent-replayed")).isEmpty();
        assertThat(ask("beta", Way.CHAT, body).header("idempotent-replayed")).isEmpty();
        assertThat(ask("alpha", Way.MESH, Way.MESH.body("sim/small", "tokens=1"))
                        .header("idempotent-replayed"))
                .isEmpty();
        assertThat(upstream.requests()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 256})
    void a_key_of_no_use_is_refused(int length) {
        Reply reply = mesh.client("alpha")
                .post(Way.CHAT.path, Way.CHAT.body("sim/small", "").encode(), "Idempotency-Key", "k".repeat(length));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(upstream.requests()).isZero();
    }
}
