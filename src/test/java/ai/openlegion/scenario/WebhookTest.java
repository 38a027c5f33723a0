package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Calls from outside: signed, fresh and new, or they do nothing.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class WebhookTest {

    private static final String SECRET = "whsec-0123456789abcdef";
    private static final String OTHER_SECRET = "whsec-fedcba9876543210";
    /// Of calls that are refused. One that is taken has a body of its own: the same second's call of another test would
    /// have the same signature.
    private static final String BODY = "{\"order\":\"A-17\",\"total\":12.50}";

    private static Mesh mesh;
    private static AgentClient clerk;

    @BeforeAll
    static void start() throws Exception {
        mesh = Mesh.start(home());
        clerk = AgentClient.of(mesh, "clerk");
    }

    private static MeshHome home() {
        return MeshHome.withoutUpstream()
                .member("clerk", "")
                .credential("shop_hook", SECRET)
                .credential("other_hook", OTHER_SECRET)
                .with("config/webhooks.yaml", """
                        hooks:
                          shop: {secret: shop_hook, agent: clerk}
                          other: {secret: other_hook, agent: clerk}
                          bare: {secret: nowhere, agent: clerk}
                        """);
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    private static long now() {
        return Instant.now().getEpochSecond();
    }

    /// The hex of the signature over a timestamp and a body.
    private static String hex(String secret, String timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
        }
    }

    private static HttpRequest.Builder unsigned(Mesh at, String path, byte[] body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + at.controlPort() + path))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    }

    private static Reply call(Mesh at, String path, String timestamp, String signature, byte[] body) {
        return at.send(unsigned(at, path, body)
                .header("x-openlegion-timestamp", timestamp)
                .header("x-openlegion-signature", signature));
    }

    private static Reply signed(String path, String secret, long timestamp, byte[] body) {
        String text = Long.toString(timestamp);
        return call(mesh, path, text, "v1=" + hex(secret, text, body), body);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<JsonObject> since(int before) {
        List<JsonObject> items = clerk.items(0);
        return items.subList(before, items.size());
    }

    private static int count() {
        return clerk.items(0).size();
    }

    @Test
    void a_signed_call_is_a_message_to_its_agent() {
        int before = count();
        Reply reply = signed("/webhook/hook/shop", SECRET, now(), bytes("{\"order\":\"B-18\",\"total\":12.50}"));

        assertThat(reply.status()).as(reply.body()).isEqualTo(202);
        assertThat(since(before)).hasSize(1);
        JsonObject item = since(before).getFirst();
        assertThat(item.getString("kind")).isEqualTo("message");
        assertThat(item.getJsonObject("payload").encode()).contains("B-18");
        assertThat(reply.body()).doesNotContain("B-18");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain text", "", "{\"a\":", "[1,2]", "\"text\""})
    void a_body_that_is_not_a_json_object_arrives_too(String body) {
        int before = count();

        assertThat(signed("/webhook/hook/shop", SECRET, now(), bytes(body)).status())
                .isEqualTo(202);
        assertThat(since(before)).hasSize(1);
        if (!body.startsWith("[") && !body.startsWith("\"")) {
            assertThat(since(before).getFirst().getJsonObject("payload").encode())
                    .contains(new JsonObject().put("raw", body).encode());
        }
    }

    @Test
    void a_replayed_call_is_401_and_runs_nothing() {
        int before = count();
        long timestamp = now() - 7;
        byte[] body = bytes("{\"replayed\":1}");

        assertThat(signed("/webhook/hook/shop", SECRET, timestamp, body).status())
                .isEqualTo(202);
        for (int i = 0; i < 3; i++) {
            assertThat(signed("/webhook/hook/shop", SECRET, timestamp, body).status())
                    .isEqualTo(401);
        }
        String text = Long.toString(timestamp);
        String upperCase = "v1=" + hex(SECRET, text, body).toUpperCase(Locale.ROOT);
        assertThat(call(mesh, "/webhook/hook/shop", text, upperCase, body).status())
                .as("the same signature in other letters")
                .isEqualTo(401);
        String padded = "0" + text;
        assertThat(call(mesh, "/webhook/hook/shop", padded, "v1=" + hex(SECRET, text, body), body)
                        .status())
                .isEqualTo(401);
        assertThat(since(before)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {-330, -86_400, 330, 86_400, -1_700_000_000, 4_000_000_000L})
    void a_stale_call_or_one_from_the_future_is_401_and_runs_nothing(long offset) {
        int before = count();

        assertThat(signed("/webhook/hook/shop", SECRET, now() + offset, bytes(BODY + offset))
                        .status())
                .isEqualTo(401);
        assertThat(since(before)).isEmpty();
    }

    @Test
    void a_call_within_five_minutes_either_way_is_taken() {
        assertThat(signed("/webhook/hook/shop", SECRET, now() - 280, bytes("{\"late\":1}"))
                        .status())
                .isEqualTo(202);
        assertThat(signed("/webhook/hook/shop", SECRET, now() + 280, bytes("{\"early\":1}"))
                        .status())
                .isEqualTo(202);
    }

    @Test
    void an_unsigned_or_wrongly_signed_call_is_401_and_runs_nothing() {
        int before = count();
        String timestamp = Long.toString(now());
        byte[] body = bytes("{\"unsigned\":1}");
        String right = hex(SECRET, timestamp, body);
        String path = "/webhook/hook/shop";

        assertThat(mesh.send(unsigned(mesh, path, body)).status()).as("nothing").isEqualTo(401);
        assertThat(mesh.send(unsigned(mesh, path, body).header("x-openlegion-signature", "v1=" + right))
                        .status())
                .as("no timestamp")
                .isEqualTo(401);
        assertThat(mesh.send(unsigned(mesh, path, body).header("x-openlegion-timestamp", timestamp))
                        .status())
                .as("no signature")
                .isEqualTo(401);
        for (String wrong : List.of(
                "v1=" + hex(OTHER_SECRET, timestamp, body),
                "v1=" + hex(SECRET, timestamp, bytes("{\"unsigned\":1} ")),
                "v1=" + hex(SECRET, Long.toString(Long.parseLong(timestamp) - 1), body),
                "v1=" + right.substring(0, 62),
                "v1=" + right + "00",
                "v1=",
                "v1=" + "zz".repeat(32),
                "v2=" + right,
                right,
                "v1=" + "0".repeat(64))) {
            assertThat(call(mesh, path, timestamp, wrong, body).status())
                    .as(wrong)
                    .isEqualTo(401);
        }
        for (String odd : List.of("", "now", "1e9", "-5", " " + timestamp + "9", "99999999999999999999")) {
            assertThat(call(mesh, path, odd, "v1=" + hex(SECRET, odd, body), body)
                            .status())
                    .as("timestamp '%s'", odd)
                    .isEqualTo(401);
        }
        assertThat(since(before)).isEmpty();
        assertThat(call(mesh, path, timestamp, "v1=" + right, body).status())
                .as("and the right one is still good")
                .isEqualTo(202);
    }

    @Test
    void nor_does_the_operators_token_open_a_hook() {
        int before = count();
        assertThat(mesh.control("POST", "/webhook/hook/shop", new JsonObject(BODY))
                        .status())
                .isEqualTo(401);
        assertThat(since(before)).isEmpty();
    }

    @Test
    void the_secret_of_one_hook_does_not_open_another() {
        int before = count();

        assertThat(signed("/webhook/hook/shop", OTHER_SECRET, now(), bytes(BODY))
                        .status())
                .isEqualTo(401);
        assertThat(since(before)).isEmpty();
    }

    @Test
    void a_hook_that_does_not_exist_or_has_no_secret_is_404() {
        assertThat(signed("/webhook/hook/never", SECRET, now(), bytes(BODY)).status())
                .isEqualTo(404);
        assertThat(signed("/webhook/hook/bare", SECRET, now(), bytes(BODY)).status())
                .isEqualTo(404);
        assertThat(signed("/webhook/trigger/never", SECRET, now(), bytes(BODY)).status())
                .isEqualTo(404);
    }

    @Test
    void a_body_of_more_than_a_mebibyte_is_413_and_runs_nothing() {
        int before = count();
        byte[] large = bytes("x".repeat((1 << 20) + 1));

        assertThat(signed("/webhook/hook/shop", SECRET, now(), large).status()).isEqualTo(413);
        assertThat(since(before)).isEmpty();
    }

    @Test
    void a_replay_is_known_after_kill_9_too() throws Exception {
        Mesh first = Mesh.start(home());
        String timestamp = Long.toString(now());
        String signature = "v1=" + hex(SECRET, timestamp, bytes(BODY));
        assertThat(call(first, "/webhook/hook/shop", timestamp, signature, bytes(BODY))
                        .status())
                .isEqualTo(202);
        first.kill();
        try (Mesh second = Mesh.start(first.home())) {
            assertThat(call(second, "/webhook/hook/shop", timestamp, signature, bytes(BODY))
                            .status())
                    .isEqualTo(401);
            assertThat(AgentClient.of(second, "clerk").items(0)).hasSize(1);
        }
    }
}
