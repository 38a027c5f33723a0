package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// The mesh's memory after calls through all doors: what came from an agent, goes to it or was made of it never holds a
/// credential.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class CanaryHeapTest {

    private static final String MARKER = "marker-of-alphas-traffic-c41d";

    /// Larger arrays are pools, which hold the bytes of many: there what stands near the marker is looked at.
    private static final int POOL_BYTES = 256 * 1024;

    private static final int NEAR_BYTES = 16 * 1024;

    @Test
    void nothing_that_holds_an_agents_traffic_holds_a_credential() throws Exception {
        try (Upstream upstream = Upstream.start();
                PlainService service = PlainService.start();
                Mesh mesh = Mesh.start(ServiceRig.home(service, upstream)
                        .everyDialect()
                        .agent("alpha", "100", "\"sim/*\", \"simant/*\", \"simresp/*\"", "[\"llm\", \"svc\"]"))) {
            for (int round = 0; round < 20; round++) {
                calls(mesh);
            }
            upstream.awaitQuiet();
            Path dump = mesh.home().root().resolve("heap.hprof");
            dump(mesh.pid(), dump);

            var findings = new Findings();
            int arrays = HeapDump.visit(dump, findings::look);
            Files.delete(dump);

            assertThat(arrays).isGreaterThan(10_000);
            assertThat(findings.marked)
                    .as("arrays with the agent's own traffic")
                    .isPositive();
            assertThat(findings.known)
                    .as("the search finds the credential where it is kept")
                    .isPositive();
            assertThat(findings.wrong).isEmpty();
        }
    }

    private static void calls(Mesh mesh) {
        for (String model : List.of("sim/small", "simant/small", "simresp/small")) {
            for (ClientDoor door : ClientDoor.values()) {
                for (boolean streamed : List.of(true, false)) {
                    boolean asStream = door == ClientDoor.MESH_STREAM || (streamed && door != ClientDoor.MESH);
                    for (String way : List.of("tokens=3 vendor_headers", "refuse401", "echo_key")) {
                        JsonObject body = new JsonObject(
                                door.body(model, way, 50, asStream).encode().replace("hello", "hello " + MARKER));
                        if (asStream) {
                            try (EventStream stream = mesh.stream("alpha", door.path(), body)) {
                                var _ = stream.all();
                            }
                        } else {
                            var _ = mesh.post("alpha", door.path(), body);
                        }
                    }
                }
            }
        }
        var _ = mesh.post("alpha", "/mesh/service/svc/say", new JsonObject().put("say", MARKER));
        var _ = mesh.post(
                "alpha", "/mesh/api", ServiceRig.envelope("svc", "/say", new JsonObject().put("say", MARKER)));
    }

    private static void dump(long pid, Path file) throws IOException, InterruptedException {
        Path jcmd =
                Path.of(ProcessHandle.current().info().command().orElseThrow()).resolveSibling("jcmd");
        Process process = new ProcessBuilder(
                        jcmd.toString(), Long.toString(pid), "GC.heap_dump", "-all", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private static final class Findings {

        private final CanaryForms credentials = new CanaryForms(List.of(Upstream.KEY, PlainService.KEY));
        private final List<String> wrong = new ArrayList<>();
        private int marked;
        private int known;

        void look(int type, byte[] array) {
            byte[] text = type == HeapDump.CHARS ? narrowed(array) : array;
            if (credentials.find(text) != null) {
                known++;
            }
            String whole = new String(text, StandardCharsets.ISO_8859_1);
            for (int at = whole.indexOf(MARKER); at >= 0; at = whole.indexOf(MARKER, at + 1)) {
                marked++;
                boolean pool = text.length > POOL_BYTES;
                int from = pool ? Math.max(0, at - NEAR_BYTES) : 0;
                int to = pool ? Math.min(text.length, at + NEAR_BYTES) : text.length;
                @Nullable String form = credentials.find(java.util.Arrays.copyOfRange(text, from, to));
                if (form != null) {
                    wrong.add(form + " in an array of " + text.length + " bytes: "
                            + whole.substring(from, Math.min(to, from + 2000)));
                    return;
                }
                if (!pool) {
                    return;
                }
            }
        }

        private static byte[] narrowed(byte[] chars) {
            byte[] narrow = new byte[chars.length / 2];
            for (int i = 0; i < narrow.length; i++) {
                narrow[i] = chars[2 * i] == 0 ? chars[2 * i + 1] : (byte) '?';
            }
            return narrow;
        }
    }
}
