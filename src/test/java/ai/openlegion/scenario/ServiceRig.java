package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// A mesh with services, for the tests of both doors.
final class ServiceRig {

    /// A cent: what a call of `svc` costs, in pico-USD.
    static final long PRICE = 10_000_000_000L;

    static final String APIS = "[\"svc\", \"bearer\", \"open\", \"keyless\", \"dead\", \"models\", \"unknown\"]";

    private ServiceRig() {}

    /// A home without an agent.
    static MeshHome home(PlainService service, Upstream upstream) throws IOException {
        return MeshHome.in(upstream)
                .variable("OPENLEGION_CRED_SVC_KEY", PlainService.KEY)
                .credential("bearer_key", "bearer-key-3300aa71c9")
                .credential("models_key", Upstream.KEY)
                .mesh("""
                        services:
                          svc:
                            base_url: "http://127.0.0.1:%1$d/base"
                            header: X-Service-Key
                            credential: svc_key
                            usd_per_call: 0.01
                            actions: {search: "GET /search", find: "POST /find?v=2", "*": "GET /any"}
                          bearer: {base_url: "http://127.0.0.1:%1$d", credential: bearer_key, usd_per_call: 0}
                          open: {base_url: "http://127.0.0.1:%1$d/open/", usd_per_call: 0.01}
                          keyless: {base_url: "http://127.0.0.1:%1$d", credential: absent_key, usd_per_call: 0.01}
                          dead: {base_url: "http://127.0.0.1:%2$d", usd_per_call: 0.01}
                          models: {base_url: "%3$s", credential: models_key, usd_per_call: 0.01}
                        limits: {first_token_timeout_seconds: 2, read_idle_seconds: 2, slow_client_seconds: 2}
                        """.formatted(service.port(), FreePort.find(), upstream.baseUrl()));
    }

    /// The body of `POST /mesh/api`.
    static JsonObject envelope(String name, String action, JsonObject params) {
        return new JsonObject().put("service", name).put("action", action).put("params", params);
    }

    /// The status of a bare request of alpha.
    static int raw(Mesh mesh, String method, String path) throws IOException {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            return connection
                    .send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                            + mesh.token("alpha") + "\r\n\r\n")
                    .answer()
                    .status();
        }
    }

    /// Whether the answer to a GET breaks off, never showing a key.
    static boolean broken(Mesh mesh, String agent, String path) {
        try (RawConnection connection = new RawConnection(mesh.port())) {
            var _ = connection.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + mesh.token(agent) + "\r\n\r\n");
            StringBuilder all = new StringBuilder();
            byte[] piece = new byte[4096];
            for (int read = connection.read(piece); read >= 0; read = connection.read(piece)) {
                all.append(new String(piece, 0, read, StandardCharsets.ISO_8859_1));
            }
            assertThat(all).doesNotContain("51f0c7");
            return !all.toString().endsWith("0\r\n\r\n") && all.toString().startsWith("HTTP/1.1 200");
        } catch (IOException reset) {
            return true;
        }
    }
}
