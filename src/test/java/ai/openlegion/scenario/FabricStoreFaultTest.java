package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A store that cannot write: nothing is promised, nothing that was promised is lost, and it ends with its cause.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class FabricStoreFaultTest {

    private static JsonObject numbered(int n) {
        return new JsonObject().put("n", n);
    }

    @Test
    void while_the_database_is_locked_the_fabric_promises_nothing_and_afterwards_all_is_in_order() throws Exception {
        MeshHome home = MeshHome.withoutUpstream().member("alpha", """
                "can_message": ["*"], "can_publish": ["*"], "can_subscribe": ["*"],
                "blackboard_read": ["*"], "blackboard_write": ["*"]""");
        try (Mesh mesh = Mesh.start(home)) {
            AgentClient alpha = AgentClient.of(mesh, "alpha");
            alpha.subscribe("news");
            assertThat(alpha.message("alpha", numbered(0)).status()).isEqualTo(200);
            assertThat(alpha.put("kept", numbered(0)).status()).isEqualTo(200);
            String url = "jdbc:sqlite:" + mesh.home().root().resolve("data/openlegion.db");
            try (Connection other = DriverManager.getConnection(url);
                    Statement statement = other.createStatement()) {
                statement.execute("BEGIN IMMEDIATE");
                List<CompletableFuture<Reply>> refused = List.of(
                        CompletableFuture.supplyAsync(() -> alpha.message("alpha", numbered(1))),
                        CompletableFuture.supplyAsync(() -> alpha.publish("news", numbered(2))),
                        CompletableFuture.supplyAsync(() -> alpha.put("kept", numbered(3))),
                        CompletableFuture.supplyAsync(() -> alpha.claim("kept", numbered(4), 1)),
                        CompletableFuture.supplyAsync(() -> alpha.subscribe("other")));
                assertThat(refused).allSatisfy(reply -> {
                    assertThat(reply.join().status()).as(reply.join().body()).isEqualTo(503);
                    assertThat(reply.join().detail()).isNotBlank();
                });
                assertThat(alpha.get("kept").json().getJsonObject("value"))
                        .as("what was there can be read")
                        .isEqualTo(numbered(0));
                statement.execute("ROLLBACK");
            }
            Eventually.until(
                    "it takes messages again",
                    () -> alpha.message("alpha", numbered(9)).status() == 200);
            Eventually.until(
                    "it takes entries again",
                    () -> alpha.put("kept", numbered(9)).status() == 200);

            List<JsonObject> items = alpha.items(0);
            assertThat(items.getFirst().getJsonObject("payload")).isEqualTo(numbered(0));
            assertThat(items.getLast().getJsonObject("payload")).isEqualTo(numbered(9));
            for (int i = 0; i < items.size(); i++) {
                assertThat(items.get(i).getLong("seq")).isEqualTo(i + 1);
            }
            assertThat(alpha.get("kept").json().getLong("version")).isGreaterThan(1);
            mesh.kill();
            try (Mesh second = Mesh.start(home)) {
                assertThat(AgentClient.of(second, "alpha").items(0)).isEqualTo(items);
            }
        }
    }
}
