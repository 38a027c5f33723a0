package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.evidence.report.Seal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// `audit report` of real meshes, held against what was done there and against the provider's own count.
@Timeout(180)
@ExtendWith(LogOnFailure.class)
class AuditReportTest {

    private static final String SMALL = "a".repeat(400) + "<img src=x onerror=alert(1)>" + "b".repeat(60);

    @TempDir
    private Path out;

    private Upstream upstream;
    private Mesh mesh;

    @BeforeEach
    void start() throws Exception {
        upstream = Upstream.start();
        mesh = Mesh.start(MeshHome.in(upstream)
                .agent("alpha", "10")
                .agent("beta", "10")
                .agent("poor", "0.000001")
                .member("leaver", "\"allowed_apis\": [\"llm\"], \"blackboard_write\": [\"open/*\"]")
                .member("liar", "\"can_publish\": [\"news\"]")
                .mesh("""
                        audit: {key_file: data/keys/signing.key}
                        storage: {url: "jdbc:sqlite:data/log.db"}
                        """));
    }

    @AfterEach
    void stop() throws Exception {
        mesh.close();
        upstream.close();
    }

    @Test
    void its_figures_are_what_was_done_and_what_the_provider_counted() throws Exception {
        for (int i = 0; i < 7; i++) {
            assertThat(mesh.chat("alpha", Chat.with("tokens=11")).status()).isEqualTo(200);
        }
        for (int i = 0; i < 3; i++) {
            assertThat(mesh.stream("beta", Chat.with("tokens=5")).all()).isNotEmpty();
        }
        for (int i = 0; i < 4; i++) {
            assertThat(mesh.chat("poor", Chat.with("tokens=5")).status()).isEqualTo(402);
            assertThat(mesh.chat("liar", Chat.with("tokens=5")).status()).isEqualTo(403);
        }
        assertThat(mesh.settledSpend("alpha").held() + mesh.settledSpend("beta").held())
                .isZero();
        upstream.awaitQuiet();
        long picos =
                upstream.counts().inputTokens() * 1_000_000 + upstream.counts().outputTokens() * 2_000_000;

        JsonObject report = report();
        assertThat(usd(report.getJsonObject("summary"), "cost_usd"))
                .isEqualByComparingTo(BigDecimal.valueOf(picos, 12));
        assertThat(usd(report.getJsonObject("summary"), "ledger_usd"))
                .isEqualByComparingTo(BigDecimal.valueOf(picos, 12));
        assertThat(report.getJsonObject("summary").getBoolean("ledger_agrees")).isTrue();
        assertThat(report.getJsonObject("summary").getLong("calls"))
                .isEqualTo(upstream.counts().requests());
        assertThat(agent(report, "alpha").getLong("calls")).isEqualTo(7);
        assertThat(agent(report, "beta").getLong("calls")).isEqualTo(3);
        assertThat(tokens(report))
                .isEqualTo(upstream.counts().inputTokens() + upstream.counts().outputTokens());
        assertThat(agent(report, "alpha").getJsonArray("denials")).isEmpty();

        JsonObject refused = only(agent(report, "poor").getJsonArray("denials"));
        assertThat(refused.getString("decision")).isEqualTo("refused");
        assertThat(refused.getString("reason")).isEqualTo("budget_exceeded");
        assertThat(refused.getLong("times")).isEqualTo(4);
        JsonObject denied = only(agent(report, "liar").getJsonArray("denials"));
        assertThat(denied.getString("rule")).isEqualTo("permissions.liar.allowed_apis");
        assertThat(denied.getLong("times")).isEqualTo(4);
        assertThat(agent(report, "liar")
                        .getJsonObject("may_access")
                        .getJsonObject("permissions")
                        .getJsonArray("can_publish"))
                .isEqualTo(new JsonArray().add("news"));
        assertThat(agent(report, "poor")
                        .getJsonObject("may_access")
                        .getJsonObject("limits")
                        .getDouble("daily_usd"))
                .isEqualTo(0.000001);
        assertThat(Files.readString(page())).contains("Ledger and audit agree on the money.", "budget_exceeded");
    }

