package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// The limits of `mesh.yaml` on what one agent may pile up: refused in time, and only for who is over.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class FabricLimitsTest {

    private static final String MEMBERS = """
            "can_message": ["*"], "can_subscribe": ["*"], "blackboard_read": ["*"], "blackboard_write": ["*"]""";

    private static Mesh mesh;
    private static AgentClient alpha;
    private static AgentClient beta;

    @BeforeAll
    static void start() throws Exception {
        mesh = Mesh.start(MeshHome.withoutUpstream()
                .mesh("""
                        limits: {board_entries: 20, board_agent_bytes: 4096, board_watches: 2, inbox_bytes: 4096,
                                 inbox_subscriptions: 2, inbox_readers: 2}
                        """)
                .member("alpha", MEMBERS)
                .member("beta", MEMBERS)
                .member("gamma", MEMBERS));
        alpha = AgentClient.of(mesh, "alpha");
        beta = AgentClient.of(mesh, "beta");
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    private static JsonObject text(int length) {
        return new JsonObject().put("text", "x".repeat(length));
    }

    @Test
    void the_blackboard_holds_so_many_entries_and_of_each_agent_so_much() {
        assertThat(alpha.put("large", text(3_000)).status()).isEqualTo(200);
        assertThat(alpha.put("larger", text(3_000)).status()).isEqualTo(507);
        assertThat(alpha.claim("larger", text(3_000), 0).status()).isEqualTo(507);
        assertThat(alpha.get("larger").status()).isEqualTo(404);
        assertThat(alpha.put("large", text(3_500)).status()).as("in its place").isEqualTo(200);
        assertThat(beta.put("theirs", text(3_000)).status()).as("of another").isEqualTo(200);
        assertThat(alpha.delete("large").status()).isEqualTo(204);
        assertThat(alpha.put("larger", text(3_000)).status()).isEqualTo(200);

        int stored = 2;
        while (alpha.put("small/" + stored, new JsonObject()).status() == 200) {
            stored++;
        }
        assertThat(stored).isEqualTo(20);
        assertThat(beta.put("one/more", new JsonObject()).status()).isEqualTo(507);
        assertThat(beta.put("theirs", new JsonObject()).status())
                .as("no new one")
                .isEqualTo(200);
        assertThat(alpha.delete("small/5").status()).isEqualTo(204);
        assertThat(beta.put("one/more", new JsonObject()).status()).isEqualTo(200);
    }

    @Test
    void an_agent_watches_and_subscribes_to_so_much() {
        for (String name : List.of("one", "two", "one")) {
            assertThat(alpha.watch(name).status()).isEqualTo(200);
            assertThat(alpha.subscribe(name).status()).isEqualTo(200);
        }
        assertThat(alpha.watch("three").status()).isBetween(400, 599);
        assertThat(alpha.subscribe("three").status()).isBetween(400, 599);
        assertThat(beta.watch("three").status()).isEqualTo(200);
        assertThat(alpha.unsubscribe("one").status()).isEqualTo(200);
        assertThat(alpha.subscribe("three").status()).isEqualTo(200);
    }

    @Test
    void an_inbox_is_full_by_its_bytes_too() {
        assertThat(alpha.message("beta", text(3_000)).status()).isEqualTo(200);
        assertThat(alpha.message("beta", text(3_000)).status()).isEqualTo(429);
        assertThat(alpha.message("gamma", text(3_000)).status()).isEqualTo(200);
        assertThat(beta.items(0)).hasSize(1);
        assertThat(beta.ack(1).status()).isEqualTo(200);
        assertThat(alpha.message("beta", text(3_000)).status()).isEqualTo(200);
    }

    @Test
    void so_many_readers_wait_at_one_inbox_and_leave_room_when_they_go() {
        AgentClient gamma = AgentClient.of(mesh, "gamma");
        List<EventSource> streams = new ArrayList<>();
        try {
            streams.add(alpha.stream(0L));
            streams.add(alpha.stream(0L));
            Eventually.until("both wait", () -> readers() == 2);
            assertThat(alpha.poll(0, 5).status()).isBetween(400, 599);
            assertThat(gamma.poll(0, 0).status()).as("at another").isEqualTo(200);
        } finally {
            streams.forEach(EventSource::close);
        }
        Eventually.until("they are gone", () -> readers() == 0);
        assertThat(alpha.poll(0, 0).status()).isEqualTo(200);
    }

    private static long readers() {
        return mesh.control("GET", "/control/inbox/alpha", null)
                .json()
                .getJsonObject("standing")
                .getLong("readers");
    }
}
