package ai.openlegion.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.host.InProcessMesh;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class WebhookHttpTest {

    private static final String SECRET = "a-secret-of-this-test-0123456789abcdef";
    private static final String BODY = "{\"lead\": 12345678901234567890.50,\n \"name\": \"acme\"}";

    @TempDir
    Path home;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicLong now =
            new AtomicLong(Instant.parse("2026-11-22T10:00:00Z").toEpochMilli());
    private InProcessMesh mesh;

    @BeforeEach
    void start() throws IOException {
        write("config/mesh.yaml", """
                runtime: {kind: external}
                providers: {sim: {dialect: openai, base_url: "http://127.0.0.1:9/v1", auth: none}}
                models: {sim/small: {input_usd_per_mtok: 1, output_usd_per_mtok: 2}}
                limits: {inbox_items: 3}
                workflows: {running: 1}
                """);
        write("config/agents.yaml", "agents: {writer: {model: sim/small}}\n");
        write("config/permissions.json", "{\"permissions\": {\"writer\": {}}}");
        write("config/workflows/w.yaml", "name: pipeline\nsteps: [{id: a, agent: writer, task_type: t}]\n");
        write("config/webhooks.yaml", """
                hooks:
                  new-lead: {secret: crm_secret, agent: writer}
                  later: {secret: not_yet, agent: writer}
                  run: {secret: crm_secret, workflow: pipeline}
                """);
        write(".env", "OPENLEGION_CRED_CRM_SECRET=" + SECRET + "\n");
        mesh = InProcessMesh.start(home, () -> Instant.ofEpochMilli(now.get()));
    }

    @AfterEach
    void stop() {
        client.shutdownNow();
        mesh.close();
    }

    @Test
    void a_signed_call_is_in_the_agents_inbox_once_it_is_accepted() throws Exception {
        HttpResponse<String> answer = signed("new-lead", BODY);

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.body()).isEqualTo("{\"status\":\"accepted\"}");
        JsonObject item = inbox().getJsonObject(0);
        assertThat(item.getString("kind")).isEqualTo("message");
        assertThat(item.getString("from")).isEqualTo("mesh");
        assertThat(item.getString("type")).isEqualTo("webhook");
        assertThat(item.getString("id")).matches("msg_[0-9a-f]{12}");
        assertThat(raw())
                .contains("{\"hook\":\"new-lead\",\"body\":{\"lead\": 12345678901234567890.50,  \"name\": \"acme\"}}");
    }

    @Test
    void a_replayed_call_is_401_and_runs_nothing_also_after_a_restart_and_in_capitals() throws Exception {
        HttpRequest.Builder call = call("new-lead", seconds(), sign(seconds(), bytes(BODY)), bytes(BODY));
        assertThat(send(call).statusCode()).isEqualTo(202);
        assertThat(send(call).statusCode()).isEqualTo(401);
        String capitals = "v1=" + sign(seconds(), bytes(BODY)).substring(3).toUpperCase(java.util.Locale.ROOT);
        assertThat(send(call("new-lead", seconds(), capitals, bytes(BODY))).statusCode())
                .isEqualTo(401);

        mesh.stop();
        mesh = InProcessMesh.start(home, () -> Instant.ofEpochMilli(now.get()));

        HttpResponse<String> again = send(call("new-lead", seconds(), sign(seconds(), bytes(BODY)), bytes(BODY)));
        assertThat(again.statusCode()).isEqualTo(401);
        assertThat(again.body()).contains("used before");
        assertThat(inbox()).hasSize(1);
        now.addAndGet(1000);
        assertThat(signed("new-lead", BODY).statusCode()).as("signed anew").isEqualTo(202);
        assertThat(inbox()).hasSize(2);
    }

    @Test
    void an_unsigned_stale_or_wrongly_signed_call_is_401_and_runs_nothing() throws Exception {
        byte[] body = bytes(BODY);
        String time = seconds();
        String right = sign(time, body);
        assertThat(send(call("new-lead", null, null, body)).statusCode()).isEqualTo(401);
        assertThat(send(call("new-lead", time, null, body)).statusCode()).isEqualTo(401);
        assertThat(send(call("new-lead", null, right, body)).statusCode()).isEqualTo(401);
        assertThat(send(call("new-lead", time, right.substring(3), body)).statusCode())
                .isEqualTo(401);
        assertThat(send(call("new-lead", time, right.replace("v1=", "v2="), body))
                        .statusCode())
                .isEqualTo(401);
        assertThat(send(call("new-lead", time, right, bytes(BODY + " "))).statusCode())
                .isEqualTo(401);
        assertThat(send(call("new-lead", time, right, body).header("X-OpenLegion-Signature", right))
                        .statusCode())
                .as("two signatures")
                .isEqualTo(401);
        for (long off : new long[] {-301, 301, -86_400, 999_999_999}) {
            String other = Long.toString(now.get() / 1000 + off);
            assertThat(send(call("new-lead", other, sign(other, body), body)).statusCode())
                    .as("%s seconds off", off)
                    .isEqualTo(401);
        }
        for (String odd : new String[] {"now", "-1", "1e9", time + ".0", "9".repeat(40)}) {
            assertThat(send(call("new-lead", odd, sign(odd, body), body)).statusCode())
                    .as(odd)
                    .isEqualTo(401);
        }
        assertThat(inbox()).isEmpty();
        String edge = Long.toString(now.get() / 1000 - 300);
        assertThat(send(call("new-lead", edge, sign(edge, body), body)).statusCode())
                .as("five minutes old")
                .isEqualTo(202);
    }

    @Test
    void without_a_configured_secret_a_hook_does_not_exist() throws Exception {
        assertThat(signed("later", BODY).statusCode()).isEqualTo(404);
        assertThat(signed("nobody", BODY).statusCode()).isEqualTo(404);
        assertThat(signed("run", BODY).statusCode()).as("a workflow's hook").isEqualTo(404);
        assertThat(send(request("/webhook/trigger/unknown").POST(BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(404);

        write(".env", "OPENLEGION_CRED_CRM_SECRET=" + SECRET + "\nOPENLEGION_CRED_NOT_YET=" + SECRET + "\n");
        assertThat(mesh.reload()).isEmpty();
        assertThat(signed("later", BODY).statusCode()).isEqualTo(202);
    }

    @Test
    void a_body_that_is_not_json_becomes_its_text() throws Exception {
        assertThat(signed("new-lead", "lead=acme&x=\"1\"").statusCode()).isEqualTo(202);
        byte[] broken = {'{', (byte) 0xff, '"', 'a'};
        assertThat(send(call("new-lead", seconds(), sign(seconds(), broken), broken))
                        .statusCode())
                .isEqualTo(202);
        assertThat(signed("new-lead", "[1, 2]").statusCode()).isEqualTo(202);
        assertThat(inbox().getJsonObject(0).getJsonObject("payload").getJsonObject("body"))
                .isEqualTo(new JsonObject().put("raw", "lead=acme&x=\"1\""));
        assertThat(inbox().getJsonObject(1).getJsonObject("payload").getJsonObject("body"))
                .isEqualTo(new JsonObject().put("raw", "{\uFFFD\"a"));
        assertThat(inbox().getJsonObject(2).getJsonObject("payload").getJsonArray("body"))
                .isEqualTo(new JsonArray().add(1).add(2));
    }

    @Test
    void a_body_may_have_one_mebibyte() throws Exception {
        assertThat(signed("new-lead", "x".repeat((1 << 20) + 1)).statusCode()).isEqualTo(413);
        assertThat(inbox()).isEmpty();
        assertThat(signed("new-lead", "x".repeat(1 << 20)).statusCode()).isEqualTo(202);
        assertThat(inbox()).hasSize(1);
    }

    @Test
    void a_full_inbox_is_429_and_the_same_call_may_come_again() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(signed("new-lead", "{\"i\":" + i + "}").statusCode()).isEqualTo(202);
        }
        HttpResponse<String> full = signed("new-lead", BODY);
        assertThat(full.statusCode()).isEqualTo(429);
        assertThat(full.headers().firstValue("retry-after")).isPresent();

        HttpResponse<String> acked = send(HttpRequest.newBuilder(agent("/mesh/inbox/ack"))
                .header("authorization", "Bearer " + mesh.token("writer"))
                .POST(BodyPublishers.ofString("{\"up_to\": 3}")));
        assertThat(acked.statusCode()).isEqualTo(200);

        assertThat(signed("new-lead", BODY).statusCode())
                .as("the same signature")
                .isEqualTo(202);
        assertThat(signed("new-lead", BODY).statusCode()).isEqualTo(401);
        assertThat(inbox()).hasSize(1);
    }

    @Test
    void a_signed_call_starts_its_workflow_once() throws Exception {
        HttpRequest.Builder call = request("/webhook/trigger/pipeline")
                .header("X-OpenLegion-Timestamp", seconds())
                .header("X-OpenLegion-Signature", sign(seconds(), bytes(BODY)))
                .POST(BodyPublishers.ofString(BODY));

        HttpResponse<String> started = send(call);

        assertThat(started.statusCode()).isEqualTo(202);
        JsonObject answer = new JsonObject(started.body());
        assertThat(answer.getString("status")).isEqualTo("started");
        assertThat(answer.getString("execution_id")).matches("wf_[0-9a-f]{12}");
        assertThat(send(call).statusCode()).as("a signature counts once").isEqualTo(401);
    }

    @Test
    void a_call_that_starts_no_run_is_told_why_and_whether_it_may_come_again() throws Exception {
        String large = "x".repeat(300 * 1024);
        assertThat(signed("run", large).statusCode())
                .as("a trigger has a path of its own")
                .isEqualTo(404);
        assertThat(trigger(large).statusCode()).isEqualTo(413);
        assertThat(trigger(large).statusCode()).as("the signature was used").isEqualTo(401);

        assertThat(trigger("1").statusCode()).isEqualTo(202);
        HttpResponse<String> full = trigger("2");
        assertThat(full.statusCode()).as(full.body()).isEqualTo(429);
        assertThat(full.headers().firstValue("retry-after")).isPresent();
        assertThat(trigger("2").statusCode()).as("the same signature").isEqualTo(429);
    }

    private HttpResponse<String> trigger(String body) throws Exception {
        return send(request("/webhook/trigger/pipeline")
                .header("X-OpenLegion-Timestamp", seconds())
                .header("X-OpenLegion-Signature", sign(seconds(), bytes(body)))
                .POST(BodyPublishers.ofString(body)));
    }

    @Test
    void the_status_of_a_run_is_for_the_operator_or_a_workflows_hook() throws Exception {
        URI status = URI.create("http://127.0.0.1:" + mesh.controlPort() + "/webhook/status/wf_0123456789ab");
        assertThat(send(HttpRequest.newBuilder(status)).statusCode()).isEqualTo(401);
        assertThat(send(HttpRequest.newBuilder(status).header("authorization", "Bearer " + mesh.operatorToken()))
                        .statusCode())
                .isEqualTo(404);
        HttpRequest.Builder question = HttpRequest.newBuilder(status)
                .header("X-OpenLegion-Timestamp", seconds())
                .header("X-OpenLegion-Signature", sign(seconds(), new byte[0]));
        assertThat(send(question).statusCode()).isEqualTo(404);
        assertThat(send(question).statusCode()).as("a signature counts once").isEqualTo(401);
        assertThat(send(request("/webhook/hook/new-lead").GET()).statusCode()).isEqualTo(405);
    }

    private HttpResponse<String> signed(String hook, String body) throws Exception {
        return send(call(hook, seconds(), sign(seconds(), bytes(body)), bytes(body)));
    }

    private HttpRequest.Builder call(
            String hook,
            @org.jspecify.annotations.Nullable String timestamp,
            @org.jspecify.annotations.Nullable String signature,
            byte[] body) {
        HttpRequest.Builder request = request("/webhook/hook/" + hook).POST(BodyPublishers.ofByteArray(body));
        if (timestamp != null) {
            request.header("X-OpenLegion-Timestamp", timestamp);
        }
        if (signature != null) {
            request.header("X-OpenLegion-Signature", signature);
        }
        return request;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mesh.controlPort() + path));
    }

    private URI agent(String path) {
        return URI.create("http://127.0.0.1:" + mesh.port() + path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private String raw() throws Exception {
        return send(HttpRequest.newBuilder(agent("/mesh/inbox?after=0"))
                        .header("authorization", "Bearer " + mesh.token("writer")))
                .body();
    }

    private JsonArray inbox() throws Exception {
        return new JsonObject(raw()).getJsonArray("items");
    }

    private String seconds() {
        return Long.toString(now.get() / 1000);
    }

    private static String sign(String timestamp, byte[] body) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(bytes(SECRET), "HmacSHA256"));
        mac.update(bytes(timestamp + "."));
        return "v1=" + HexFormat.of().formatHex(mac.doFinal(body));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void write(String name, String text) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
