package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.vault.Traces;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// What an agent may know of the vault and store in it, each "cannot" tried.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class AgentVaultTest {

    private static final String CANARY = "agents/Canary+0123456789";

    /// Calls whose agent does not wait for the answer; each may be answered before it is gone.
    private static final int HUNG_UP = 8;

    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        mesh = Mesh.start(MeshHome.withoutUpstream()
                .member("scribe", "\"allowed_credentials\": [\"crm_*\", \"shared_token\"]")
                .member("rogue", "\"allowed_credentials\": [\"*\"]")
                .member("filler", "\"allowed_credentials\": [\"fill_*\"]")
                .member("quitter", "\"allowed_credentials\": [\"*\"], \"blackboard_write\": [\"*\"]")
                .member("outsider", "\"allowed_credentials\": []")
                .credential("crm_of_file", "value-of-the-file")
                .credential("hook_secret", "whsec-0123456789abcdef")
                .credential("svc_key", "svc-0123456789abcdef")
                .mesh("""
                        services:
                          svc: {base_url: "http://127.0.0.1:9", credential: svc_key, usd_per_call: 0}
                        rate_limits: {operations: {vault: 6000}}
                        """)
                .with("config/webhooks.yaml", "hooks: {shop: {secret: hook_secret, agent: scribe}}\n"));
        assertThat(mesh.control("PUT", "/control/vault/crm_of_operator", new JsonObject().put("value", "op-value"))
                        .status())
                .isEqualTo(200);
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    @Test
    void an_agent_stores_finds_and_replaces_its_own_and_nobody_reads_it_back() {
        Reply stored = store("scribe", "CRM_Token", CANARY);
        assertThat(stored.status()).isEqualTo(200);
        assertThat(stored.body()).isEqualTo("{\"stored\":true,\"handle\":\"$CRED{crm_token}\"}");
        assertThat(store("scribe", "crm_token", CANARY + "-2").status()).isEqualTo(200);

        assertThat(mesh.get("scribe", "/mesh/vault/status/crm_token").body())
                .isEqualTo("{\"name\":\"crm_token\",\"exists\":true}");
        assertThat(mesh.get("scribe", "/mesh/vault/status/CRM_nothing").body())
                .isEqualTo("{\"name\":\"crm_nothing\",\"exists\":false}");
        JsonObject listed = mesh.get("scribe", "/mesh/vault/list").json();
        assertThat(listed.getJsonArray("credentials")).contains("crm_of_file", "crm_of_operator", "crm_token");
        assertThat(listed.getInteger("count"))
                .isEqualTo(listed.getJsonArray("credentials").size());

        Reply resolve = mesh.post("scribe", "/mesh/vault/resolve", new JsonObject().put("name", "crm_token"));
        assertThat(resolve.status()).isEqualTo(410);
        assertThat(resolve.detail()).startsWith("No credential's value leaves the mesh. Name it by its handle");

        List<String> answers = new ArrayList<>(List.of(stored.body(), listed.encode(), resolve.body()));
        answers.add(mesh.control("GET", "/control/vault", null).body());
        answers.add(audit("\"action\":\"vault.resolve\""));
        assertThat(answers)
                .allSatisfy(text -> assertThat(Traces.in(CANARY, text)).isEmpty());
        assertThat(Traces.of(CANARY, mesh.home().root())).isEmpty();
        assertThat(answers.getLast()).contains("\"action\":\"vault.store\"").contains("\"action\":\"vault.resolve\"");
    }

    @Test
    void what_an_entry_does_not_cover_is_neither_stored_nor_told() {
        Reply store = store("scribe", "other_token", CANARY);
        assertThat(store.status()).isEqualTo(403);
        assertThat(store.detail()).isEqualTo("Agent scribe cannot use credential other_token");
        Reply status = mesh.get("scribe", "/mesh/vault/status/hook_secret");
        assertThat(status.status()).isEqualTo(403);
        assertThat(status.detail()).isEqualTo("Agent scribe cannot use credential hook_secret");

        for (Reply reply : List.of(
                mesh.get("outsider", "/mesh/vault/list"),
                mesh.get("outsider", "/mesh/vault/status/crm_token"),
                store("outsider", "crm_token", "x"))) {
            assertThat(reply.status()).isEqualTo(403);
            assertThat(reply.detail()).startsWith("Agent outsider cannot use credential");
        }
        assertThat(audit("\"actor\":\"outsider\",\"action\":\"vault.list\""))
                .contains("permissions.scribe.allowed_credentials");
    }

    @Test
    void the_meshs_own_keys_are_nobodys_even_where_an_entry_covers_everything() {
        for (String[] key : new String[][] {
            {"sim_api_key", "it is the key of provider sim"},
            {"OPENAI_API_KEY", "it is the key of provider openai"},
            {"svc_key", "it is the key of service svc"},
            {"hook_secret", "it is the key of webhook shop"},
            {"sim_api_base", "it is what a provider's key or address is called"},
            {"unpriced_api_key", "it is what a provider's key or address is called"},
            {"anthropic_api_base", "it is what a provider's key or address is called"}
        }) {
            Reply refused = store("rogue", key[0], CANARY);
            assertThat(refused.status()).as(key[0]).isEqualTo(403);
            assertThat(refused.detail())
                    .isEqualTo("Agent rogue cannot use credential " + key[0].toLowerCase(java.util.Locale.ROOT) + ": "
                            + key[1]);
        }
        assertThat(mesh.get("rogue", "/mesh/vault/status/svc_key").status()).isEqualTo(403);
        JsonArray names = mesh.get("rogue", "/mesh/vault/list").json().getJsonArray("credentials");
        assertThat(names)
                .contains("crm_of_file", "crm_of_operator")
                .doesNotContain("sim_api_key", "svc_key", "hook_secret");
    }

    @Test
    void the_operators_names_and_other_agents_are_not_overwritten() {
        for (String name : List.of("crm_of_file", "crm_of_operator")) {
            Reply refused = store("scribe", name, CANARY);
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.detail()).isEqualTo("The operator set this credential");
        }
        assertThat(store("scribe", "shared_token", "first").status()).isEqualTo(200);
        Reply refused = store("rogue", "shared_token", "second");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.detail()).isEqualTo("Another agent stored this credential");
        JsonArray all = mesh.control("GET", "/control/vault", null).json().getJsonArray("credentials");
        assertThat(all.stream()
                        .map(JsonObject.class::cast)
                        .filter(entry -> entry.getString("name").equals("shared_token")))
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.getString("source")).isEqualTo("agent");
                    assertThat(entry.getString("stored_by")).isEqualTo("scribe");
                });
    }

    @Test
    void what_was_refused_is_recorded_so_though_its_agent_has_hung_up() throws Exception {
        JsonObject store = new JsonObject().put("name", "crm_of_file").put("value", CANARY);
        JsonObject claim =
                new JsonObject().put("key", "a").put("expected_version", 7).put("value", new JsonObject());
        for (int i = 0; i < HUNG_UP; i++) {
            // what the store has to wait for
            CompletableFuture<?> rotations = CompletableFuture.allOf(Stream.generate(
                            () -> CompletableFuture.runAsync(() -> mesh.control("POST", "/control/vault/rotate", null)))
                    .limit(3)
                    .toArray(CompletableFuture[]::new));
            askAndHangUp("/mesh/vault/store", store);
            askAndHangUp("/mesh/blackboard/claim", claim);
            rotations.get(30, TimeUnit.SECONDS);
        }
        for (String action : List.of("vault.store", "blackboard.claim")) {
            Eventually.until(
                    "each refusal of " + action,
                    () -> requests(action, "refused").size() == HUNG_UP);
            assertThat(requests(action, "refused")).isEqualTo(requests(action, "allowed"));
        }
    }

    private static void askAndHangUp(String path, JsonObject body) throws IOException {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            String token = "Authorization: Bearer " + mesh.token("quitter") + "\r\n";
            var _ = connection.post(path, token, body.toBuffer().getBytes());
        }
    }

    private static Set<String> requests(String action, String decision) {
        return AuditedActions.entries(mesh, "action=" + action).stream()
                .filter(entry -> entry.getString("actor").equals("quitter")
                        && entry.getString("decision").startsWith(decision))
                .map(entry -> entry.getString("request_id"))
                .collect(Collectors.toSet());
    }

    @Test
    void what_cannot_be_a_name_or_a_value_is_refused() {
        for (String name : List.of("", "a b", "a-b", "crm_ä", "crm_\u0000", "n".repeat(129), "crm_$CRED{a}")) {
            assertThat(store("scribe", name, "v").status()).as(name).isEqualTo(400);
        }
        for (String value : List.of("", " ", "a\u0000b", "a\nb", "a\n", "v".repeat(8193), "ü".repeat(4097))) {
            assertThat(store("scribe", "crm_x", value).status()).as(value).isEqualTo(400);
        }
        for (String body :
                List.of("{\"name\":\"crm_x\"}", "{\"value\":\"v\"}", "{\"name\":\"crm_x\",\"value\":1}", "[]")) {
            assertThat(mesh.post("scribe", "/mesh/vault/store", body).status())
                    .as(body)
                    .isEqualTo(422);
        }
        assertThat(mesh.post("scribe", "/mesh/vault/store", "{\"name\":").status())
                .isEqualTo(400);
        assertThat(mesh.post(
                                "scribe",
                                "/mesh/vault/store",
                                "{\"agent_id\":\"rogue\",\"name\":\"crm_x\",\"value\":\"v\"}")
                        .status())
                .isEqualTo(403);
        for (String path : List.of("a-b", "a%5fb", "a/b", "", "n".repeat(129))) {
            assertThat(mesh.get("scribe", "/mesh/vault/status/" + path).status())
                    .as(path)
                    .isIn(400, 404);
        }
        assertThat(mesh.get("scribe", "/mesh/vault/status/crm_x").json().getBoolean("exists"))
                .isFalse();
    }

    @Test
    void an_agent_has_stored_so_many_and_no_more() {
        for (int i = 0; i < 64; i++) {
            assertThat(store("filler", "fill_" + i, "v").status()).as("" + i).isEqualTo(200);
        }
        Reply refused = store("filler", "fill_more", "v");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.detail()).isEqualTo("The agent has stored 64 credentials, the most it may");
        assertThat(store("filler", "fill_0", "w").status()).isEqualTo(200);
    }

    private static Reply store(String agent, String name, String value) {
        return mesh.post(
                agent, "/mesh/vault/store", new JsonObject().put("name", name).put("value", value));
    }

    /// The whole audit, once it has this; what is answered may be recorded a moment later.
    private static String audit(String awaited) {
        Eventually.until("the audit has " + awaited, () -> audit().contains(awaited));
        return audit();
    }

    private static String audit() {
        try (EventSource events = mesh.events("after=0&follow=false")) {
            return events.toTheEnd().stream()
                    .map(event -> event.item().encode())
                    .reduce("", (all, next) -> all + next + "\n");
        }
    }
}
