package ai.openlegion.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ControlRefusalTest {

    private static final String AUTHORIZED = "Authorization: Bearer " + ControlRig.OPERATOR_TOKEN + "\r\n";

    @TempDir
    Path folder;

    private ControlRig rig;

    @BeforeEach
    void starts() throws Exception {
        rig = new ControlRig(folder);
    }

    @AfterEach
    void stops() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: evil.example",
                "Host: evil.example:PORT",
                "Host: localhost.evil.example:PORT",
                "Host: localhost:1",
                "Host: localhost.:PORT",
                "Host: 127.0.0.1.nip.io",
                "Host: 0.0.0.0:PORT",
                "Host: user@localhost:PORT",
                "Host: ",
                "Host: localhost\r\nHost: evil.example"
            })
    void a_foreign_host_is_refused_on_every_path_before_the_token_is_looked_at(String host) throws IOException {
        for (String path : new String[] {"/healthz", "/control/status", "/nothing"}) {
            RawHttp.Response response = rig.exchange("GET " + path + " HTTP/1.1\r\n"
                    + host.replace("PORT", String.valueOf(rig.port())) + "\r\n" + AUTHORIZED + "\r\n");
            assertThat(response.status()).as(path).isEqualTo(403);
            assertThat(response.detail()).contains("Host", "127.0.0.1:" + rig.port());
        }
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void without_a_host_nothing_is_answered() throws IOException {
        assertThat(rig.exchange("GET /healthz HTTP/1.0\r\n\r\n").status()).isEqualTo(403);
        assertThat(rig.exchange("GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:PORT",
                "LOCALHOST:PORT",
                "127.0.0.1",
                "127.0.0.1:PORT",
                "[::1]:PORT",
                "[::1]"
            })
    void this_machines_own_names_are_served(String host) throws IOException {
        String own = host.replace("PORT", String.valueOf(rig.port()));
        assertThat(rig.exchange("GET /healthz HTTP/1.1\r\nHost: " + own + "\r\n\r\n")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://evil.example",
                "null",
                "http://localhost",
                "http://localhost:1",
                "file://",
                "http://localhost:PORT.evil.example",
                "ftp://localhost:PORT",
                "http://localhost:PORT\r\nOrigin: http://evil.example"
            })
    void a_foreign_origin_is_refused_even_with_the_operators_token(String origin) throws IOException {
        String foreign = origin.replace("PORT", String.valueOf(rig.port()));
        for (String path : new String[] {"/healthz", "/control/stop"}) {
            RawHttp.Response response = rig.exchange("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nOrigin: "
                    + foreign + "\r\n" + AUTHORIZED + "\r\n");
            assertThat(response.status()).isEqualTo(403);
            assertThat(response.detail()).contains("Origin");
        }
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void its_own_origin_is_served() throws IOException {
        assertThat(rig.exchange("GET /control/status HTTP/1.1\r\nHost: localhost:" + rig.port()
                                + "\r\nOrigin: http://localhost:" + rig.port() + "\r\n" + AUTHORIZED + "\r\n")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Authorization: Bearer " + ControlRig.AGENT_TOKEN + "\r\n",
                "Authorization: Bearer wrong\r\n",
                "Authorization: Bearer \r\n",
                "Authorization: Basic " + ControlRig.OPERATOR_TOKEN + "\r\n",
                "Authorization: " + ControlRig.OPERATOR_TOKEN + "\r\n",
                "x-api-key: " + ControlRig.OPERATOR_TOKEN + "\r\n",
                "Authorization: Bearer " + ControlRig.OPERATOR_TOKEN + "x\r\n",
                AUTHORIZED + "Authorization: Bearer wrong\r\n"
            })
    void only_the_operators_token_opens_any_route(String credentials) throws IOException {
        for (String route : new String[] {
            "GET /control/status",
            "GET /control/agents",
            "GET /control/explain?agent=researcher&operation=api&resource=llm",
            "GET /control/budgets",
            "PUT /control/budgets/researcher",
            "POST /control/budgets/researcher/release",
            "GET /control/budgets/events",
            "GET /control/usage",
            "POST /control/reload",
            "POST /control/stop",
            "DELETE /control/status",
            "GET /nothing"
        }) {
            RawHttp.Response response = rig.exchange(route + " HTTP/1.1\r\nHost: localhost\r\n" + credentials + "\r\n");
            assertThat(response.status()).as(route).isEqualTo(401);
            assertThat(response.header("www-authenticate")).isEqualTo("Bearer");
            assertThat(response.detail()).contains("operator's token");
        }
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void health_needs_no_token_and_tells_when_the_store_is_gone() throws IOException {
        RawHttp.Response well = rig.exchange("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(well.status()).isEqualTo(200);
        assertThat(well.body()).isEqualTo("{\"status\":\"ok\"}");

        rig.storeAvailable.set(false);

        assertThat(rig.exchange("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .status())
                .isEqualTo(503);
    }

    @Test
    void every_response_has_its_own_request_id_and_the_security_headers() throws IOException {
        Set<String> ids = new HashSet<>();
        for (RawHttp.Response response : new RawHttp.Response[] {
            rig.get("/healthz"),
            rig.get("/control/status"),
            rig.get("/nothing"),
            rig.ask("PUT", "/control/budgets/researcher", "{"),
            rig.exchange("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
            rig.exchange("GET /control/status HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            rig.exchange("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(20_000) + "\r\n\r\n")
        }) {
            assertThat(ids.add(response.header("x-request-id"))).isTrue();
            assertThat(response.header("x-request-id")).startsWith("req_");
            assertBrowsersAreHeldBack(response);
            assertThat(response.header("content-type")).isEqualTo("application/json");
        }
    }

    /// On answers, refusals and event streams alike.
    static void assertBrowsersAreHeldBack(RawHttp.Response response) {
        assertThat(response.header("x-content-type-options")).isEqualTo("nosniff");
        assertThat(response.header("cache-control")).isEqualTo("no-store");
        assertThat(response.header("referrer-policy")).isEqualTo("no-referrer");
        assertThat(response.header("content-security-policy"))
                .contains("default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'");
        assertThat(response.header("x-frame-options")).isEqualTo("DENY");
        assertThat(response.header("cross-origin-opener-policy")).isEqualTo("same-origin");
        assertThat(response.header("cross-origin-resource-policy")).isEqualTo("same-origin");
        assertThat(response.header("permissions-policy")).contains("camera=()", "geolocation=()");
    }

    @Test
    void an_unknown_path_is_404_and_a_wrong_method_405() throws IOException {
        assertThat(rig.get("/control/nothing").status()).isEqualTo(404);
        assertThat(rig.get("/control/statusx").status()).isEqualTo(404);
        RawHttp.Response wrong = rig.ask("DELETE", "/control/budgets/researcher", "");
        assertThat(wrong.status()).isEqualTo(405);
        assertThat(wrong.header("allow")).isEqualTo("PUT");
        assertThat(rig.get("/control/stop").status()).isEqualTo(405);
        assertThat(rig.ask("TRACE", "/control/status", "").status()).isEqualTo(405);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "400 | {\"daily_usd\": 1, \"weekly_usd\": 2, \"x\": {}} | weekly_usd, x",
                "400 | {\"daily_usd\": 1, \"daily_usd\": 2}             | twice",
                "400 | {\"daily_usd\": 1                                | not well-formed",
                "400 | {\"daily_usd\": 1} {}                            | follows",
                "400 | {\"daily_usd\": 01}                              | not well-formed",
                "400 | {\"daily_usd\": NaN}                             | not well-formed",
                "400 | {\"daily_usd\": 1, }                             | not well-formed",
                "400 | {}                                               | must be given",
                "400 | ``                                               | empty",
                "422 | []                                               | must be a JSON object",
                "422 | 5                                                | must be a JSON object",
                "422 | {\"daily_usd\": \"5\"}                           | daily_usd must be a number",
                "422 | {\"daily_usd\": null}                            | daily_usd must be a number",
                "422 | {\"daily_usd\": true, \"monthly_usd\": []}       | monthly_usd must be a number",
                "422 | {\"daily_usd\": -0.01}                           | between 0 and 9000000",
                "422 | {\"daily_usd\": 9000000.01}                      | between 0 and 9000000",
                "422 | {\"daily_usd\": 1e999999999}                     | between 0 and 9000000",
                "422 | {\"daily_usd\": 0.0000000000001}                 | 12 decimals",
                "422 | {\"daily_usd\": 1e-999999999}                    | 12 decimals"
            })
    void a_body_is_read_strictly(int status, String body, String detail) throws IOException {
        RawHttp.Response response = rig.ask("PUT", "/control/budgets/researcher", body == null ? "" : body);

        assertThat(response.status()).isEqualTo(status);
        assertThat(response.detail()).contains(detail);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void depth_invalid_utf_8_and_size_are_bounded() throws IOException {
        assertThat(rig.ask("PUT", "/control/budgets/researcher", "{\"a\":" + "[".repeat(2_000))
                        .status())
                .isEqualTo(400);
        try (RawHttp http = new RawHttp(rig.port())) {
            http.send("PUT /control/budgets/researcher HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZED
                    + "Content-Length: 4\r\n\r\n");
            http.send(new byte[] {'{', '"', (byte) 0xff, '"'});
            assertThat(http.receive().status()).isEqualTo(400);

            String large = "{\"x\":\"" + "x".repeat(10_000) + "\"}";
            http.send("PUT /control/budgets/researcher HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZED
                    + "Content-Length: " + large.getBytes(UTF_8).length + "\r\n\r\n" + large);
            RawHttp.Response tooLarge = http.receive();
            assertThat(tooLarge.status()).isEqualTo(413);
            assertThat(tooLarge.detail()).contains("4096");

            http.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(http.receive().status()).isEqualTo(200);
        }
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void a_framing_in_doubt_is_refused_and_what_hides_behind_it_never_read() throws IOException {
        String hidden = "POST /control/stop HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZED + "\r\n";
        for (String framing : new String[] {
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Content-Length: 1\r\nContent-Length: 2\r\n",
            "Content-Length: -1\r\n",
            "Content-Length : 5\r\n",
            "X: y\nContent-Length: 5\r\n"
        }) {
            try (RawHttp http = new RawHttp(rig.port())) {
                http.send("PUT /control/budgets/researcher HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZED + framing
                        + "\r\n0\r\n\r\n" + hidden);
                assertThat(http.receive().status()).as(framing).isIn(400, 411);
                assertThat(http.isAtEnd()).as(framing).isTrue();
            }
        }
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void a_head_that_is_too_large_or_no_http_is_refused_and_the_connection_closed() throws IOException {
        try (RawHttp http = new RawHttp(rig.port())) {
            http.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(20_000) + "\r\n\r\n");
            assertThat(http.receive().status()).isEqualTo(431);
            assertThat(http.isAtEnd()).isTrue();
        }
        try (RawHttp http = new RawHttp(rig.port())) {
            http.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nno colon here\r\n\r\n");
            assertThat(http.receive().status()).isEqualTo(400);
            assertThat(http.isAtEnd()).isTrue();
        }
    }
}
