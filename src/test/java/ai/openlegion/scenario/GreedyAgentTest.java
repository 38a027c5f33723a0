package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// An agent with a valid token and money that takes all it can get, while another one works.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class GreedyAgentTest {

    private static final int UPSTREAM = 40;

    @Test
    void slow_streams_take_half_of_the_providers_connections_and_the_rest_is_told_to_come_again() throws Exception {
        try (Siege siege = Siege.lay(", event_loops: 2, upstream_connections: " + UPSTREAM)) {
            SteadyAgent steady = SteadyAgent.start(siege.mesh, "steady");
            List<RawHttp2> greedy = new ArrayList<>();
            try {
                byte[] body = Chat.with("tokens=2000 pace=20")
                        .put("stream", true)
                        .encode()
                        .getBytes(StandardCharsets.UTF_8);
                Map<String, String> headers = Map.of(
                        "authorization", "Bearer " + siege.mesh.token("rogue"), "content-type", "application/json");
                // as many connections as it takes to be on each event loop
                for (int i = 0; i < 8; i++) {
                    var connection = new RawHttp2(siege.mesh.port());
                    greedy.add(connection);
                    for (int j = 0; j < UPSTREAM / 4; j++) {
                        int stream = connection.request("POST", "/v1/chat/completions", headers, false);
                        connection.frame(RawHttp2.DATA, RawHttp2.END_STREAM, stream, body);
                    }
                    assertThat(connection.flush()).isTrue();
                }
                Eventually.until(
                        "half of the provider's connections are taken",
                        () -> siege.upstream.provider().total().streamsOpen() >= UPSTREAM / 2);
                steady.goesOnFor(100);

                assertThat(siege.upstream.provider().total().streamsOpen()).isLessThanOrEqualTo(UPSTREAM / 2 + 1);
                Reply oneMore = siege.mesh.chat("rogue", new JsonObject(new String(body, StandardCharsets.UTF_8)));
                assertThat(oneMore.status()).as("%s", oneMore.body()).isEqualTo(503);
                assertThat(oneMore.header("retry-after")).isEqualTo("1");
            } finally {
                for (RawHttp2 connection : greedy) {
                    connection.close();
                }
                int _ = steady.stop();
            }
            siege.answers();
        }
    }
}
