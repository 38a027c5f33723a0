package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What ends by the clock: entries, items and the patience of a rate limit, to the millisecond.
@Timeout(120)
class FabricClockTest {

    private static final JsonObject VALUE = new JsonObject().put("n", 1);

    private static ClockedMesh mesh;
    private AgentClient alpha = new AgentClient("alpha", 0, "");
    private AgentClient beta = new AgentClient("beta", 0, "");

    @BeforeAll
    static void start() {
        String members = """
                "can_message": ["*"], "can_publish": ["*"], "can_subscribe": ["*"],
                "blackboard_read": ["*"], "blackboard_write": ["*"]""";
        mesh = ClockedMesh.start(
                MeshHome.withoutUpstream()
                        .mesh("rate_limits: {operations: {publish: 6}}\n")
                        .member("alpha", members)
                        .member("beta", members),
                "2026-11-15T12:00:00Z");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    @BeforeEach
    void clients() {
        alpha = mesh.client("alpha");
        beta = mesh.client("beta");
    }

    @Test
    void an_expired_entry_is_invisible_the_instant_it_expires() {
        long version = alpha.put("fleeting/entry?ttl=60", VALUE).json().getLong("version");
        alpha.put("fleeting/lasting", VALUE);
        mesh.advance(Duration.ofMillis(59_999));
        assertThat(beta.get("fleeting/entry").status()).isEqualTo(200);
        assertThat(beta.keys("prefix=fleeting/")).containsExactly("fleeting/entry", "fleeting/lasting");
        assertThat(beta.claim("fleeting/entry", VALUE, 0).status()).isEqualTo(409);

        mesh.advance(Duration.ofMillis(1));
        assertThat(beta.get("fleeting/entry").status()).isEqualTo(404);
        assertThat(alpha.get("fleeting/entry").status())
                .as("for its author too")
                .isEqualTo(404);
        assertThat(beta.keys("prefix=fleeting/")).containsExactly("fleeting/lasting");
        assertThat(mesh.control("GET", "/control/blackboard?prefix=fleeting/", null)
                        .body())
                .as("for the operator too")
                .doesNotContain("fleeting/entry");
        assertThat(beta.delete("fleeting/entry").status()).isEqualTo(404);
        assertThat(beta.claim("fleeting/entry", VALUE, version).status()).isEqualTo(409);
        Reply reborn = beta.claim("fleeting/entry", VALUE, 0);
        assertThat(reborn.status()).as(reborn.body()).isEqualTo(200);
        assertThat(reborn.json().getLong("version")).isGreaterThan(version);
    }

    @Test
    void an_overwritten_entry_lives_by_its_new_time() {
        alpha.put("renewed?ttl=60", VALUE);
        mesh.advance(Duration.ofSeconds(59));
        alpha.put("renewed?ttl=60", VALUE);
        mesh.advance(Duration.ofSeconds(59));
        assertThat(alpha.get("renewed").status()).isEqualTo(200);
        alpha.put("renewed", VALUE);
        mesh.advance(Duration.ofDays(400));
        assertThat(alpha.get("renewed").status()).as("without a ttl").isEqualTo(200);
    }

    @Test
    void a_version_does_not_go_back_over_expiry_and_restart() {
        long first = alpha.put("reborn?ttl=10", VALUE).json().getLong("version");
        long second = alpha.put("reborn?ttl=10", VALUE).json().getLong("version");
        mesh.stop();
        mesh.advance(Duration.ofSeconds(10));
        mesh.startAgain();
        clients();

        assertThat(alpha.get("reborn").status()).isEqualTo(404);
        assertThat(alpha.put("reborn", VALUE).json().getLong("version"))
                .isGreaterThan(second)
                .isGreaterThan(first);
    }

    @Test
    void a_message_with_a_time_to_live_is_not_read_after_it() {
        long before = beta.poll(0, 0).json().getLong("last_seq");
        JsonObject message =
                new JsonObject().put("to", "beta").put("type", "note").put("payload", VALUE);
        alpha.post("/mesh/message", message.copy().put("ttl", 30));
        alpha.post("/mesh/message", message);
        mesh.advance(Duration.ofMillis(29_999));
        assertThat(beta.items(before)).hasSize(2);

        mesh.advance(Duration.ofMillis(1));
        assertThat(beta.items(before)).hasSize(1);
        mesh.advance(Duration.ofDays(31));
        assertThat(beta.items(before)).as("after more than 30 days").isEmpty();
    }

    @Test
    void a_rate_limit_lets_in_again_when_it_says() {
        for (int i = 0; i < 6; i++) {
            assertThat(alpha.publish("limited", VALUE).status())
                    .as("call %s", i)
                    .isEqualTo(200);
        }
        Reply refused = alpha.publish("limited", VALUE);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("retry-after")).isEqualTo("10");
        assertThat(beta.publish("limited", VALUE).status()).as("another agent").isEqualTo(200);
        assertThat(alpha.message("beta", VALUE).status())
                .as("another operation")
                .isEqualTo(200);

        mesh.advance(Duration.ofMillis(9_999));
        assertThat(alpha.publish("limited", VALUE).status()).isEqualTo(429);
        mesh.advance(Duration.ofMillis(1));
        assertThat(alpha.publish("limited", VALUE).status()).isEqualTo(200);
        assertThat(alpha.publish("limited", VALUE).status()).isEqualTo(429);
        mesh.advance(Duration.ofMinutes(1));
        for (int i = 0; i < 6; i++) {
            assertThat(alpha.publish("limited", VALUE).status())
                    .as("call %s after a minute", i)
                    .isEqualTo(200);
        }
    }
}
