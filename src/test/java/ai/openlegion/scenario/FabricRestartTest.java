package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// What the fabric knows after `kill -9`, after a stop, and after an agent has left the fleet.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class FabricRestartTest {

    private static final JsonObject ONE = new JsonObject().put("n", 1);
    private static final String SENDS = """
            "can_message": ["*"], "can_publish": ["*"], "can_subscribe": ["*"], "can_manage_cron": true,
            "blackboard_read": ["*"], "blackboard_write": ["*"]""";
    private static final String RECEIVES = """
            "can_subscribe": ["*", "named"], "blackboard_read": ["*"], "can_manage_cron": true""";

    private static List<Integer> numbers(List<JsonObject> items) {
        return items.stream()
                .map(item -> item.getJsonObject("payload").getInteger("n", -1))
                .toList();
    }

    @Test
    void everything_that_was_answered_is_known_after_kill_9() throws Exception {
        MeshHome home = MeshHome.withoutUpstream().member("sender", SENDS).member("receiver", RECEIVES);
        long version;
        Mesh first = Mesh.start(home);
        try {
            AgentClient sender = AgentClient.of(first, "sender");
            AgentClient receiver = AgentClient.of(first, "receiver");
            assertThat(receiver.register().status()).isEqualTo(200);
            assertThat(receiver.subscribe("chosen").status()).isEqualTo(200);
            assertThat(receiver.subscribe("ended").status()).isEqualTo(200);
            assertThat(receiver.unsubscribe("ended").status()).isEqualTo(200);
            assertThat(receiver.watch("kept/*").status()).isEqualTo(200);
            assertThat(receiver.cron("0 0 1 1 *", "happy new year").status()).isEqualTo(200);
            sender.put("gone/key", ONE);
            sender.delete("gone/key");
            version = sender.put("kept/key", ONE).json().getLong("version");
            for (int n = 0; n < 5; n++) {
                sender.message("receiver", new JsonObject().put("n", n));
            }
            assertThat(receiver.ack(3).status()).isEqualTo(200);
        } finally {
            first.kill();
        }
        try (Mesh second = Mesh.start(home)) {
            AgentClient sender = AgentClient.of(second, "sender");
            AgentClient receiver = AgentClient.of(second, "receiver");
            assertThat(numbers(receiver.items(0))).containsExactly(2, 3, 4);
            assertThat(receiver.items(0))
                    .extracting(item -> item.getLong("seq"))
                    .containsExactly(4L, 5L, 6L);
            assertThat(sender.get("kept/key").json().getLong("version")).isEqualTo(version);
            assertThat(sender.get("gone/key").status()).isEqualTo(404);
            assertThat(sender.put("gone/key", ONE).json().getLong("version")).isGreaterThan(1);
            assertThat(receiver.request("GET", "/mesh/cron", null).body()).contains("happy new year");

            for (String topic : List.of("named", "chosen", "ended")) {
                assertThat(sender.publish(topic, ONE).json().getInteger("subscribers_notified"))
                        .as(topic)
                        .isEqualTo(topic.equals("ended") ? 0 : 1);
            }
            sender.put("kept/key", ONE);
            assertThat(receiver.awaitItems(6, 3))
                    .extracting(item -> item.getString("kind"))
                    .containsExactly("event", "event", "watch");
            assertThat(sender.request("GET", "/mesh/agents", null)
                            .json()
                            .getJsonObject("receiver")
                            .getString("state"))
                    .isEqualTo("ready");
        }
    }

    @Test
    void an_agent_that_was_removed_leaves_nothing_behind() throws Exception {
        MeshHome home = MeshHome.withoutUpstream().member("sender", SENDS).member("receiver", RECEIVES);
        try (Mesh mesh = Mesh.start(home)) {
            AgentClient sender = AgentClient.of(mesh, "sender");
            AgentClient receiver = AgentClient.of(mesh, "receiver");
            receiver.register();
            receiver.subscribe("chosen");
            receiver.watch("kept/*");
            receiver.cron("0 0 1 1 *", "happy new year");
            sender.message("receiver", ONE);
            try (EventSource stream = receiver.stream(null)) {
                assertThat(stream.next().id()).isEqualTo(1);
                home.withoutAgent("receiver").write();
                mesh.reload();

                assertThat(stream.toTheEnd()).as("its stream ends").isEmpty();
            }
            assertThat(receiver.poll(0, 0).status()).isEqualTo(401);
            assertThat(sender.message("receiver", ONE).status()).isEqualTo(404);
            assertThat(sender.publish("chosen", ONE).json().getInteger("subscribers_notified"))
                    .isZero();
            assertThat(sender.publish("named", ONE).json().getInteger("subscribers_notified"))
                    .isZero();

            home.member("receiver", RECEIVES).write();
            mesh.reload();
            assertThat(sender.publish("chosen", ONE).json().getInteger("subscribers_notified"))
                    .as("when it is back")
                    .isZero();
            sender.put("kept/key", ONE);
            assertThat(receiver.items(0)).isEmpty();
            assertThat(receiver.request("GET", "/mesh/cron", null).body()).doesNotContain("happy new year");
            assertThat(sender.message("receiver", new JsonObject().put("n", 2)).status())
                    .isEqualTo(200);
            assertThat(numbers(receiver.items(0))).containsExactly(2);
        }
    }

    @Test
    void a_stop_ends_streams_and_polls_and_keeps_what_they_did_not_get() throws Exception {
        MeshHome home = MeshHome.withoutUpstream().member("sender", SENDS).member("receiver", RECEIVES);
        try (Mesh first = Mesh.start(home)) {
            AgentClient receiver = AgentClient.of(first, "receiver");
            AgentClient.of(first, "sender").message("receiver", ONE);
            try (EventSource stream = receiver.stream(null)) {
                assertThat(stream.next().id()).isEqualTo(1);
                first.terminate();

                assertThat(stream.toTheEnd()).isEmpty();
                assertThat(first.awaitExit()).isZero();
            }
            try (Mesh second = Mesh.start(home)) {
                assertThat(numbers(AgentClient.of(second, "receiver").items(0))).containsExactly(1);
            }
        }
    }
}
