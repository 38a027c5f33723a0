package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.vault.Traces;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Credentials that the operator sets while the mesh runs: used at once, kept sealed, there again after whatever
/// happens.
@Timeout(240)
@ExtendWith(LogOnFailure.class)
class StoredKeyTest {

    private static final int CREDENTIALS = 20;

    @Test
    void a_provider_and_a_service_use_a_key_from_the_call_after_it_was_set_and_it_is_written_nowhere()
            throws Exception {
        try (Upstream upstream = Upstream.start();
                PlainService service = PlainService.start()) {
            String serviceKey = "svc/Canary+0123456789";
            MeshHome home = MeshHome.in(upstream)
                    .withoutProviderKey()
                    .agent("alpha", "10", "\"sim/*\"", "[\"llm\", \"svc\"]")
                    .mesh("""
                            services:
                              svc: {base_url: "http://127.0.0.1:%d", header: X-Key, credential: svc_key, usd_per_call: 0}
                            """.formatted(service.port()));
            List<String> heard = new ArrayList<>();
            try (Mesh mesh = Mesh.start(home)) {
                Eventually.until(
                        "it says what to do",
                        () -> mesh.log().contains("provider sim has no key: openlegion vault set sim_api_key, or"));
                assertThat(answers(mesh)).isNotEqualTo(200);

                heard.add(set(mesh, "SIM_API_KEY", Upstream.KEY).body());
                heard.add(set(mesh, "svc_key", serviceKey).body());
                assertThat(answers(mesh)).isEqualTo(200);
                assertThat(mesh.get("alpha", "/mesh/service/svc/status-204").status())
                        .isEqualTo(204);
                assertThat(service.last().encode()).contains(serviceKey);

                mesh.reload();
                assertThat(answers(mesh)).as("a reload keeps what is stored").isEqualTo(200);

                JsonObject listed = mesh.control("GET", "/control/vault", null).json();
                heard.add(listed.encode());
                JsonObject entry = entry(listed, "sim_api_key");
                assertThat(entry.getString("source")).isEqualTo("operator");
                assertThat(entry.getString("stored_by")).isEqualTo("operator");
                assertThat(entry.getJsonArray("used_by")).contains("provider sim", "provider stopping");
                assertThat(entry(listed, "svc_key").getJsonArray("used_by")).containsExactly("service svc");
                assertThat(mesh.control("GET", "/control/status", null).body()).doesNotContain("has no key");

                mesh.kill();
                try (Mesh again = Mesh.start(home)) {
                    assertThat(answers(again)).as("after kill -9").isEqualTo(200);
                    assertThat(again.control("POST", "/control/vault/rotate", null)
                                    .status())
                            .isEqualTo(200);
                    assertThat(answers(again)).as("after a rotation").isEqualTo(200);
                    String gone = again.control("DELETE", "/control/vault/sim_api_key", null)
                            .body();
                    assertThat(gone).isEqualTo("{\"name\":\"sim_api_key\",\"removed\":true}");
                    assertThat(answers(again)).isNotEqualTo(200);
                    for (String action : List.of("vault.set", "vault.rotate", "vault.remove")) {
                        Eventually.until(
                                action,
                                () -> audited(again).stream()
                                        .anyMatch(line -> line.contains("\"action\":\"" + action + "\"")));
                    }
                    heard.addAll(audited(again));
                    for (String value : List.of(Upstream.KEY, serviceKey)) {
                        // the database, its journal, the logs of both processes, what the mesh answered
                        assertThat(Traces.of(value, home.root())).isEmpty();
                        assertThat(heard)
                                .allSatisfy(text ->
                                        assertThat(Traces.in(value, text)).isEmpty());
                    }
                }
            }
        }
    }

    @Test
    void what_the_environment_or_the_file_sets_wins_and_cannot_be_overridden() throws Exception {
        MeshHome home = MeshHome.withoutUpstream()
                .agent("alpha", "1")
                .credential("in_file", "value-of-the-file")
                .variable("OPENLEGION_CRED_IN_VARIABLE", "value-of-the-variable");
        try (Mesh mesh = Mesh.start(home)) {
            Reply file = set(mesh, "in_file", "another");
            Reply variable = set(mesh, "in_variable", "another");
            assertThat(file.status()).isEqualTo(409);
            assertThat(file.detail())
                    .isEqualTo("in_file is set by .env, which wins over what is stored: change it there");
            assertThat(variable.detail())
                    .isEqualTo(
                            "in_variable is set by the environment, which wins over what is stored: change it there");
            assertThat(mesh.control("DELETE", "/control/vault/in_file", null).status())
                    .isEqualTo(409);

            assertThat(set(mesh, "later", "stored").status()).isEqualTo(200);
            mesh.home().credential("later", "value-of-the-file").write();
            mesh.reload();
            JsonObject later = entry(mesh.control("GET", "/control/vault", null).json(), "later");
            assertThat(later.getString("source")).isEqualTo("env_file");
            assertThat(later.getBoolean("hidden")).isTrue();
            assertThat(mesh.control("DELETE", "/control/vault/later", null)
                            .json()
                            .getString("still_set_by"))
                    .isEqualTo("env_file");
            assertThat(mesh.control("DELETE", "/control/vault/nowhere", null).status())
                    .isEqualTo(404);
        }
    }

