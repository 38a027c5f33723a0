package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// That the watch over credentials sees each of their forms wherever it looks.
@Timeout(120)
class CanarySweepTest {

    private static final String CANARY = "canary/+key\"=~9f31c2aa07";
    private static final String OF_ENVIRONMENT = "canary-of-environment-51c0ffee";

    private MeshHome home;

    @BeforeEach
    void writes() {
        home = MeshHome.withoutUpstream()
                .credential("sweep_key", CANARY)
                .variable("OPENLEGION_CRED_OTHER_KEY", OF_ENVIRONMENT)
                .member("alpha", "")
                .write();
    }

    @AfterEach
    void removes() throws IOException {
        home.delete();
    }

    static Stream<Map.Entry<String, String>> forms() {
        return CanaryForms.of(CANARY).entrySet().stream();
    }

    private void sweep() {
        Canaries.sweep(home.root(), home.environment());
    }

    private void isFound(String place, String form) {
        assertThatThrownBy(this::sweep)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(place)
                .hasMessageContaining(form)
                .hasMessageNotContaining(CANARY);
    }

    @Test
    void a_credential_where_it_belongs_is_no_find() {
        assertThatCode(this::sweep).doesNotThrowAnyException();
    }

    @Test
    void there_is_a_form_for_each_way_of_writing_it() {
        assertThat(CanaryForms.of(CANARY).keySet())
                .contains("raw", "JSON", "URL", "URL, lower case", "URL, all escaped", "hex", "hex, upper case")
                .contains("base64, shifted by 0", "base64, shifted by 1", "base64, shifted by 2");
        var forms = new CanaryForms(List.of(CANARY));
        for (String before : List.of("", "a", "ab", "abc", "user:")) {
            byte[] bytes = (before + CANARY + "after").getBytes(StandardCharsets.UTF_8);
            for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                assertThat(forms.find(encoder.encode(bytes))).as(before).startsWith("base64");
            }
        }
        assertThat(forms.find("canary/+key".getBytes(StandardCharsets.UTF_8))).isNull();
        assertThat(forms.find(
                        Base64.getEncoder().encode("quite another text than that".getBytes(StandardCharsets.UTF_8))))
                .isNull();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("forms")
    void each_form_is_found_in_each_file(Map.Entry<String, String> form) throws Exception {
        for (String name : List.of(
                "mesh-1.log",
                "data/ready.json",
                "data/checkpoints/2026-11-22.jsonl",
                "data/other.db-wal",
                "backup.env")) {
            Path file = home.root().resolve(name);
            Files.createDirectories(file.getParent());
            // across the pieces in which files are read
            Files.writeString(file, " ".repeat((1 << 16) - 5) + "{\"x\":\"" + form.getValue() + "\"}");
            isFound(name, form.getKey());
            Files.delete(file);
        }
        assertThatCode(this::sweep).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELETE", "WAL"})
    void what_stands_in_a_row_is_found(String journal) throws SQLException, IOException {
        Path file = home.root().resolve("data/openlegion.db");
        Files.createDirectories(file.getParent());
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            try (var made = database.createStatement()) {
                made.execute("PRAGMA journal_mode=" + journal);
                made.execute("CREATE TABLE t (x TEXT)");
            }
            try (PreparedStatement row = database.prepareStatement("INSERT INTO t VALUES (?)")) {
                row.setString(1, "bearer " + OF_ENVIRONMENT);
                row.execute();
            }
            isFound("openlegion.db" + (journal.equals("WAL") ? "-wal" : ""), "raw");
        }
        Files.delete(file);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("forms")
    void each_form_is_found_in_what_clients_receive(Map.Entry<String, String> form) throws Exception {
        // as it is, the credential is no JSON
        String text = form.getKey().equals("raw") ? form.getValue() : "{\"x\":\"" + form.getValue() + "\"}";
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            if (exchange.getRequestURI().getPath().equals("/head")) {
                exchange.getResponseHeaders().set("X-Leak", form.getValue());
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write("data: ".getBytes(StandardCharsets.UTF_8));
                for (byte octet : body) {
                    out.write(octet);
                    out.flush();
                }
                out.write("\n\n".getBytes(StandardCharsets.UTF_8));
            }
        });
        server.start();
        try {
            int port = server.getAddress().getPort();
            AgentClient client = new AgentClient("alpha", port, "ol_x");
            var _ = client.request("GET", "/body", null);
            isFound("a client's whole answer", form.getKey());
            var _ = client.request("GET", "/head", null);
            isFound("a client's whole answer", form.getKey());
            try (RawConnection raw = new RawConnection(port)) {
                byte[] piece = new byte[7];
                int read = raw.send("GET /raw HTTP/1.0\r\n\r\n").read(piece);
                while (read >= 0) {
                    read = raw.read(piece);
                }
            }
            isFound("a client's stream", form.getKey());
            if (text.startsWith("{")) {
                try (EventSource events = client.events("/stream")) {
                    var _ = events.next();
                }
                isFound("a client's stream", form.getKey());
            }
        } finally {
            server.stop(0);
        }
        assertThatCode(this::sweep).doesNotThrowAnyException();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("forms")
    void each_form_is_found_in_the_environment_of_a_child(Map.Entry<String, String> form) throws Exception {
        long self = ProcessHandle.current().pid();
        Canaries.sweepChildren(self, home.root(), home.environment());
        ProcessBuilder builder = new ProcessBuilder("cat");
        builder.environment().put("SOME_KEY", form.getValue());
        Process child = builder.start();
        try {
            assertThatThrownBy(() -> Canaries.sweepChildren(self, home.root(), home.environment()))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("environ")
                    .hasMessageContaining(form.getKey());
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor()).isNotZero();
        }
    }

    @Test
    void a_master_key_is_found_whichever_way_it_was_given() throws IOException {
        byte[] ofFile = "0123456789abcdef/of the file/..!".getBytes(StandardCharsets.UTF_8);
        byte[] replaced = "0123456789abcdef/was replaced/.!".getBytes(StandardCharsets.UTF_8);
        byte[] ofEnvironment = "0123456789abcdef/of environment!".getBytes(StandardCharsets.UTF_8);
        home.file("data/vault.key", "# keys\n" + HexFormat.of().formatHex(replaced) + "\n");
        Canaries.noteKeys(home.root());
        home.file("data/vault.key", "# keys\n" + HexFormat.of().formatHex(ofFile) + "\n");
        home.variable("OPENLEGION_VAULT_KEY", Base64.getEncoder().encodeToString(ofEnvironment));
        assertThatCode(this::sweep).doesNotThrowAnyException();
        for (byte[] key : List.of(ofFile, replaced, ofEnvironment)) {
            for (String text : List.of(
                    HexFormat.of().formatHex(key),
                    HexFormat.of().withUpperCase().formatHex(key),
                    Base64.getUrlEncoder().encodeToString(key))) {
                home.file("mesh-1.log", "key=" + text);
                isFound("mesh-1.log", "raw");
            }
        }
        home.file("mesh-1.log", "");
    }

    @Test
    void the_end_of_a_mesh_in_this_process_is_watched() throws Exception {
        ClockedMesh mesh = ClockedMesh.start(home, "2026-11-22T10:00:00Z");
        home.file("data/found.txt", "x" + CANARY);

        assertThatThrownBy(mesh::stop).hasMessageContaining("data/found.txt holds a credential: raw");
        Files.delete(home.root().resolve("data/found.txt"));
    }

    @Test
    void the_kill_and_the_close_of_a_real_mesh_are_watched() throws Exception {
        Mesh mesh = Mesh.start(home.permissions("alpha", "\"allowed_credentials\": [\"*\"]"));
        String ofOperator = "canary-of-operator-62d1";
        String ofAgent = "canary-of-agent-73e2";
        assertThat(mesh.control("PUT", "/control/vault/op_key", new JsonObject().put("value", ofOperator))
                        .status())
                .isEqualTo(200);
        JsonObject own = new JsonObject().put("name", "own_key").put("value", ofAgent);
        assertThat(mesh.post("alpha", "/mesh/vault/store", own).status()).isEqualTo(200);
        assertThatCode(this::sweep).doesNotThrowAnyException();
        String masterKey =
                Files.readAllLines(home.root().resolve("data/vault.key")).getLast();
        for (String stored : List.of(ofOperator, ofAgent, masterKey)) {
            home.file("data/found.txt", "x" + stored);
            isFound("data/found.txt", "raw");
        }
        String _ = Canaries.received("it is " + ofOperator);
        isFound("a client's whole answer", "raw");
        home.file("data/found.txt", "x" + OF_ENVIRONMENT);

        assertThatThrownBy(mesh::kill).hasMessageContaining("data/found.txt holds a credential: raw");
        assertThat(mesh.alive()).isFalse();
        assertThatThrownBy(mesh::close).hasMessageContaining("data/found.txt holds a credential: raw");
        assertThat(home.root()).as("it is removed all the same").doesNotExist();
    }
}
