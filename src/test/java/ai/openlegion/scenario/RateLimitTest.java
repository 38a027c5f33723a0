package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// An agent that asks too often: refused for a while, in that operation, it alone.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class RateLimitTest {

    private static final int LIMIT = 4;

    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        String members = """
                "can_message": ["*"], "can_publish": ["*"], "can_subscribe": ["*"], "can_manage_cron": true,
                "blackboard_read": ["*"], "blackboard_write": ["*"]""";
        mesh = Mesh.start(MeshHome.withoutUpstream()
                .mesh("rate_limits: {per_minute: 4}\n")
                .member("hasty", members)
                .member("calm", members));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    static Stream<Arguments> operations() {
        return Stream.of(
                Arguments.of("blackboard_read", "GET", "/mesh/blackboard/", null),
                Arguments.of("blackboard_write", "PUT", "/mesh/blackboard/open/x", "{}"),
                Arguments.of("watch", "POST", "/mesh/blackboard/watch", "{\"pattern\":\"open/*\"}"),
                Arguments.of("publish", "POST", "/mesh/publish", "{\"topic\":\"news\"}"),
                Arguments.of("subscribe", "POST", "/mesh/subscribe?topic=news", null),
                Arguments.of("message", "POST", "/mesh/message", "{\"to\":\"calm\",\"type\":\"note\",\"payload\":{}}"),
                Arguments.of("inbox", "GET", "/mesh/inbox", null),
                Arguments.of("register", "POST", "/mesh/register", "{\"capabilities\":[]}"),
                Arguments.of("discover", "GET", "/mesh/agents", null),
                Arguments.of("cron", "POST", "/mesh/cron", "{\"schedule\":\"every 1h\",\"message\":\"x\"}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void beyond_its_limit_an_operation_is_429_and_says_when_to_come_again(
            String operation, String method, String path, @Nullable String body) {
        AgentClient hasty = AgentClient.of(mesh, "hasty");
        for (int i = 0; i < LIMIT; i++) {
            assertThat(hasty.request(method, path, body).status())
                    .as("%s, call %s", operation, i)
                    .isEqualTo(200);
        }
        Reply refused = hasty.request(method, path, body);

        assertThat(refused.status()).as(refused.body()).isEqualTo(429);
        assertThat(refused.detail()).isNotBlank();
        assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 60 / LIMIT);
        assertThat(AgentClient.of(mesh, "calm").request(method, path, body).status())
                .as("another agent")
                .isEqualTo(200);
    }
}