    @Test
    void what_cannot_be_a_name_or_a_value_is_refused_without_repeating_it() throws Exception {
        try (Mesh mesh = Mesh.start(MeshHome.withoutUpstream().agent("alpha", "1"))) {
            for (String name : List.of("a-b", "a%20b", "a.b", "%C3%A4", "a%00", "n".repeat(129), "$CRED%7Ba%7D")) {
                assertThat(set(mesh, name, "value").status()).as(name).isEqualTo(400);
            }
            for (String value : List.of(
                    "", "  ", "Canary\u0000Canary", "Canary\r\nX-Evil: 1", "v".repeat(8193), " Canary", "Canary\n")) {
                Reply refused = set(mesh, "fine", value);
                assertThat(refused.status()).as(value).isEqualTo(400);
                assertThat(refused.body()).doesNotContain("Canary").contains("the value ");
            }
            for (String body : List.of("{}", "{\"value\":null}", "{\"value\":7}", "{\"value\":[\"a\"]}", "[]", "7")) {
                assertThat(put(mesh, body).status()).as(body).isEqualTo(422);
            }
            for (String body :
                    List.of("", "{\"value\":", "{\"value\":\"a\",\"value\":\"b\"}", "{\"value\":\"\\ud800\"}")) {
                assertThat(put(mesh, body).status()).as(body).isEqualTo(400);
            }
            assertThat(set(mesh, "N".repeat(128), "v".repeat(8192)).status()).isEqualTo(200);
            assertThat(mesh.control("GET", "/control/vault", null).json().getJsonArray("credentials"))
                    .hasSize(2);
        }
    }

    @Test
    void a_wrong_or_missing_master_key_or_an_altered_row_keeps_the_mesh_from_starting() throws Exception {
        MeshHome home = MeshHome.withoutUpstream().agent("alpha", "1");
        try (Mesh mesh = Mesh.start(home)) {
            assertThat(set(mesh, "github_token", "value-of-it").status()).isEqualTo(200);
            mesh.terminate();
            assertThat(mesh.awaitExit()).isZero();
            Path key = home.root().resolve("data/vault.key");
            Path aside = home.root().resolve("aside");
            Files.move(key, aside);

            Mesh missing = Mesh.launch(home);
            assertThat(missing.awaitExit()).isEqualTo(1);
            assertThat(missing.log())
                    .contains("openlegion: cannot start: the master key ")
                    .contains(" is missing, under which the stored credential github_token is");

            home.variable("OPENLEGION_VAULT_KEY", "0".repeat(64));
            Mesh wrong = Mesh.launch(home);
            assertThat(wrong.awaitExit()).isEqualTo(1);
            assertThat(wrong.log()).contains("the stored credential github_token is");

            home.variable("OPENLEGION_VAULT_KEY", "");
            Files.writeString(key, "not a key\n");
            Mesh garbled = Mesh.launch(home);
            assertThat(garbled.awaitExit()).isEqualTo(1);
            assertThat(garbled.log()).contains("openlegion: cannot start: " + key + " line 1 is no master key");

            Files.delete(key);
            Files.move(aside, key);
            try (Mesh back = Mesh.start(home)) {
                assertThat(back.control("GET", "/control/vault", null).body()).contains("github_token");
            }
        }
    }

    @Test
    void whenever_a_rotation_is_killed_everything_stored_is_there_at_the_next_start() throws Exception {
        MeshHome home = MeshHome.withoutUpstream().agent("alpha", "1");
        List<Mesh> meshes = new ArrayList<>();
        try (ExecutorService hand = Executors.newSingleThreadExecutor()) {
            Mesh mesh = Mesh.start(home);
            meshes.add(mesh);
            for (int i = 0; i < CREDENTIALS; i++) {
                assertThat(set(mesh, "kept_" + i, "value-of-" + i).status()).isEqualTo(200);
            }
            for (int round = 1; round <= 3; round++) {
                Mesh victim = mesh;
                AtomicInteger rotations = new AtomicInteger();
                Future<?> rotating = hand.submit(() -> {
                    while (victim.control("POST", "/control/vault/rotate", null).status() == 200) {
                        rotations.incrementAndGet();
                    }
                });
                int enough = round;
                Eventually.until("rotations", () -> rotations.get() >= enough);
                victim.kill();
                Eventually.until("nobody rotates", rotating::isDone);

                mesh = Mesh.start(home);
                meshes.add(mesh);
                JsonObject listed = mesh.control("GET", "/control/vault", null).json();
                for (int i = 0; i < CREDENTIALS; i++) {
                    assertThat(entry(listed, "kept_" + i).getString("source")).isEqualTo("operator");
                }
                assertThat(Files.readAllLines(home.root().resolve("data/vault.key")).stream()
                                .filter(line -> !line.startsWith("#")))
                        .as("one key is left")
                        .hasSize(1);
            }
        } finally {
            for (Mesh each : meshes) {
                each.close();
            }
        }
    }

    private static int answers(Mesh mesh) {
        return mesh.chat("alpha", Chat.with("tokens=3")).status();
    }

    private static Reply set(Mesh mesh, String name, String value) {
        return mesh.control("PUT", "/control/vault/" + name, new JsonObject().put("value", value));
    }

    private static Reply put(Mesh mesh, String body) {
        return mesh.send(java.net.http.HttpRequest.newBuilder(
                        java.net.URI.create("http://127.0.0.1:" + mesh.controlPort() + "/control/vault/fine"))
                .header("authorization", "Bearer " + mesh.operatorToken())
                .PUT(java.net.http.HttpRequest.BodyPublishers.ofString(body)));
    }

    private static JsonObject entry(JsonObject listed, String name) {
        JsonArray all = listed.getJsonArray("credentials");
        for (int i = 0; i < all.size(); i++) {
            if (all.getJsonObject(i).getString("name").equals(name)) {
                return all.getJsonObject(i);
            }
        }
        throw new AssertionError(name + " is not in " + all);
    }

    private static List<String> audited(Mesh mesh) {
        try (EventSource events = mesh.events("after=0&follow=false")) {
            return events.toTheEnd().stream()
                    .map(event -> event.item().encode())
                    .toList();
        }
    }
}
