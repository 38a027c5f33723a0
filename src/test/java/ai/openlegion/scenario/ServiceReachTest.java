package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How far a call of a service reaches, and what passes on the way there and back.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class ServiceReachTest {

    private static PlainService service;
    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        service = PlainService.start();
        upstream = Upstream.start();
        mesh = Mesh.start(ServiceRig.home(service, upstream)
                .agent("alpha", "100", "\"sim/*\"", ServiceRig.APIS)
                .agent("failing", "100", "\"sim/*\"", ServiceRig.APIS)
                .agent("leaky", "100", "\"sim/*\"", ServiceRig.APIS));
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

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    void a_request_passes_with_the_credential_and_without_the_agents(String method) {
        long before = mesh.spend("alpha").spent();
        HttpRequest.Builder request = mesh.request("alpha", "/mesh/service/svc/a/%C3%A9;v=1/b?q=%2e%2e/x&q=2")
                .header("x-api-key", mesh.token("alpha"))
                .header("cookie", "session=" + mesh.token("alpha"))
                .header("x-service-key", "mine")
                .header("x-forwarded-for", "10.0.0.1")
                .header("forwarded", "for=10.0.0.1")
                .header("x-openlegion-agent", "operator")
                .header("x-original-url", "/elsewhere")
                .header("x-custom-token", "token " + mesh.token("alpha"))
                .header("accept-encoding", "gzip")
                .header("x-kept", "as it is")
                .method(
                        method,
                        method.startsWith("P")
                                ? HttpRequest.BodyPublishers.ofString("{\"body\":1}")
                                : HttpRequest.BodyPublishers.noBody());

        Reply reply = mesh.send(request);

        assertThat(reply.status()).isEqualTo(200);
        assertThat(service.requests()).isEqualTo(1);
        JsonObject seen = service.last();
        assertThat(seen.getString("method")).isEqualTo(method);
        assertThat(seen.getString("uri")).isEqualTo("/base/a/%C3%A9;v=1/b?q=%2e%2e/x&q=2");
        assertThat(seen.getString("body")).isEqualTo(method.startsWith("P") ? "{\"body\":1}" : "");
        JsonObject headers = seen.getJsonObject("headers");
        assertThat(headers.getString("x-service-key")).isEqualTo(PlainService.KEY);
        assertThat(headers.getString("x-kept")).isEqualTo("as it is");
        assertThat(headers.getString("accept-encoding")).isEqualTo("identity");
        assertThat(headers.getString("host")).isEqualTo("127.0.0.1:" + service.port());
        assertThat(headers.fieldNames())
                .doesNotContain(
                        "authorization",
                        "x-api-key",
                        "cookie",
                        "x-forwarded-for",
                        "forwarded",
                        "x-openlegion-agent",
                        "x-original-url",
                        "x-custom-token");
        assertThat(seen.encode()).doesNotContain(mesh.token("alpha"));
        assertThat(reply.header("x-service")).as("a header of no list").isEmpty();
        assertThat(reply.header("x-openlegion-cost-usd")).isEqualTo("0.01");
        assertThat(reply.body()).doesNotContain(PlainService.KEY);
        assertThat(mesh.settledSpend("alpha").spent() - before).isEqualTo(ServiceRig.PRICE);
    }

    @Test
    void the_default_credential_is_a_bearer_token_and_a_service_without_one_gets_none() {
        assertThat(mesh.get("alpha", "/mesh/service/bearer/x").status()).isEqualTo(200);
        assertThat(service.last().getJsonObject("headers").getString("authorization"))
                .isEqualTo("Bearer bearer-key-3300aa71c9");

        Reply open = mesh.get("alpha", "/mesh/service/open");
        assertThat(open.status()).isEqualTo(200);
        assertThat(service.last().getString("uri")).isEqualTo("/open");
        assertThat(service.last().getJsonObject("headers").fieldNames()).doesNotContain("authorization");
    }

    @Test
    void no_path_leads_anywhere_else() throws IOException {
        List<String> doubtful = List.of(
                "/mesh/service/svc/../x",
                "/mesh/service/svc/..",
                "/mesh/service/svc/a/../../x",
                "/mesh/service/svc/a/..;/x",
                "/mesh/service/svc/..;x/y",
                "/mesh/service/svc/a..b/x",
                "/mesh/service/svc/./x",
                "/mesh/service/svc/.;/x",
                "/mesh/service/svc/.",
                "/mesh/service/svc/%2e%2e/x",
                "/mesh/service/svc/%2E%2E/x",
                "/mesh/service/svc/.%2e/x",
                "/mesh/service/svc/%2e./x",
                "/mesh/service/svc/%2e/x",
                "/mesh/service/svc/%252e%252e/x",
                "/mesh/service/svc/%25252e/x",
                "/mesh/service/svc/a%2fb",
                "/mesh/service/svc/a%2Fb",
                "/mesh/service/svc/%2f%2fevil.example/x",
                "/mesh/service/svc//evil.example/x",
                "/mesh/service/svc/a//b",
                "/mesh/service//svc/x",
                "/mesh/service/svc/a\\b",
                "/mesh/service/svc/..\\x",
                "/mesh/service/svc/a%5cb",
                "/mesh/service/svc/a%5C..%5Cb",
                "/mesh/service/svc/a%00b",
                "/mesh/service/svc/a%0d%0aHost:%20evil.example",
                "/mesh/service/svc/a%0ab",
                "/mesh/service/svc/a%09b",
                "/mesh/service/svc/a%7fb",
                "/mesh/service/svc/a%c2%85b",
                "/mesh/service/svc/%c0%ae%c0%ae/x",
                "/mesh/service/svc/%c0%afx",
                "/mesh/service/svc/%e0%80%ae/x",
                "/mesh/service/svc/a%zzb",
                "/mesh/service/svc/a%2",
                "/mesh/service/svc/a%",
                "/mesh/service/svc/a#b",
                "/mesh/service/svc/a|b",
                "/mesh/service/svc/a<b",
                "/mesh/service/svc/a\"b",
                "/mesh/service/svc/a^b",
                "/mesh/service/svc/a{b}",
                "/mesh/service/svc/a?q=b#c",
                "/mesh/service/svc/a?q=b\\c",
                "/mesh/service/svc%2fx",
                "/mesh/service/s%76c/x",
                "/mesh/service/svc@evil.example/x",
                "/mesh/service/.svc/x",
                "/mesh/service/../service/svc/x",
                "/mesh/service/%2e%2e/service/svc/x",
                "/mesh//service/svc/x",
                "/mesh/./service/svc/x",
                "/x/../mesh/service/svc/x",
                "http://evil.example/mesh/service/svc/x",
                "http://127.0.0.1:" + service.port() + "/mesh/service/svc/x");
        assertThat(doubtful).hasSizeGreaterThanOrEqualTo(40);
        for (String path : doubtful) {
            try (RawConnection connection = new RawConnection(mesh.port())) {
                int status = connection
                        .send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                + mesh.token("alpha") + "\r\n\r\n")
                        .answer()
                        .status();
                assertThat(status).as(path).isEqualTo(400);
            }
        }
        assertThat(service.requests()).isZero();
    }

    @Test
    void what_looks_odd_and_is_harmless_stays_below_the_base_as_it_is() throws IOException {
        for (String path : List.of(
                "/@evil.example/x",
                "/:8080/x",
                "/http:/evil.example",
                "/a%20b",
                "/a+b",
                "/a%3Fb",
                "/a%23b",
                "/.well-known/x",
                "/a.b",
                "/a;b=c",
                "/%E2%82%AC",
                "/a?u=http://evil.example/../x",
                "/")) {
            service.reset();
            assertThat(ServiceRig.raw(mesh, "GET", "/mesh/service/svc" + path))
                    .as(path)
                    .isEqualTo(200);
            assertThat(service.last().getString("uri")).isEqualTo("/base" + path);
        }
    }

    @ParameterizedTest
    @CsvSource({"TRACE,405", "CONNECT,405", "PURGE,405", "GET,200"})
    void trace_connect_and_inventions_are_no_methods_of_a_service(String method, int status) throws IOException {
        assertThat(ServiceRig.raw(mesh, method, "/mesh/service/svc/x")).isEqualTo(status);
        assertThat(service.requests()).isEqualTo(status == 200 ? 1 : 0);
    }

    @Test
    void without_a_token_nothing_is_told_and_nothing_goes() throws IOException {
        for (String path : List.of("/mesh/service/svc/x", "/mesh/service/unknown/x", "/mesh/service/svc/../x")) {
            try (RawConnection connection = new RawConnection(mesh.port())) {
                assertThat(connection
                                .send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .answer()
                                .status())
                        .as(path)
                        .isEqualTo(401);
            }
        }
        assertThat(mesh.get("alpha", "/mesh/service/svc/x?key=" + mesh.token("alpha"))
                        .status())
                .isEqualTo(400);
        assertThat(service.requests()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://evil.example/x",
                "//evil.example/x",
                "https://127.0.0.1:%d/base/x",
                "http://127.0.0.1:1/base/x",
                "http://user@127.0.0.1:%d/base/x",
                "/other/x",
                "/basement/x",
                "../../x",
                "/base/a%%2fb",
                "javascript:x",
                "http://[bad"
            })
    void a_redirect_to_somewhere_else_is_not_followed_and_not_told(String location) {
        service.redirectsTo(location.contains("%d") ? location.formatted(service.port()) : location.replace("%%", "%"));
        Reply reply = mesh.get("failing", "/mesh/service/svc/redirect");

        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.detail()).contains("redirects to somewhere else");
        assertThat(reply.header("location")).isEmpty();
        assertThat(service.requests()).isEqualTo(1);
        assertThat(mesh.settledSpend("failing").gone()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"/base/x?y=1,/mesh/service/svc/x?y=1", "next,/mesh/service/svc/a/next", "FULL,/mesh/service/svc/z"})
    void a_redirect_below_the_base_leads_back_to_the_mesh(String location, String told) {
        service.redirectsTo(location.equals("FULL") ? "http://127.0.0.1:" + service.port() + "/base/z" : location);
        Reply reply = mesh.get("failing", "/mesh/service/svc/a/redirect");

        assertThat(reply.status()).isEqualTo(302);
        assertThat(reply.header("location")).isEqualTo(told);
        assertThat(service.requests()).as("the mesh follows none itself").isEqualTo(1);
    }

    @Test
    void a_key_that_the_service_echoes_never_reaches_the_agent() {
        Reply whole = mesh.get("leaky", "/mesh/service/svc/leak");
        assertThat(whole.status()).isEqualTo(502);
        assertThat(whole.detail()).contains("held a credential");
        Reply enveloped = mesh.post("leaky", "/mesh/api", ServiceRig.envelope("svc", "/leak", new JsonObject()));
        assertThat(enveloped.json().getBoolean("success")).isFalse();
        assertThat(enveloped.body()).contains("held a credential").doesNotContain("51f0c7");
        assertThat(ServiceRig.broken(mesh, "leaky", "/mesh/service/svc/leak-late"))
                .isTrue();
        Reply header = mesh.get("leaky", "/mesh/service/svc/leak-header");
        assertThat(header.status()).isEqualTo(200);
        assertThat(header.headers().toString()).doesNotContain("51f0c7").doesNotContain("secretd");
        assertThat(header.header("set-cookie")).isEmpty();
        assertThat(mesh.get("leaky", "/mesh/service/svc/gzip").status())
                .as("what is compressed cannot be searched")
                .isEqualTo(502);
    }

    @Test
    void events_pass_as_they_come() {
        Reply reply = mesh.get("alpha", "/mesh/service/svc/events");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("content-type")).isEqualTo("text/event-stream");
        assertThat(reply.body()).isEqualTo("data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n");
    }
}
