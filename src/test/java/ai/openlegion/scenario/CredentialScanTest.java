package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.vault.Written;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Credentials that a model or a service says, in every encoding and cut anywhere, at every door.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class CredentialScanTest {

    private static final long SEED = 20261122;
    private static final String VALUE = "sk-proj-9f+Q/27\"bD~01\\c4e5 zK8w";
    private static final String OTHER = "sk-proj-77ab01cd99ef23aa45bc67de";
    private static final List<String> MODELS = List.of("sim/small", "simant/small", "simresp/small");
    private static final Pattern SAID =
            Pattern.compile("\"(?:content|text|delta|arguments|partial_json)\":\"((?:[^\"\\\\]|\\\\.)*)\"");

    private static PlainService service;
    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        service = PlainService.start();
        upstream = Upstream.start();
        MeshHome home = MeshHome.in(upstream)
                .everyDialect()
                .provider("odd", "dialect: openai, base_url: \"http://127.0.0.1:" + service.port() + "/odd\"")
                .model("odd/talks", "input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00, max_output_tokens: 4096")
                .provider("oddant", "dialect: anthropic, base_url: \"http://127.0.0.1:" + service.port() + "/odd\"")
                .model("oddant/talks", "input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00, max_output_tokens: 4096")
                .model("odd/waits", "input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00, max_output_tokens: 4096")
                .provider("late", "dialect: openai, credential: late_key, base_url: \"" + upstream.baseUrl() + "\"")
                .model("late/one", "input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00, max_output_tokens: 4096")
                .model("odd/counts", "input_usd_per_mtok: 1.00, kind: embedding")
                .credential("kept_one", VALUE)
                .credential("kept_two", OTHER)
                .mesh("""
                        failover: {"odd/waits": [late/one]}
                        services:
                          svc: {base_url: "http://127.0.0.1:%d", usd_per_call: 0}
                        """.formatted(service.port()));
        for (ClientDoor door : ClientDoor.values()) {
            home.agent(agent(door), "100", "\"*\"", "[\"llm\"]");
        }
        mesh = Mesh.start(home.agent("caller", "100", "\"*\"", "[\"svc\"]")
                .agent("honest", "100", "\"*\"", "[\"llm\", \"svc\"]"));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
        service.close();
    }

    private static String agent(ClientDoor door) {
        return "at_" + door.name().toLowerCase(Locale.ROOT);
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /// All that the answer says, as its client would join it.
    private static String said(String body) {
        var text = new StringBuilder();
        Matcher said = SAID.matcher(body);
        while (said.find()) {
            text.append(new JsonArray("[\"" + said.group(1) + "\"]").getString(0));
        }
        return text.toString();
    }

    /// What of a written credential must not be seen anywhere: its middle.
    private static String heart(String form) {
        return form.substring(form.length() / 2 - 5, form.length() / 2 + 5);
    }

    @ParameterizedTest
    @EnumSource(ClientDoor.class)
    void no_door_tells_a_credential_that_a_model_says(ClientDoor door) {
        Random random = new Random(SEED + door.name().hashCode());
        int hits = 0;
        for (Written way : Written.values()) {
            for (String model : MODELS) {
                boolean streamed = random.nextBoolean();
                String form = way.of(random.nextBoolean() ? VALUE : OTHER);
                String directive = "say=" + encoded("the key: " + form + ", that is all") + " step="
                        + (1 + random.nextInt(9)) + (random.nextInt(3) == 0 ? " pace=1" : "")
                        + (random.nextInt(3) == 0 ? " split=" + (1 + random.nextInt(60)) : "");
                Reply reply = mesh.post(agent(door), door.path(), door.body(model, directive, 0, streamed));
                String as = "seed " + SEED + " " + door + " " + model + " streamed " + streamed + " " + way + " "
                        + directive + "\n" + reply.body();
                assertThat(reply.body()).as(as).contains("held a credential");
                assertThat(said(reply.body())).as(as).doesNotContain(heart(form));
                assertThat(reply.body()).as(as).doesNotContain(heart(form));
                hits++;
            }
        }
        int stopped = hits;
        Eventually.until(
                "every stop is recorded",
                () -> Recorded.of(mesh, agent(door), "llm.chat").stream()
                                .filter(each -> each.getString("decision").equals("blocked: credential_blocked"))
                                .count()
                        == stopped);
    }

    @ParameterizedTest
    @EnumSource(
            value = ClientDoor.class,
            names = {"CHAT", "MESSAGES", "RESPONSES"})
    void no_door_tells_a_credential_in_the_arguments_of_a_call(ClientDoor door) {
        Random random = new Random(SEED);
        for (Written way : Written.values()) {
            for (String model : MODELS) {
                String form = way.of(VALUE);
                JsonArray calls = new JsonArray()
                        .add(new JsonObject()
                                .put("name", "f")
                                .put("arguments", new JsonObject().put("x", "= " + form)));
                JsonObject body = door.body(model, "calls=" + encoded(calls.encode()), 0, random.nextBoolean());
                Reply reply = mesh.post("honest", door.path(), body);
                assertThat(reply.body()).as("%s %s %s", door, model, way).contains("held a credential");
                assertThat(said(reply.body())).as("%s %s %s", door, model, way).doesNotContain(heart(form));
            }
        }
    }

    @Test
    void no_door_tells_a_credential_that_a_service_says() {
        Random random = new Random(SEED);
        int hits = 0;
        for (Written way : Written.values()) {
            String form = way.of(random.nextBoolean() ? VALUE : OTHER);
            boolean json = random.nextBoolean();
            String text = json
                    ? "{\"a\":\"" + Written.json("the key: " + form, random, random.nextInt(10)) + "\"}"
                    : "the key: " + form + " that is all";
            Reply passed = mesh.send(
                    mesh.request("caller", "/mesh/service/svc/say").POST(HttpRequest.BodyPublishers.ofString(text)));
            assertThat(passed.status()).as("%s in %s", way, text).isEqualTo(502);
            assertThat(passed.json().getString("error_type")).isEqualTo("credential_blocked");
            Reply enveloped = mesh.post(
                    "caller", "/mesh/api", ServiceRig.envelope("svc", "POST /say", new JsonObject().put("a", text)));
            assertThat(enveloped.json().getString("error_type"))
                    .as("%s in %s", way, text)
                    .isEqualTo("credential_blocked");
            assertThat(enveloped.body()).doesNotContain(heart(form));
            hits += 2;
        }
        int stopped = hits;
        Eventually.until(
                "every stop is recorded",
                () -> Recorded.of(mesh, "caller", "service.call").stream()
                                .filter(each -> each.getString("decision").equals("blocked: credential_blocked"))
                                .count()
                        == stopped);
    }

    @ParameterizedTest
    @EnumSource(ClientDoor.class)
    void no_error_tells_the_key_that_a_provider_repeats(ClientDoor door) {
        for (String how : List.of("plain", "escaped")) {
            JsonObject body = door.body("odd/talks", "tokens=1 " + how, 0, false);
            Reply reply = mesh.post("honest", door.path(), body);
            assertThat(reply.body()).as("%s %s", door, how).doesNotContain("8c1fbd7741aa90e2");
            assertThat(reply.body()).contains(how.equals("plain") ? "wrong key ***" : "held a credential");
            assertThat(reply.headers().toString()).as("%s %s", door, how).doesNotContain("8c1fbd77");
        }
    }

    @Test
    void no_count_of_tokens_tells_the_key_that_a_provider_repeats() {
        for (String how : List.of("plain", "escaped", "counted plain", "counted escaped")) {
            JsonObject body = Way.MESSAGES.body("oddant/talks", "tokens=1 " + how);
            Reply reply = mesh.post("honest", "/v1/messages/count_tokens", body);
            assertThat(reply.body())
                    .as(how)
                    .doesNotContain("8c1fbd7741aa90e2")
                    .contains(how.equals("plain") ? "wrong key ***" : "held a credential");
            assertThat(reply.status()).as(how).isEqualTo(how.equals("plain") ? 400 : 502);
        }
        assertThat(Recorded.decided(mesh, "honest", "llm.count_tokens", "blocked: credential_blocked"))
                .isNotEmpty();
    }

    /// What failed over asks another provider long after the call began.
    @Test
    void a_key_that_was_removed_meanwhile_is_not_sent() throws Exception {
        JsonObject value = new JsonObject().put("value", "late-key-77aa01bc3344ee");
        assertThat(mesh.control("PUT", "/control/vault/late_key", value).status())
                .isEqualTo(200);
        JsonObject body = ClientDoor.CHAT.body("odd/waits", "waits", 0, false);
        CompletableFuture<Reply> asked =
                CompletableFuture.supplyAsync(() -> mesh.post("honest", ClientDoor.CHAT.path(), body));
        Eventually.until("the first provider is asked", () -> service.waiting() == 1);
        long before = upstream.requests();
        assertThat(mesh.control("DELETE", "/control/vault/late_key", null).status())
                .isEqualTo(200);
        service.fails();

        Reply reply = asked.get(60, TimeUnit.SECONDS);
        assertThat(reply.status()).as(reply.body()).isEqualTo(503);
        assertThat(reply.body()).contains("credential changed");
        assertThat(upstream.requests()).isEqualTo(before);
    }

    @Test
    void vectors_that_hold_a_key_are_stopped() {
        JsonObject asked = new JsonObject().put("model", "odd/counts").put("input", "leak");
        Reply passed = mesh.post("honest", "/v1/embeddings", asked);
        assertThat(passed.status()).isEqualTo(502);
        assertThat(passed.body()).contains("held a credential").doesNotContain("8c1fbd77");
        JsonObject params = new JsonObject().put("model", "odd/counts").put("text", "leak");
        Reply enveloped = mesh.post(
                "honest",
                "/mesh/api",
                new JsonObject().put("service", "llm").put("action", "embed").put("params", params));
        assertThat(enveloped.json().getString("error_type")).isEqualTo("credential_blocked");
        assertThat(mesh.post("honest", "/v1/embeddings", asked.put("input", "fine"))
                        .status())
                .isEqualTo(200);
        assertThat(mesh.get("honest", "/mesh/model-health").body()).doesNotContain("8c1fbd77");
        assertThat(mesh.get("honest", "/mesh/introspect").body()).doesNotContain("8c1fbd77");
    }

    @Test
    void honest_texts_pass_whole_at_every_door() {
        Random random = new Random(SEED);
        for (ClientDoor door : ClientDoor.values()) {
            for (String model : MODELS) {
                byte[] noise = new byte[60];
                random.nextBytes(noise);
                String text = "keys begin with sk-proj- and sk-proj-9f; "
                        + HexFormat.of().formatHex(noise) + " "
                        + Base64.getEncoder().encodeToString(noise) + " 736b2d70726f6a2d c2stcHJvai0 "
                        + OTHER.substring(1);
                String directive = "say=" + encoded(text) + " step=" + (1 + random.nextInt(9));
                Reply reply = mesh.post("honest", door.path(), door.body(model, directive, 0, random.nextBoolean()));
                assertThat(reply.status())
                        .as("seed %d %s %s", SEED, door, model)
                        .isEqualTo(200);
                assertThat(said(reply.body()))
                        .as("seed %d %s %s", SEED, door, model)
                        .contains(text);
            }
        }
        Reply passed = mesh.send(mesh.request("honest", "/mesh/service/svc/say?step=7")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "sk-proj-9f+Q but not all of it; " + "736b2d70726f6a2d ".repeat(40))));
        assertThat(passed.status()).isEqualTo(200);
        assertThat(passed.body()).startsWith("sk-proj-9f+Q but").hasSize(32 + 17 * 40);
    }
}
