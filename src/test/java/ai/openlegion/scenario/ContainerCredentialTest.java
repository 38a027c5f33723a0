package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// The vault's values, looked for wherever an agent could: its calls, its environment, its processes and their memory,
/// its files.
@Timeout(300)
@ExtendWith(LogOnFailure.class)
@NeedsDocker
class ContainerCredentialTest {

    private static final String UNUSED = "canary/+value=4f1d09b37ac2";
    private static final int CALLS = 10_000;
    private static final int PIECE = 4 << 20;
    private static final int LONGEST = 200;

    private final List<String> forms = Stream.of(Upstream.KEY, UNUSED)
            .flatMap(ContainerCredentialTest::forms)
            .distinct()
            .toList();

    @Test
    void ten_thousand_calls_and_all_that_the_agent_is_made_of_hold_no_credential() throws Exception {
        try (Upstream upstream = Upstream.start()) {
            MeshHome home = MeshHome.in(upstream)
                    .credential("canary_api_key", UNUSED)
                    .supervision("start_seconds: 200")
                    .supervised("alpha", "runtime: docker", "\"allowed_apis\": [\"llm\"]");
            Docker docker = Docker.of(home);
            try (Mesh mesh = Mesh.start(home)) {
                RunAgents agents = new RunAgents(mesh);
                agents.await("alpha", "ready");
                JsonObject found = agents.find("alpha");
                String container = found == null ? "" : found.getString("container");
                String token = docker.variable(container, "OPENAI_API_KEY");

                assertThat(called(mesh, token))
                        .as("calls that show a credential")
                        .isEmpty();
                assertThat(upstream.counts().requests()).isGreaterThanOrEqualTo(CALLS);
                String shown =
                        new Hands(mesh, "alpha").command("env; cat /proc/1/environ /proc/*/environ /proc/*/cmdline");
                assertThat(shows(shown.getBytes(StandardCharsets.UTF_8))).isFalse();
                // the search finds what is there
                assertThat(docker.run("inspect", container)).contains(token);

                List<String> pids = docker.run("top", container, "-o", "pid")
                        .lines()
                        .skip(1)
                        .map(String::strip)
                        .toList();
                assertThat(pids).isNotEmpty();
                for (String pid : pids) {
                    Path process = Path.of("/proc", pid);
                    for (String file : List.of("environ", "cmdline")) {
                        assertThat(shows(Files.readAllBytes(process.resolve(file))))
                                .as(file)
                                .isFalse();
                    }
                }
                assertThat(inMemory(pids, List.of(token)))
                        .as("the agent's own token is there")
                        .isPositive();
                assertThat(inMemory(pids, forms))
                        .as("processes that know a credential")
                        .isZero();
                assertThat(docker.run("diff", container).lines())
                        .as("no file outside its volume was written")
                        .allMatch(
                                line -> line.matches(
                                        "[AC] (/data|/tmp|/dev|/etc|/run|/usr/sbin|/usr|/sbin)(/(console|resolv.conf|hosts|hostname|docker-init|shm|pts|mqueue))?"));
                Path volume = Path.of(
                        docker.run("volume", "inspect", "--format", "{{.Mountpoint}}", docker.name() + "-alpha"));
                try (Stream<Path> files = Files.walk(volume)) {
                    List<Path> regular = files.filter(Files::isRegularFile).toList();
                    assertThat(regular).as("it kept its chat").isNotEmpty();
                    for (Path file : regular) {
                        assertThat(shows(Files.readAllBytes(file)))
                                .as("%s", file)
                                .isFalse();
                    }
                }
                assertThat(shows(docker.run("logs", container).getBytes(StandardCharsets.UTF_8)))
                        .isFalse();
                mesh.terminate();
                assertThat(mesh.awaitExit()).isZero();
            } finally {
                docker.sweep();
            }
        }
    }

