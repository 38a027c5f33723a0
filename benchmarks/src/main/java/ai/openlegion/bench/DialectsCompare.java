package ai.openlegion.bench;

import ai.openlegion.bench.Peer.Shape;
import ai.openlegion.bench.Row.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Measures what it costs to tell a streamed answer in another dialect than its provider's: the same 64 deltas through
/// one mesh, at each door, from a provider of each dialect. Run it by `./dialects.sh`.
final class DialectsCompare {
    private static final int BUSY = 32;
    private static final String SECRET = "sk-canned-0123456789abcdef0123456789abcdef";
    private static final Map<String, String> DOORS =
            Map.of("chat", Peer.CHAT, "messages", Peer.MESSAGES, "responses", Peer.RESPONSES);
    private static final List<String> DIALECTS = List.of("chat", "messages", "responses");

    private DialectsCompare() {}

    /// Exits 1 when something could not be started or did not answer.
    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]).toAbsolutePath().normalize();
        boolean quick = Set.of(arguments).contains("--quick");
        Path target = root.resolve("benchmarks/target");
        Path work = Files.createTempDirectory(Files.createDirectories(target), "run-");
        String text;
        try (var children = new Children(work)) {
            var report = new Report(root, quick, "benchmarks/dialects.sh");
            var rig = Rig.start(root, work, children);
            var mesh = Mesh.start(rig, home(work.resolve("home"), rig.upstreamPort()));
            report.jvmOptions(mesh.jvmOptions());
            measure(report, rig, mesh, quick);
            report.mesh(mesh.pid());
            text = report.text();
        }
        String date = LocalDate.now(ZoneOffset.UTC).toString();
        Path file = quick
                ? target.resolve(date + "-dialects-rough.md")
                : root.resolve("benchmarks/results").resolve(date + "-dialects.md");
        Files.writeString(file, text);
        System.out.println("\n" + text + "\nwritten to " + file);
    }

    private static void measure(Report report, Rig rig, Mesh mesh, boolean quick) throws Exception {
        var wrk = new Wrk(rig.root().resolve("benchmarks/wrk/call.lua"));
        var probe = new Probe();
        var token = List.of("Authorization: Bearer " + mesh.token("caller"));
        List<Peer> peers = new ArrayList<>();
        for (String door : DIALECTS) {
            for (String provider : DIALECTS) {
                peers.add(new Peer(
                        door + " door, " + provider + " provider",
                        mesh.port(),
                        mesh.port(),
                        token,
                        provider + "/small",
                        mesh.pid(),
                        DOORS.get(door)));
            }
        }
        for (Peer peer : peers) {
            probe.check(peer, Shape.STREAM);
            System.out.println("warming " + peer.name());
            wrk.measure(peer, new Load(Shape.STREAM, BUSY, Duration.ofSeconds(quick ? 3 : 6)));
        }
        var load = new Load(Shape.STREAM, BUSY, Duration.ofSeconds(quick ? 1 : 2));
        var rounds = Rounds.run("64 deltas at once, c=32", peer -> wrk.measure(peer, load), quick ? 3 : 6, peers);
        report.rounds(rounds);
        for (int door = 0; door < DIALECTS.size(); door++) {
            for (int provider = 0; provider < DIALECTS.size(); provider++) {
                if (door != provider) {
                    report.row(row(rounds, peers, door, provider));
                }
            }
        }
    }

    private static Row row(Rounds rounds, List<Peer> peers, int door, int provider) {
        int count = DIALECTS.size();
        Peer translated = peers.get(door * count + provider);
        var overDoor = rounds.cpuRatio(translated, peers.get(door * count + door));
        var overProvider = rounds.cpuRatio(translated, peers.get(provider * count + provider));
        return new Row(
                DIALECTS.get(door) + " ← " + DIALECTS.get(provider),
                "translated stream: CPU ÷ the door's own dialect (÷ the provider's own)",
                "≤ 1.5",
                "≤ 1.1",
                overDoor.show(2) + " (" + overProvider.show(2) + ")",
                Verdict.atMost(overDoor.median(), 1.5, 1.1));
    }

    private static Path home(Path home, int upstreamPort) throws IOException {
        Path config = Files.createDirectories(home.resolve("config"));
        Files.writeString(config.resolve("mesh.yaml"), """
                runtime: {kind: external}
                limits: {event_loops: 1}
                providers:
                  chat: {dialect: openai, base_url: "http://127.0.0.1:%1$d/v1", credential: canned_api_key}
                  messages: {dialect: anthropic, base_url: "http://127.0.0.1:%1$d/v1", credential: canned_api_key}
                  responses: {dialect: openai-responses, base_url: "http://127.0.0.1:%1$d/v1", credential: canned_api_key}
                models:
                  chat/small: {input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.60, max_output_tokens: 16384}
                  messages/small: {input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.60, max_output_tokens: 16384}
                  responses/small: {input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.60, max_output_tokens: 16384}
                """.formatted(upstreamPort));
        Files.writeString(config.resolve("agents.yaml"), """
                agents:
                  caller: {role: load, model: chat/small, models: ["*"], budget: {daily_usd: 9000000, monthly_usd: 9000000}}
                """);
        Files.writeString(
                config.resolve("permissions.json"), "{\"permissions\": {\"caller\": {\"allowed_apis\": [\"llm\"]}}}\n");
        Files.writeString(home.resolve(".env"), "OPENLEGION_CRED_CANNED_API_KEY=" + SECRET + "\n");
        return home;
    }
}
