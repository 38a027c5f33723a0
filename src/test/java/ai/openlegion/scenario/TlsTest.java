package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The agents' listener with TLS: who gets in, by what, and with which certificate.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class TlsTest {

    private static final String AGENT = "runtime: process, resources: {memory: 256m}";

    @TempDir
    private static Path folder;

    private static int inner;
    private static TestCertificate first;
    private static TestCertificate second;
    private static TestCertificate client;
    private static TestCertificate foreign;
    private static Upstream upstream;
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        first = TestCertificate.make(folder, "first");
        second = TestCertificate.make(folder, "second");
        client = TestCertificate.make(folder, "client");
        foreign = TestCertificate.make(folder, "foreign");
        inner = FreePort.find();
        serve(first);
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream).agent("alpha", "100").listener(tls("")));
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    @AfterEach
    void restore() throws IOException {
        serve(first);
        mesh.home().listener(tls("")).write();
        mesh.reload();
    }

    private static String tls(String more) {
        return "tls: {cert: \"" + folder.resolve("now.pem") + "\", key: \"" + folder.resolve("now.key")
                + "\", inner_port: " + inner + more + "}";
    }

    /// What the configuration names is this one's from the next reload on.
    private static void serve(TestCertificate certificate) throws IOException {
        Files.copy(certificate.certificate(), folder.resolve("now.pem"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(certificate.key(), folder.resolve("now.key"), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void alpn_gives_http_2_and_http_1() throws Exception {
        assertThat(handshake("h2", "http/1.1").getApplicationProtocol()).isEqualTo("h2");
        assertThat(handshake("http/1.1").getApplicationProtocol()).isEqualTo("http/1.1");

        for (HttpClient.Version version : HttpClient.Version.values()) {
            HttpResponse<String> models = get(null, version, "/v1/models");
            assertThat(models.statusCode()).isEqualTo(200);
            assertThat(models.version()).isEqualTo(version);
            assertThat(models.headers().firstValue("strict-transport-security")).contains("max-age=31536000");
        }
    }

    @Test
    void plain_text_and_old_protocols_are_turned_away() throws Exception {
        try (var connection = new RawConnection(mesh.port())) {
            RawConnection.Answer answer = connection
                    .send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .answer();
            assertThat(answer.status()).isZero();
        }
        // the first byte of an answer is 22 where the server says hello, 21 where it says no
        assertThat(hello("0303")).as("TLS 1.2").isEqualTo(22);
        assertThat(hello("0302")).as("TLS 1.1").isEqualTo(21);
        assertThat(hello("0301")).as("TLS 1.0").isEqualTo(21);
    }

    @Test
    void a_client_gets_one_handshake_a_connection() throws Exception {
        try (SSLSocket socket = (SSLSocket)
                context(null).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), mesh.port())) {
            socket.setSoTimeout(15_000);
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            String request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');

            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                        var _ = socket.getInputStream().readAllBytes();
                    })
                    .isInstanceOf(SSLException.class);
        }
    }

    @Test
    void the_official_sdk_works_by_https() throws Exception {
        JsonObject result = Node.sdkTrusting(
                first.certificate(),
                "https://localhost:" + mesh.port() + "/v1",
                mesh.token("alpha"),
                "plain",
                new JsonObject()
                        .put("model", "sim/small")
                        .put("say", "[[sim tokens=20]] hello")
                        .put("more", new JsonObject()));

        assertThat(result.getJsonObject("answer").getJsonObject("usage").getInteger("completion_tokens"))
                .isEqualTo(20);
    }

    @Test
    void a_reload_swaps_the_certificate_and_the_streams_that_run_live_on() throws Exception {
        try (InputStream stream = stream()) {
            assertThat(stream.read()).isPositive();
            serve(second);
            mesh.reload();

            assertThat(served()).isEqualTo(second.encoded());
            try (SSLSocket h2 = handshake("h2", "http/1.1");
                    SSLSocket http1 = handshake("http/1.1")) {
                assertThat(h2.getApplicationProtocol()).isEqualTo("h2");
                assertThat(http1.getApplicationProtocol()).isEqualTo("http/1.1");
            }
            String rest = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(rest).contains("[DONE]").doesNotContain("\"error\"");
        }
    }

    @Test
    void a_broken_certificate_is_refused_and_the_old_one_stays() throws Exception {
        Files.writeString(folder.resolve("now.pem"), "-----BEGIN CERTIFICATE-----\n");
        assertRefused("mesh.tls.cert: holds no certificate in PEM");
        Files.copy(second.certificate(), folder.resolve("now.pem"), StandardCopyOption.REPLACE_EXISTING);
        assertRefused("mesh.tls.key: does not belong to the first certificate");
        serve(TestCertificate.make(folder, "expired", "-startdate", "-10d", "-validity", "3"));
        assertRefused("mesh.tls.cert: holds a certificate that expired");
    }

    private static void assertRefused(String why) throws Exception {
        Reply reply = mesh.control("POST", "/control/reload", null);
        assertThat(reply.status()).isNotEqualTo(200);
        assertThat(reply.body()).contains(why.substring(why.indexOf(':') + 2));
        assertThat(served()).isEqualTo(first.encoded());
    }

    @Test
    void a_client_certificate_is_required_or_not_and_a_foreign_one_is_none() throws Exception {
        mesh.home()
                .listener(tls(", client_ca: \"" + client.certificate() + "\""))
                .write();
        mesh.reload();
        HttpResponse<String> known = get(client, HttpClient.Version.HTTP_2, "/v1/models");
        assertThat(known.statusCode()).isEqualTo(200);
        assertThat(known.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThatThrownBy(() -> get(null, HttpClient.Version.HTTP_1_1, "/v1/models"))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> get(foreign, HttpClient.Version.HTTP_1_1, "/v1/models"))
                .isInstanceOf(IOException.class);

        mesh.home()
                .listener(tls(", client_ca: \"" + client.certificate() + "\", client_auth: optional"))
                .write();
        mesh.reload();
        assertThat(get(client, HttpClient.Version.HTTP_1_1, "/v1/models").statusCode())
                .isEqualTo(200);
        assertThat(get(null, HttpClient.Version.HTTP_1_1, "/v1/models").statusCode())
                .isEqualTo(200);
    }

    @Test
    void a_client_certificate_opens_nothing_without_a_token() throws Exception {
        mesh.home()
                .listener(tls(", client_ca: \"" + client.certificate() + "\""))
                .write();
        mesh.reload();
        HttpResponse<String> refused = http(client, HttpClient.Version.HTTP_1_1)
                .send(
                        HttpRequest.newBuilder(URI.create("https://localhost:" + mesh.port() + "/v1/models"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(401);
    }

    @Test
    void what_the_mesh_says_of_itself_says_https() {
        JsonObject status = mesh.control("GET", "/control/status", null).json();
        assertThat(status.getString("scheme")).isEqualTo("https");
        assertThat(mesh.log()).contains("agents at https://127.0.0.1:" + mesh.port());
        assertThat(mesh.home().root().resolve("data/ready.json")).content().contains("\"scheme\": \"https\"");
    }

    @Test
    void an_agent_that_is_a_process_comes_in_without_tls_on_the_inner_port() throws Exception {
        TestCertificate its = TestCertificate.make(folder, "its");
        int port = FreePort.find();
        try (Mesh own = Mesh.start(MeshHome.in(upstream)
                .host("0.0.0.0")
                .supervised("worker", AGENT, "\"allowed_apis\": [\"llm\"]")
                .listener("tls: {cert: \"" + its.certificate() + "\", key: \"" + its.key() + "\", inner_port: " + port
                        + "}"))) {
            RunAgents agents = new RunAgents(own);
            agents.await("worker", "ready"); // it has come in and registered
            String base = agents.environment("worker", "OPENAI_BASE_URL");
            assertThat(base).isEqualTo("http://127.0.0.1:" + port + "/v1");
            InetAddress elsewhere = InetAddress.getByName("127.0.0.2"); // an address of this machine like any other
            try (Socket open = new Socket(elsewhere, own.port())) {
                assertThat(open.isConnected()).isTrue();
            }
            assertThatThrownBy(() -> new Socket(elsewhere, port)).isInstanceOf(ConnectException.class);

            Reply reply = own.send(HttpRequest.newBuilder(URI.create(base + "/chat/completions"))
                    .header("authorization", "Bearer " + agents.environment("worker", "OPENAI_API_KEY"))
                    .header("content-type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            Chat.with("tokens=3").encode())));
            assertThat(reply.status()).as("%s", reply.body()).isEqualTo(200);
            assertThat(reply.header("strict-transport-security")).isEmpty();
        }
    }

    private static SSLContext context(@Nullable TestCertificate mine) throws IOException, GeneralSecurityException {
        return TestCertificate.trusting(mine, first, second);
    }

    private static SSLSocket handshake(String... protocols) throws IOException, GeneralSecurityException {
        SSLSocket socket = (SSLSocket)
                context(null).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), mesh.port());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /// The certificate that a new connection is met with.
    private static byte[] served() throws IOException, GeneralSecurityException {
        try (SSLSocket socket = handshake("http/1.1")) {
            return socket.getSession().getPeerCertificates()[0].getEncoded();
        }
    }

    private static HttpClient http(@Nullable TestCertificate mine, HttpClient.Version version)
            throws IOException, GeneralSecurityException {
        return HttpClient.newBuilder()
                .version(version)
                .sslContext(context(mine))
                .connectTimeout(Duration.ofSeconds(20))
                .build();
    }

    private static HttpResponse<String> get(@Nullable TestCertificate mine, HttpClient.Version version, String path)
            throws IOException, InterruptedException, GeneralSecurityException {
        try (HttpClient client = http(mine, version)) {
            return client.send(secure(path).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    private static InputStream stream() throws IOException, InterruptedException, GeneralSecurityException {
        String body = Chat.with("tokens=150 pace=20").put("stream", true).encode();
        return http(null, HttpClient.Version.HTTP_2)
                .send(
                        secure("/v1/chat/completions")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream())
                .body();
    }

    private static HttpRequest.Builder secure(String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + mesh.port() + path))
                .timeout(Duration.ofSeconds(60))
                .header("content-type", "application/json")
                .header("authorization", "Bearer " + mesh.token("alpha"));
    }

    /// The first byte of what the server says to a hello of this version, -1 where it only hangs up.
    private static int hello(String version) throws IOException {
        // ECDHE with an ECDSA certificate, AES: the first for TLS 1.2, the second for what came before; no compression;
        // secp256r1, points uncompressed, ECDSA with SHA-256
        String body = version + "00".repeat(32) + "00" + "0004C02BC009" + "0100" + "001B" + "000A00040002" + "0017"
                + "000B00020100" + "000D00040002" + "0403" + "FF01000100";
        byte[] hello = HexFormat.of().parseHex(body);
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        record.writeBytes(HexFormat.of().parseHex("160301"));
        record.write((hello.length + 4) >> 8);
        record.write(hello.length + 4);
        record.writeBytes(new byte[] {1, 0, (byte) (hello.length >> 8), (byte) hello.length});
        record.writeBytes(hello);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), mesh.port())) {
            socket.setSoTimeout(15_000);
            record.writeTo(socket.getOutputStream());
            return socket.getInputStream().read();
        }
    }
}