    /// The answers, heads and bodies, in which a credential stands; in some the provider says its key, whole or in
    /// pieces.
    private ConcurrentLinkedQueue<String> called(Mesh mesh, String token) throws InterruptedException {
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        AtomicInteger next = new AtomicInteger();
        URI place = URI.create("http://127.0.0.1:" + mesh.port() + "/v1/chat/completions");
        try (HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_2)
                        .build();
                ExecutorService callers = Executors.newFixedThreadPool(16)) {
            for (int i = 0; i < 16; i++) {
                var _ = callers.submit(() -> {
                    for (int call = next.getAndIncrement(); call < CALLS; call = next.getAndIncrement()) {
                        String way = call % 50 == 0 ? "echo_key" : call % 50 == 1 ? "echo_key=split" : "tokens=8";
                        JsonObject body = Chat.with(way + " vendor_headers").put("stream", call % 2 == 1);
                        HttpResponse<String> answer = client.send(
                                HttpRequest.newBuilder(place)
                                        .header("content-type", "application/json")
                                        .header("authorization", "Bearer " + token)
                                        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
                        String all = answer.headers().map() + answer.body();
                        boolean stopped = call % 50 < 2 && answer.statusCode() == 502;
                        if ((answer.statusCode() != 200 && !stopped) || shows(all.getBytes(StandardCharsets.UTF_8))) {
                            wrong.add(call + ": " + answer.statusCode() + ' ' + all);
                        }
                    }
                    return null;
                });
            }
        }
        assertThat(next.get()).isGreaterThanOrEqualTo(CALLS);
        return wrong;
    }

    private static Stream<String> forms(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        String hex = HexFormat.of().formatHex(bytes);
        List<String> forms = new ArrayList<>(List.of(
                secret,
                hex,
                hex.toUpperCase(java.util.Locale.ROOT),
                URLEncoder.encode(secret, StandardCharsets.UTF_8)));
        // wherever it stands in what is encoded, its middle is the same but for three ways
        for (int shift = 0; shift < 3; shift++) {
            byte[] shifted = new byte[shift + bytes.length];
            System.arraycopy(bytes, 0, shifted, shift, bytes.length);
            for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                String text = encoder.withoutPadding().encodeToString(shifted);
                forms.add(text.substring(shift == 0 ? 0 : 4, text.length() - 2));
            }
        }
        return forms.stream();
    }

    private boolean shows(byte[] bytes) {
        return shows(bytes, bytes.length, forms);
    }

    private static boolean shows(byte[] bytes, int length, List<String> wanted) {
        String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        return wanted.stream().anyMatch(text::contains);
    }

    /// How many of these processes have one of these texts in what they can write.
    private static long inMemory(List<String> pids, List<String> wanted) throws IOException {
        long found = 0;
        for (String pid : pids) {
            found += isInMemory(pid, wanted) ? 1 : 0;
        }
        return found;
    }

    private static boolean isInMemory(String pid, List<String> wanted) throws IOException {
        byte[] piece = new byte[PIECE];
        try (RandomAccessFile memory = new RandomAccessFile("/proc/" + pid + "/mem", "r")) {
            for (String map : Files.readAllLines(Path.of("/proc", pid, "maps"))) {
                String[] parts = map.split("\\s+", 6);
                if (!parts[1].startsWith("rw") || map.endsWith("[vvar]")) {
                    continue;
                }
                String[] range = parts[0].split("-");
                long end = Long.parseUnsignedLong(range[1], 16);
                for (long at = Long.parseUnsignedLong(range[0], 16); at < end; at += PIECE - LONGEST) {
                    try {
                        memory.seek(at);
                        int read = memory.read(piece, 0, (int) Math.min(PIECE, end - at));
                        if (read > 0 && shows(piece, read, wanted)) {
                            return true;
                        }
                    } catch (IOException unmapped) {
                        break;
                    }
                }
            }
        }
        return false;
    }
}
