package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.vault.Written;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Handles of credentials in calls of services, judged by what the service saw and the agent got.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class CredentialHandleTest {

    private static final String VALUE = "tok+en/90e1&51=ab 7720~c";
    private static final String SENTENCE = "holds $CRED{own_other} itself";

    private static PlainService service;
    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        service = PlainService.start();
        upstream = Upstream.start();
        String grants = "\"allowed_apis\": [\"svc\", \"plain\"], \"allowed_credentials\": [%s]";
        mesh = Mesh.start(MeshHome.in(upstream)
                .provider("teamed", "dialect: openai, credential: team_key, base_url: \"http://127.0.0.1:9/v1\"")
                .credential("team_key", "team-key-0077aa11bb22")
                .credential("teamed_api_key", "teamed-from-before-0077aa11")
                .credential("svc_key", "the-services-own-51aa90")
                .credential("own_key", VALUE)
                .credential("own_other", "other-4455-66aa-77")
                .credential("own_nested", SENTENCE)
                .credential("own_foreign", "w\u00f6rter-beyond-ascii")
                .credential("leads_secret", "webhook-secret-0123456789abcdef0123")
                .mesh("""
                        services:
                          svc:
                            base_url: "http://127.0.0.1:%1$d/base"
                            header: X-Service-Key
                            credential: svc_key
                            usd_per_call: 0.01
                            handles: ["header:X-Token", "query:key"]
                            actions: {search: "GET /search/status-200"}
                          plain: {base_url: "http://127.0.0.1:%1$d", usd_per_call: 0}
                        """.formatted(service.port()))
                .with("config/webhooks.yaml", """
                        hooks:
                          leads: {secret: leads_secret, agent: user}
                        """)
                .agent("user", "100")
                .permissions("user", grants.formatted("\"own_*\""))
                .agent("greedy", "100")
                .permissions("greedy", grants.formatted("\"*\""))
                .agent("none", "100")
                .permissions("none", grants.formatted("")));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
        service.close();
    }

    @BeforeEach
    void reset() {
        service.reset();
    }

    private static Reply get(String agent, String path, String... headers) {
        HttpRequest.Builder request =
                mesh.request(agent, "/mesh/service/" + path).GET();
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return mesh.send(request);
    }

    private static String handle(String name) {
        return URLEncoder.encode("$CRED{" + name + "}", StandardCharsets.UTF_8);
    }

    @Test
    void a_handle_becomes_the_credential_only_on_the_way_to_the_service() {
        Reply reply = get(
                "user",
                "svc/status-200?q=1&key=" + handle("own_key") + "&z=2",
                "x-token",
                "Token $CRED{own_other}, $CRED{OWN_OTHER}");

        assertThat(reply.status()).isEqualTo(200);
        JsonObject seen = service.last();
        assertThat(seen.getString("uri"))
                .isEqualTo("/base/status-200?q=1&key=tok%2Ben%2F90e1%2651%3Dab%207720%7Ec&z=2");
        assertThat(seen.getJsonObject("headers").getString("x-token"))
                .isEqualTo("Token other-4455-66aa-77, other-4455-66aa-77");
        assertThat(seen.getJsonObject("headers").getString("x-service-key")).isEqualTo("the-services-own-51aa90");
        assertThat(mesh.log()).doesNotContain("90e1").doesNotContain("4455");
        Eventually.until(
                "both uses are recorded, in one entry",
                () -> Recorded.of(mesh, "user", "vault.use").stream()
                        .map(each -> each.getString("resource"))
                        .toList()
                        .contains("own_key, own_other for svc"));
        List<JsonObject> used = Recorded.of(mesh, "user", "vault.use");
        assertThat(used).allSatisfy(each -> {
            assertThat(each.getString("decision")).isEqualTo("allowed");
            assertThat(each.getString("rule")).contains("allowed_credentials");
        });
        assertThat(Recorded.decided(mesh, "user", "service.call", "allowed").toString())
                .doesNotContain("90e1");
    }

    @Test
    void the_params_of_an_action_take_handles_too() {
        JsonObject params = new JsonObject().put("q", "$CRED{own_key}").put("key", "$CRED{own_key}");
        Reply reply = mesh.post("user", "/mesh/api", ServiceRig.envelope("svc", "search", params));

        assertThat(reply.json().getBoolean("success")).isTrue();
        assertThat(service.last().getString("uri"))
                .isEqualTo("/base/search/status-200?q=%24CRED%7Bown_key%7D&key=tok%2Ben%2F90e1%2651%3Dab%207720%7Ec");
    }

    @Test
    void a_credential_that_names_another_does_not_bring_it_along() {
        assertThat(get("user", "svc/a", "x-token", "$CRED{own_nested}").status())
                .isEqualTo(200);
        assertThat(service.last().getJsonObject("headers").getString("x-token")).isEqualTo(SENTENCE);
    }

    @Test
    void in_any_other_place_a_handle_stays_as_it_is() {
        String text = "$CRED{own_key}";
        Reply reply = mesh.send(mesh.request("user", "/mesh/service/svc/p/$CRED%7Bown_key%7D?q=" + handle("own_key"))
                .header("x-other", text)
                .POST(HttpRequest.BodyPublishers.ofString("{\"key\":\"" + text + "\"}")));

        assertThat(reply.status()).isEqualTo(200);
        JsonObject seen = service.last();
        assertThat(seen.getString("uri")).isEqualTo("/base/p/$CRED%7Bown_key%7D?q=" + handle("own_key"));
        assertThat(seen.getString("body")).isEqualTo("{\"key\":\"" + text + "\"}");
        assertThat(seen.getJsonObject("headers").getString("x-other")).isEqualTo(text);
        assertThat(get("user", "plain/a?key=" + handle("own_key"), "x-token", text)
                        .status())
                .isEqualTo(200);
        assertThat(service.last().getString("uri")).isEqualTo("/a?key=" + handle("own_key"));
        assertThat(service.last().getJsonObject("headers").getString("x-token")).isEqualTo(text);
    }

    @Test
    void a_credential_that_the_matrix_does_not_cover_is_not_sent() {
        Reply reply = get("none", "svc/a", "x-token", "$CRED{own_key}");
        Reply enveloped = mesh.post(
                "none",
                "/mesh/api",
                ServiceRig.envelope("svc", "search", new JsonObject().put("key", "$CRED{own_key}")));

        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.detail()).isEqualTo("Agent none cannot use credential own_key");
        assertThat(enveloped.status()).isEqualTo(403);
        assertThat(service.requests()).isZero();
        assertThat(mesh.spend("none").gone()).isZero();
        assertThat(Recorded.decided(mesh, "none", "vault.use", "denied"))
                .allMatch(each -> each.getString("decision").equals("denied"));
        assertThat(get("none", "svc/a", "x-token", "$CRED{absent}").status())
                .as("whether it exists is not told")
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sim_api_key", "SIM_API_KEY", "svc_key", "leads_secret", "teamed_api_key", "team_key"})
    void a_key_of_the_mesh_itself_is_nobodys_handle(String name) {
        String listed = mesh.get("greedy", "/mesh/vault/list").body();
        assertThat(listed).contains("\"own_key\"").doesNotContain("\"" + name.toLowerCase(Locale.ROOT) + "\"");
        Reply reply = get("greedy", "svc/a?key=" + handle(name));

        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.detail())
                .contains(name.equals("teamed_api_key") ? "it is what a provider's key" : "it is the key of");
        assertThat(service.requests()).isZero();
    }

    @Test
    void unknown_and_malformed_handles_are_said_so() {
        assertThat(get("greedy", "svc/a", "x-token", "$CRED{absent}").status()).isEqualTo(400);
        assertThat(get("greedy", "svc/a", "x-token", "$CRED{absent}").detail()).isEqualTo("Unknown credential: absent");
        for (String malformed : List.of("$CRED{", "$CRED{}", "$CRED{a-b}", "ok $CRED{own_key} no $CRED{x")) {
            assertThat(get("greedy", "svc/a", "x-token", malformed).status())
                    .as(malformed)
                    .isEqualTo(400);
        }
        assertThat(get("user", "svc/a", "x-token", "$CRED{own_foreign}").status())
                .as("no header can carry it")
                .isEqualTo(400);
        assertThat(service.requests()).isZero();
        assertThat(mesh.spend("greedy").gone()).isZero();
    }

    /// In pieces of some bytes an echoed credential would pass.
    @Test
    void parts_of_an_answer_cannot_be_asked_of_a_service_with_handles() {
        String[] part = {"range", "bytes=100-109", "if-range", "\"a\""};
        assertThat(get("user", "svc/a", part).status()).isEqualTo(200);
        assertThat(service.last().getJsonObject("headers").fieldNames()).doesNotContain("range", "if-range");
        assertThat(get("user", "plain/a", part).status()).isEqualTo(200);
        assertThat(service.last().getJsonObject("headers").fieldNames()).contains("range", "if-range");
    }

    @Test
    void what_would_grow_beyond_measure_is_refused() {
        Reply many = get("user", "svc/a", "x-token", "$CRED{own_other}".repeat(17));
        assertThat(many.status()).isEqualTo(400);
        assertThat(many.detail()).isEqualTo("A request has at most 16 handles");
        assertThat(get("user", "svc/a", "x-token", "$CRED{own_other}".repeat(16))
                        .status())
                .isEqualTo(200);
        JsonObject stored = new JsonObject().put("name", "own_long").put("value", "l".repeat(8_192));
        assertThat(mesh.post("user", "/mesh/vault/store", stored).status()).isEqualTo(200);
        assertThat(get("user", "svc/a", "x-token", "$CRED{own_long}".repeat(9)).status())
                .isEqualTo(400);
        assertThat(service.requests()).isEqualTo(1);
    }

    @Test
    void what_the_service_sends_back_of_it_never_reaches_the_agent() {
        Reply echoed = get("user", "svc/echo?key=" + handle("own_key"));
        assertThat(echoed.status()).isEqualTo(502);
        assertThat(echoed.json().getString("error_type")).isEqualTo("credential_blocked");
        Reply inHeader = get("user", "svc/echo", "x-token", "Token $CRED{own_other}");
        assertThat(inHeader.status()).isEqualTo(502);
        Reply redirected = get("user", "svc/redirect-query?key=" + handle("own_key"));
        assertThat(redirected.status()).isEqualTo(302);
        assertThat(redirected.header("location")).isEqualTo("/mesh/service/svc/next?key=***");
        assertThat(redirected.header("x-request-id")).isEqualTo("***");
        assertThat(Recorded.decided(mesh, "user", "service.call", "blocked: credential_blocked"))
                .isNotEmpty();
    }

    @Test
    void what_an_agent_stored_is_looked_for_in_what_comes_back_to_those_who_may_use_it() {
        String value = "stored-by-an-agent-/+77";
        JsonObject stored = new JsonObject().put("name", "own_stored").put("value", value);
        assertThat(mesh.post("user", "/mesh/vault/store", stored).json().getString("handle"))
                .isEqualTo("$CRED{own_stored}");

        assertThat(get("user", "svc/status-200", "x-token", "$CRED{own_stored}").status())
                .isEqualTo(200);
        assertThat(service.last().getJsonObject("headers").getString("x-token")).isEqualTo(value);
        for (Written way : Written.values()) {
            assertThat(says("user", way.of(value)).json().getString("error_type"))
                    .as("%s", way)
                    .isEqualTo("credential_blocked");
            assertThat(says("greedy", way.of(value)).status()).as("%s", way).isEqualTo(502);
            assertThat(says("none", way.of(value)).body())
                    .as("to one who may not use it, it is a text like any other")
                    .isEqualTo(way.of(value));
        }
        Reply redirected = get("user", "svc/redirect-query?key=" + handle("own_stored"));
        assertThat(redirected.header("location")).isEqualTo("/mesh/service/svc/next?key=***");
        assertThat(redirected.header("x-request-id")).isEqualTo("***");
    }

    private static Reply says(String agent, String text) {
        return mesh.send(mesh.request(agent, "/mesh/service/svc/say").POST(HttpRequest.BodyPublishers.ofString(text)));
    }
}
