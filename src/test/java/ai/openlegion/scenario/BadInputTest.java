package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a hostile or broken client sends: each with its status, nothing lost, the connection sane or closed.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class BadInputTest {

    private static final String CHAT = "/v1/chat/completions";
    private static final String GOOD = Chat.with("tokens=3").encode();

    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream).agent("alpha", "100").agent("beta", "100"));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    @BeforeEach
    void reset() {
        upstream.reset();
    }

    /// After every test: nothing held, nothing generated that was refused, and the mesh still serves.
    @AfterEach
    void nothing_is_lost() {
        assertThat(mesh.settledSpend("alpha").unreconciled()).isZero();
        assertThat(mesh.chat("alpha", Chat.with("tokens=3")).status()).isEqualTo(200);
    }

    static Stream<Arguments> wrongCredentials() {
        return Stream.of(
                Arguments.of("none", ""),
                Arguments.of("empty", "Authorization: Bearer \r\n"),
                Arguments.of("wrong", "Authorization: Bearer ol_" + "A".repeat(43) + "\r\n"),
                Arguments.of("prefix of a right one", "Authorization: Bearer " + cut(mesh.token("alpha")) + "\r\n"),
                Arguments.of("basic", "Authorization: Basic YWxwaGE6YWxwaGE=\r\n"),
                Arguments.of("the operator's", "Authorization: Bearer " + mesh.operatorToken() + "\r\n"),
                Arguments.of("huge", "x-api-key: " + "A".repeat(8_000) + "\r\n"),
                Arguments.of(
                        "two that differ",
                        "Authorization: Bearer " + mesh.token("alpha") + "\r\nx-api-key: " + mesh.token("beta")
                                + "\r\n"),
                Arguments.of(
                        "two of a kind that differ",
                        "Authorization: Bearer " + mesh.token("alpha") + "\r\nAuthorization: Bearer "
                                + mesh.token("beta") + "\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongCredentials")
    void without_the_right_token_nobody_is_served(String name, String headers) throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            RawConnection.Answer answer =
                    connection.post(CHAT, headers, bytes(GOOD)).answer();

            assertThat(answer.status()).as("%s: %s", name, answer).isEqualTo(401);
            assertThat(answer.head().toLowerCase(java.util.Locale.ROOT)).contains("x-request-id: ");
        }
        assertThat(upstream.requests()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization: Bearer %s",
                "authorization: bearer %s",
                "x-api-key: %s",
                "x-goog-api-key: %s",
                "x-api-key: %1$s\r\nAuthorization: Bearer %1$s"
            })
    void each_place_for_a_token_is_read(String header) throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            String headers = header.formatted(mesh.token("alpha")) + "\r\n";

            assertThat(connection.post(CHAT, headers, bytes(GOOD)).answer().status())
                    .isEqualTo(200);
            assertThat(connection.post(CHAT, headers, bytes(GOOD)).answer().status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: evil.example",
                "Host: 127.0.0.1.evil.example",
                "Host: localhost\r\nOrigin: http://evil.example",
                "Host: 10.0.0.1"
            })
    void a_foreign_page_cannot_drive_the_control_listener(String headers) throws Exception {
        try (RawConnection connection = new RawConnection(mesh.controlPort())) {
            RawConnection.Answer answer = connection
                    .send("GET /control/budgets HTTP/1.1\r\n" + headers + "\r\nAuthorization: Bearer "
                            + mesh.operatorToken() + "\r\n\r\n")
                    .answer();

            assertThat(answer.status()).as("%s", answer).isEqualTo(403);
        }
    }

    @Test
    void a_body_over_the_limit_is_413() throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            connection.send(head(mesh.token("alpha")) + "Content-Length: " + (40L << 20) + "\r\n\r\n");

            assertThat(connection.answer().status()).isEqualTo(413);
        }
        try (RawConnection connection = new RawConnection(mesh.port())) {
            connection.send(head(mesh.token("alpha")) + "Transfer-Encoding: chunked\r\n\r\n");
            byte[] chunk = bytes("100000\r\n" + " ".repeat(1 << 20) + "\r\n");
            for (int i = 0; i < 34; i++) {
                connection.send(chunk);
            }
            assertThat(connection.answer().status()).isIn(413, 411);
        }
        assertThat(upstream.requests()).isZero();
    }

    @Test
    void a_header_over_the_limit_is_431() throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            connection.send("GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Long: " + "a".repeat(40_000) + "\r\n\r\n");

            assertThat(connection.answer().status()).isEqualTo(431);
            assertThat(connection.closes()).isTrue();
        }
    }

    static Stream<Arguments> brokenBodies() {
        String deep = "[".repeat(10_000) + "]".repeat(10_000);
        return Stream.of(
                Arguments.of("empty", bytes("")),
                Arguments.of("truncated", bytes(GOOD.substring(0, GOOD.length() - 4))),
                Arguments.of("trailing", bytes(GOOD + "}")),
                Arguments.of("two", bytes(GOOD + GOOD)),
                Arguments.of("array", bytes("[" + GOOD + "]")),
                Arguments.of("10,000 deep", bytes("{\"model\":\"sim/small\",\"messages\":" + deep + "}")),
                Arguments.of(
                        "10,000 deep in an ignored field", bytes(GOOD.replaceFirst("\\{", "{\"x\":" + deep + ","))),
                Arguments.of("10,000 deep and truncated", bytes("{\"x\":" + "[".repeat(10_000))),
                Arguments.of("duplicate model", bytes(GOOD.replaceFirst("\\{", "{\"model\":\"sim/free-input\","))),
                Arguments.of(
                        "duplicate, escaped",
                        bytes(GOOD.replaceFirst("\\{", "{\"m\\\\u006fdel\":\"sim/free-input\","))),
                Arguments.of("duplicate deep inside", bytes(GOOD.replace("\"role\"", "\"role\":\"system\",\"role\""))),
                Arguments.of("invalid UTF-8", invalidUtf8((byte) 0xc3, (byte) 0x28)),
                Arguments.of("overlong UTF-8", invalidUtf8((byte) 0xc0, (byte) 0xaf)),
                Arguments.of("surrogate in UTF-8", invalidUtf8((byte) 0xed, (byte) 0xa0, (byte) 0x80)),
                Arguments.of("control character", bytes(GOOD.replace("hello", "hel\u0001lo"))),
                Arguments.of("not JSON", bytes("model=sim/small&stream=true")),
                Arguments.of("NaN", bytes(GOOD.replaceFirst("\\{", "{\"temperature\":NaN,"))),
                Arguments.of("comment", bytes(GOOD.replaceFirst("\\{", "{/*x*/"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenBodies")
    void a_broken_body_is_400_on_every_door_and_the_connection_stays_sane(String name, byte[] body) throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            String headers = "Authorization: Bearer " + mesh.token("alpha") + "\r\n";
            RawConnection.Answer sdkDoor = connection.post(CHAT, headers, body).answer();

            assertThat(sdkDoor.status()).as("%s: %s", name, sdkDoor).isEqualTo(400);
            assertThat(new JsonObject(sdkDoor.body()).getJsonObject("error").getString("type"))
                    .isEqualTo("invalid_request_error");
            assertThat(connection.post("/mesh/api", headers, body).answer().status())
                    .as(name)
                    .isIn(400, 422);
            assertThat(connection.post(CHAT, headers, bytes(GOOD)).answer().status())
                    .isEqualTo(200);
        }
        assertThat(upstream.requests()).isEqualTo(1);
    }

    static Stream<Arguments> badFields() {
        return Stream.of(
                Arguments.of("max_tokens", "-1"),
                Arguments.of("max_tokens", "0"),
                Arguments.of("max_tokens", "\"many\""),
                Arguments.of("max_tokens", "1.5"),
                Arguments.of("max_tokens", "true"),
                Arguments.of("max_completion_tokens", "-9223372036854775808"),
                Arguments.of("max_completion_tokens", "[]"),
                Arguments.of("n", "0"),
                Arguments.of("n", "-1"),
                Arguments.of("n", "129"),
                Arguments.of("n", "1000"),
                Arguments.of("n", "99999999999999999999"),
                Arguments.of("n", "\"2\""),
                Arguments.of("stream", "\"yes\""),
                Arguments.of("service_tier", "\"priority\""));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("badFields")
    void a_bad_field_is_400_and_named(String field, String value) {
        Reply reply = mesh.post("alpha", CHAT, GOOD.replaceFirst("\\{", "{\"" + field + "\":" + value + ","));

        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.error().encode()).contains(field);
        assertThat(upstream.requests()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000000000", "9223372036854775807", "99999999999999999999999"})
    void a_huge_maximum_is_sent_as_the_models_own(String huge) {
        Reply reply = mesh.post("alpha", CHAT, GOOD.replaceFirst("\\{", "{\"max_tokens\":" + huge + ","));

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(new JsonObject(upstream.provider().last().getString("body")).getInteger("max_tokens"))
                .isEqualTo(4096);
    }

    @Test
    void an_unknown_model_is_404_and_an_unpriced_one_names_the_line_to_add() {
        Reply unknown = mesh.chat("alpha", Chat.of("nowhere/thing", "tokens=3"));
        Reply unpriced = mesh.chat("alpha", Chat.of("unpriced/thing", "tokens=3"));

        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.error().getString("code")).isEqualTo("model_not_found");
        assertThat(mesh.chat("alpha", Chat.of("unheard-of", "tokens=3")).status())
                .isEqualTo(404);
        assertThat(unpriced.status()).isEqualTo(400);
        assertThat(unpriced.error().getString("code")).isEqualTo("unknown_price");
        assertThat(unpriced.error().getString("message"))
                .contains("unpriced/thing:")
                .contains("usd_per_mtok");
        assertThat(upstream.requests()).isZero();
    }

    @Test
    void an_hour_of_cache_has_no_price_where_the_figures_do_not_tell_it_apart() {
        JsonObject hour = new JsonObject().put("type", "ephemeral").put("ttl", "1h");
        Reply reply = mesh.chat("alpha", Chat.with("tokens=3").put("cache_control", hour));

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.error().getString("code")).isEqualTo("unknown_price");
        assertThat(reply.error().getString("param")).isEqualTo("cache_control");
        assertThat(upstream.requests()).isZero();
    }

    static Stream<Arguments> doubtfulFramings() {
        String chunks = Integer.toHexString(GOOD.length()) + "\r\n" + GOOD + "\r\n0\r\n\r\n";
        int length = bytes(GOOD).length;
        String smuggled = head(mesh.token("alpha")) + "Content-Length: " + length + "\r\n\r\n" + GOOD;
        return Stream.of(
                Arguments.of(
                        "both framings",
                        "Content-Length: " + length + "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks),
                Arguments.of("both, the other way", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunks),
                Arguments.of(
                        "both, smuggling",
                        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled),
                Arguments.of("two lengths", "Content-Length: " + length + "\r\nContent-Length: 3\r\n\r\n" + GOOD),
                Arguments.of("a list of lengths", "Content-Length: " + length + ", 3\r\n\r\n" + GOOD),
                Arguments.of("a signed length", "Content-Length: +" + length + "\r\n\r\n" + GOOD),
                Arguments.of("a negative length", "Content-Length: -1\r\n\r\n" + GOOD),
                Arguments.of("an unknown coding", "Transfer-Encoding: xchunked\r\n\r\n" + chunks),
                Arguments.of("bare LF", "Content-Length: " + length + "\n\n" + GOOD),
                Arguments.of("space before the colon", "Content-Length : " + length + "\r\n\r\n" + GOOD),
                Arguments.of("a bad chunk size", "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + GOOD + "\r\n0\r\n\r\n"),
                Arguments.of(
                        "a folded header", "X-Folded: a\r\n b\r\nContent-Length: " + length + ", 1\r\n\r\n" + GOOD));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("doubtfulFramings")
    void a_request_of_doubtful_framing_is_refused_and_its_connection_closed(String name, String rest) throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            connection.send(head(mesh.token("alpha")) + rest);
            RawConnection.Answer answer = connection.answer();

            // What breaks while a refusal is on its way may close the connection before it.
            assertThat(answer.status()).as("%s: %s", name, answer).isIn(400, 411, 501, 0);
            assertThat(answer.status() == 0 || connection.closes())
                    .as("%s: closes", name)
                    .isTrue();
        }
        assertThat(upstream.requests()).isZero();
    }

    @Test
    void a_client_gone_mid_request_leaves_nothing_behind() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (RawConnection connection = new RawConnection(mesh.port())) {
                connection.send(head(mesh.token("alpha")) + "Content-Length: 500\r\n\r\n" + GOOD.substring(0, 20));
            }
        }
        assertThat(mesh.chat("alpha", Chat.with("tokens=3")).status()).isEqualTo(200);
        assertThat(upstream.requests()).isEqualTo(1);
        assertThat(mesh.spend("alpha").held()).isZero();
    }

    @Test
    void a_client_that_waits_for_100_continue_is_told_to_go_on() throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            String head = head(mesh.token("alpha")) + "Expect: 100-continue\r\n";
            connection.send(head + "Content-Length: " + bytes(GOOD).length + "\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(100);
            assertThat(connection.send(GOOD).answer().status()).isEqualTo(200);

            connection.send(head + "Content-Length: " + (40L << 20) + "\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(413);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v1",
                "/v1/nothing",
                "/mesh/api/other",
                "/control/budgets",
                "/v1//chat/completions",
                "/_sim/counts"
            })
    void a_path_that_is_not_ours_is_404_in_good_order(String path) throws Exception {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            RawConnection.Answer answer = connection
                    .send("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + mesh.token("alpha")
                            + "\r\n\r\n")
                    .answer();

            assertThat(answer.status()).as("%s", answer).isIn(400, 404, 405);
        }
    }

    private static String head(String token) {
        return "POST " + CHAT
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token
                + "\r\n";
    }

    private static byte[] invalidUtf8(byte... bad) {
        byte[] good = bytes(GOOD);
        int at = GOOD.indexOf("hello");
        byte[] body = new byte[good.length + bad.length];
        System.arraycopy(good, 0, body, 0, at);
        System.arraycopy(bad, 0, body, at, bad.length);
        System.arraycopy(good, at, body, at + bad.length, good.length - at);
        return body;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String cut(String token) {
        return token.substring(0, token.length() - 1);
    }
}
