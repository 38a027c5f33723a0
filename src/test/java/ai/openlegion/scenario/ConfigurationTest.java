package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Files that are wrong, files that change, and the running mesh.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class ConfigurationTest {

    private static Upstream upstream;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
    }

    @AfterAll
    static void stop() throws Exception {
        upstream.close();
    }

    @BeforeEach
    void reset() {
        upstream.reset();
    }

    @Test
    void an_unknown_key_stops_the_start_with_file_line_key_and_the_nearest_valid_one() throws Exception {
        MeshHome home = MeshHome.in(upstream).agent("alpha", "1").mesh("budgte: {daily_usd: 5}\n");
        try (Mesh mesh = Mesh.launch(home.write())) {
            assertThat(mesh.awaitExit()).isEqualTo(2);
            assertThat(mesh.log()).contains("mesh.yaml:").contains("budgte").contains("budget");
            assertThat(home.root().resolve("data/ready.json")).doesNotExist();
        }
    }

    @Test
    void all_problems_are_said_at_once() throws Exception {
        MeshHome home = MeshHome.in(upstream)
                .agent("alpha", "-1")
                .agent("mesh", "1")
                .mesh("storage: {url: \"jdbc:postgresql://localhost/x\"}\nfailover: {sim/small: [sim/gone]}\n");
        home.write();
        home.file("config/permissions.json", "{\"permissions\": {\"ghost\": {\"allowed_apis\": [\"llm\"]}}}");
        try (Mesh mesh = Mesh.launch(home)) {
            assertThat(mesh.awaitExit()).isEqualTo(2);
            assertThat(mesh.log())
                    .contains("agents.yaml:")
                    .contains("daily_usd")
                    .contains("storage.url")
                    .contains("failover.sim/small")
                    .contains("ghost");
        }
    }

    @Test
    void broken_permissions_on_reload_are_refused_whole_and_the_old_ones_stay() throws Exception {
        MeshHome home = MeshHome.in(upstream).agent("alpha", "1").agent("beta", "1", "\"sim/*\"", "[]");
        try (Mesh mesh = Mesh.start(home)) {
            home.file("config/permissions.json", "{\"permissions\": {\"beta\": {\"allowed_apis\": [\"llm\"]}, ");
            Reply reply = mesh.control("POST", "/control/reload", null);

            assertThat(reply.status()).isEqualTo(422);
            assertThat(reply.json().getJsonArray("problems").encode()).contains("permissions.json");
            assertThat(mesh.chat("alpha", Chat.with("tokens=3")).status()).isEqualTo(200);
            assertThat(mesh.chat("beta", Chat.with("tokens=3")).status()).isEqualTo(403);
        }
    }

    @Test
    void a_reload_swaps_permissions_budgets_and_agents_at_once_with_a_new_revision() throws Exception {
        MeshHome home = MeshHome.in(upstream).agent("alpha", "1").agent("beta", "1", "\"sim/*\"", "[]");
        try (Mesh mesh = Mesh.start(home)) {
            long revision = revision(mesh);
            home.agent("alpha", "1", "\"sim/*\"", "[]")
                    .agent("beta", "3")
                    .agent("gamma", "1")
                    .write();
            Reply reply = mesh.control("POST", "/control/reload", null);

            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.json().getLong("revision")).isGreaterThan(revision);
            assertThat(mesh.chat("alpha", Chat.with("tokens=3")).status()).isEqualTo(403);
            assertThat(mesh.chat("beta", Chat.with("tokens=3")).status()).isEqualTo(200);
            assertThat(mesh.chat("gamma", Chat.with("tokens=3")).status()).isEqualTo(200);
            assertThat(mesh.spend("beta").limit()).isEqualTo(3_000_000_000_000L);
        }
    }

    @Test
    void an_agent_removed_by_reload_is_cut_and_its_token_is_dead() throws Exception {
        MeshHome home = MeshHome.in(upstream).agent("alpha", "1").agent("beta", "1");
        try (Mesh mesh = Mesh.start(home)) {
            EventStream beta = mesh.stream("beta", Chat.with("tokens=2000 pace=5"));
            EventStream alpha = mesh.stream("alpha", Chat.with("tokens=100 pace=5"));
            assertThat(beta.next()).isNotNull();
            home.withoutAgent("beta").write();

            assertThat(mesh.control("POST", "/control/reload", null).status()).isEqualTo(200);

            CutShape.assertCut(beta.all(), "agent_revoked");
            assertThat(mesh.chat("beta", Chat.with("tokens=3")).status()).isEqualTo(401);
            assertThat(alpha.all()).last().isEqualTo("[DONE]");
            assertThat(alpha.deltas()).isEqualTo(100);
        }
    }

    @Test
    void a_changed_limit_survives_a_reload_until_the_file_changes() throws Exception {
        MeshHome home = MeshHome.in(upstream).agent("alpha", "1");
        try (Mesh mesh = Mesh.start(home)) {
            JsonObject half = new JsonObject().put("daily_usd", 0.5);
            assertThat(mesh.control("PUT", "/control/budgets/alpha", half).status())
                    .isEqualTo(200);
            assertThat(mesh.control("POST", "/control/reload", null).status()).isEqualTo(200);
            assertThat(mesh.spend("alpha").limit()).isEqualTo(500_000_000_000L);

            home.agent("alpha", "2").write();
            assertThat(mesh.control("POST", "/control/reload", null).status()).isEqualTo(200);
            assertThat(mesh.spend("alpha").limit()).isEqualTo(2_000_000_000_000L);
        }
    }

    @Test
    void no_secret_is_written_anywhere_in_the_home() throws Exception {
        try (Mesh mesh = Mesh.start(MeshHome.in(upstream).agent("alpha", "1"))) {
            assertThat(mesh.chat("alpha", Chat.with("echo_key")).body()).doesNotContain(Upstream.KEY);
            mesh.terminate();
            assertThat(mesh.awaitExit()).isZero();
            assertThat(mesh.log()).doesNotContain(Upstream.KEY);
            try (var files = Files.walk(mesh.home().root().resolve("data"))) {
                for (var file : files.filter(Files::isRegularFile).toList()) {
                    assertThat(new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
                            .as(file.toString())
                            .doesNotContain(Upstream.KEY)
                            .doesNotContain(mesh.token("alpha"));
                }
            }
        }
    }

    private static long revision(Mesh mesh) {
        return mesh.control("GET", "/control/status", null).json().getLong("policy_revision");
    }
}