    @Test
    void it_is_the_same_with_the_mesh_down_and_tells_of_agents_that_are_gone() throws Exception {
        assertThat(mesh.chat("leaver", Chat.with("tokens=5")).status()).isEqualTo(200);
        assertThat(AgentClient.of(mesh, "leaver")
                        .put("open/a", new JsonObject())
                        .status())
                .isEqualTo(200);
        mesh.home().withoutAgent("leaver").write();
        mesh.reload();
        JsonObject up = report();
        mesh.terminate();
        assertThat(mesh.awaitExit()).isZero();
        JsonObject down = report();
        for (JsonObject report : List.of(up, down)) {
            JsonObject gone = agent(report, "leaver");
            assertThat(gone.getString("status")).isEqualTo("no longer configured");
            assertThat(gone.containsKey("may_access")).isFalse();
            assertThat(gone.getLong("calls")).isEqualTo(1);
            assertThat(gone.getJsonObject("ledger").getBoolean("agrees")).isTrue();
            assertThat(report.getJsonObject("audit_trail").getBoolean("intact")).isTrue();
        }
        assertThat(agent(down, "leaver")).isEqualTo(agent(up, "leaver"));
        assertThat(down.getJsonArray("configuration_revisions").stream()
                        .map(each -> ((JsonObject) each).getString("action")))
                .containsExactly("start", "reload");
        assertThat(down.getJsonArray("operator_actions").stream().map(each -> ((JsonObject) each).getString("action")))
                .containsExactly("control.reload");
        assertThat(down.getJsonObject("configuration").getBoolean("files_are_those_of_the_revision"))
                .isTrue();
        mesh.home().agent("newcomer", "1").write();
        assertThat(report().getJsonObject("configuration").getBoolean("files_are_those_of_the_revision"))
                .isFalse();
        mesh.home().file("config/agents.yaml", "agents: [");
        JsonObject invalid = report(); // which demands its signature, by the key and of the log that mesh.yaml names
        assertThat(invalid.getJsonObject("configuration").getJsonArray("problems"))
                .isNotEmpty();
        assertThat(agent(invalid, "leaver").getLong("calls")).isEqualTo(1);
    }

    @Test
    void a_period_is_a_part_of_it() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThat(mesh.chat("alpha", Chat.with("tokens=5")).status()).isEqualTo(200);
        }
        assertThat(mesh.settledSpend("alpha").held()).isZero();
        JsonObject whole = report();
        long first = whole.getJsonObject("period").getLong("first_entry");
        long last = whole.getJsonObject("period").getLong("last_entry");
        assertThat(first).isEqualTo(1);
        JsonObject part = report("--since", Long.toString(last - 2), "--until", Long.toString(last - 1));
        assertThat(part.getJsonObject("period").getLong("entries")).isEqualTo(2);
        assertThat(part.getJsonObject("summary").getBoolean("ledger_compared")).isFalse();
        assertThat(agent(part, "alpha").getLong("calls")).isEqualTo(2);
        JsonObject before = report("--until", "2001-01-01");
        assertThat(before.getJsonObject("period").getLong("entries")).isZero();
        assertThat(agent(before, "alpha").getJsonObject("may_access")).isNotNull();
        assertThat(report("--since", "2001-01-01").getJsonObject("summary")).isEqualTo(whole.getJsonObject("summary"));
        mesh.terminate();
        assertThat(mesh.awaitExit()).isZero();
        var _ = report("--since", Long.toString(last - 2), "--until", Long.toString(last - 1));
        theStepsOfThePageProveIt(last - 2);
    }

    private void theStepsOfThePageProveIt(long first) throws Exception {
        String html = Files.readString(page());
        assertThat(html).contains("<code>cost_pico</code>").doesNotContain("U+000A");
        Matcher step = Pattern.compile(
                        "openlegion audit (export --from " + first + " --to \\d+) entries.jsonl\nopenlegion"
                                + " audit (verify) entries.jsonl --public-key audit.pub\n</pre>")
                .matcher(html);
        assertThat(step.find()).isTrue();
        String entries = out.resolve("entries.jsonl").toString();
        for (String command : List.of(step.group(1), step.group(2))) {
            List<String> words = new ArrayList<>(List.of(command.split(" ")));
            words.add(entries);
            if (command.equals("verify")) {
                words.add("--public-key");
                words.add(mesh.home().root().resolve("data/keys/signing.pub").toString());
            }
            Ended ended = audit(words);
            assertThat(ended.code()).as(ended.output()).isZero();
        }
    }

    @Test
    void no_name_that_an_agent_thinks_up_is_more_than_text() throws Exception {
        AgentClient liar = AgentClient.of(mesh, "liar");
        List<String> names = List.of(
                "<script>alert(1)</script>", "\u202egnp.exe\u200b", SMALL, "\"><svg onload=alert(1)>", "x".repeat(256));
        for (String name : names) {
            assertThat(liar.post(
                                    "/mesh/publish",
                                    new JsonObject().put("topic", name.substring(0, Math.min(256, name.length()))))
                            .status())
                    .isEqualTo(403);
            assertThat(mesh.chat("alpha", Chat.with("tokens=5").put("model", name))
                            .status())
                    .isEqualTo(404);
        }
        var _ = report();
        String html = Files.readString(page());
        assertThat(html).contains("&lt;script&gt;alert(1)&lt;/script&gt;", "U+202E", "U+200B");
        assertThat(html).doesNotContain("<script", "<img", "<svg", "\u202e", "\u200b");
        Matcher tags = Pattern.compile("<([a-z0-9]+)([^>]*)>").matcher(html);
        while (tags.find()) {
            assertThat(tags.group(2))
                    .as(tags.group())
                    .doesNotContainIgnoringCase(" on", "javascript:", " src=", " style=");
        }
        assertThat(html).doesNotContainPattern("(?i)https?://(?!127\\.0\\.0\\.1)");
        String style = html.substring(html.indexOf("<style>") + 7, html.indexOf("</style>"));
        String hash = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(style.getBytes(StandardCharsets.UTF_8)));
        assertThat(html).contains("default-src 'none'; style-src 'sha256-" + hash + "'");
        assertThat(Files.readString(json(), StandardCharsets.US_ASCII)).doesNotContain("\u202e");
    }

    @Test
    void what_cannot_be_done_is_told_in_a_sentence() throws Exception {
        assertThat(openlegion("--since", "yesterday").code()).isEqualTo(2);
        assertThat(openlegion("--since", "yesterday").output()).contains("--since takes a UTC day");
        assertThat(openlegion("--nonsense").code()).isEqualTo(2);
        Path file = Files.writeString(out.resolve("file"), "");
        Ended blocked = run("--out", file.resolve("below").toString());
        assertThat(blocked.code()).as(blocked.output()).isEqualTo(1);
        assertThat(blocked.output()).doesNotContain("Exception in").doesNotContain("\tat ");
        mesh.kill();
        Path database = mesh.home().root().resolve("data/log.db");
        byte[] bytes = Files.readAllBytes(database);
        Files.deleteIfExists(mesh.home().root().resolve("data/log.db-wal"));
        Files.deleteIfExists(mesh.home().root().resolve("data/log.db-shm"));
        Files.write(database, new byte[bytes.length]);
        Ended damaged = openlegion();
        assertThat(damaged.code()).as(damaged.output()).isEqualTo(1);
        assertThat(damaged.output()).contains("cannot be read").doesNotContain("\tat ");
        Files.delete(database);
        Ended none = openlegion();
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.output()).contains("no mesh has run on this home");
    }

    private record Ended(int code, String output) {}

    private JsonObject report(String... arguments) throws Exception {
        clear();
        Ended ended = openlegion(arguments);
        assertThat(ended.code()).as(ended.output()).isZero();
        byte[] bytes = Files.readAllBytes(json());
        assertThat(Seal.check(bytes)).isInstanceOf(Seal.Signed.class);
        return new JsonObject(new String(bytes, StandardCharsets.UTF_8));
    }

    private void clear() throws IOException {
        try (Stream<Path> files = Files.list(out)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private Ended openlegion(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--out", out.toString()));
        return run(all.toArray(String[]::new));
    }

    private Ended run(String... arguments) throws Exception {
        return audit(Stream.concat(Stream.of("report"), Stream.of(arguments)).toList());
    }

    private Ended audit(List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "ai.openlegion.Main",
                "audit"));
        command.addAll(arguments);
        command.addAll(List.of("--home", mesh.home().root().toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("OPENLEGION_"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), output);
    }

    private Path json() {
        return made(".json");
    }

    private Path page() {
        return made(".html");
    }

    private Path made(String ending) {
        try (Stream<Path> files = Files.list(out)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static JsonObject agent(JsonObject report, String id) {
        return report.getJsonArray("agents").stream()
                .map(JsonObject.class::cast)
                .filter(each -> each.getString("id").equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + id + " in the report"));
    }

    private static JsonObject only(JsonArray array) {
        assertThat(array).hasSize(1);
        return array.getJsonObject(0);
    }

    private static BigDecimal usd(JsonObject object, String name) {
        return new BigDecimal(object.getValue(name).toString());
    }

    private static long tokens(JsonObject report) {
        long sum = 0;
        for (Object agent : report.getJsonArray("agents")) {
            for (Object usage : ((JsonObject) agent).getJsonObject("ledger").getJsonArray("usage")) {
                sum += ((JsonObject) usage).getLong("input_tokens") + ((JsonObject) usage).getLong("output_tokens");
            }
        }
        return sum;
    }
}
