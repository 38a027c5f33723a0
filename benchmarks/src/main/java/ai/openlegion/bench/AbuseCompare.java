package ai.openlegion.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// Measures what an agent that behaves feels of each attack: its calls at a constant rate, without and with it.
final class AbuseCompare {
    private static final long SEED = 20261122;
    private static final double CALLS_PER_SECOND = 100;
    private static final int CONNECTIONS = 16;
    private static final int WARM_SECONDS = 20;
    private static final int BEGIN_SECONDS = 3;
    private static final Duration SETTLE = Duration.ofSeconds(3);

    private AbuseCompare() {}

    /// One round of one attack.
    private record Pair(Sample calm, Sample attacked, long residentMiB) {
        double ratio() {
            return attacked.p99() / calm.p99();
        }
    }

    /// Exits 1 when something could not be started or did not answer.
    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]).toAbsolutePath().normalize();
        boolean quick = Set.of(arguments).contains("--quick");
        Path target = root.resolve("benchmarks/target");
        Path work = Files.createTempDirectory(Files.createDirectories(target), "run-");
        String text;
        try (var children = new Children(work)) {
            var report = new Report(root, quick, "benchmarks/abuse.sh");
            var rig = Rig.start(root, work, children);
            var mesh = Mesh.start(rig, home(work.resolve("home"), rig.upstreamPort()));
            report.jvmOptions(mesh.jvmOptions());
            var rounds = measure(rig, mesh, quick, chosen(arguments));
            report.line("""
                    | attack | calm: p99, µs | attacked: p99, µs | p99 ÷ calm, same round | failed calls, calm / attacked \
                    | mesh resident, MiB |
                    |---|--:|--:|--:|--:|--:|
                    """);
            rounds.forEach((attack, pairs) -> report.line(row(attack, pairs)));
            report.mesh(mesh.pid());
            text = report.text();
        }
        String date = LocalDate.now(ZoneOffset.UTC).toString();
        Path file = quick
                ? target.resolve(date + "-abuse-rough.md")
                : root.resolve("benchmarks/results").resolve(date + "-abuse.md");
        Files.writeString(file, text);
        System.out.println("\n" + text + "\nwritten to " + file);
    }

    /// The attacks that are named; all where none is.
    private static List<Attacker.Attack> chosen(String[] arguments) {
        var named = Stream.of(Attacker.Attack.values())
                .filter(attack -> Set.of(arguments).contains(attack.name()))
                .toList();
        return named.isEmpty() ? List.of(Attacker.Attack.values()) : named;
    }

    private static Map<Attacker.Attack, List<Pair>> measure(
            Rig rig, Mesh mesh, boolean quick, List<Attacker.Attack> chosen) throws IOException, InterruptedException {
        Peer agent = mesh.peer("caller", "canned/small");
        String rogue = mesh.token("rogue");
        var random = new Random(SEED);
        var length = Duration.ofSeconds(6);
        var rounds = new EnumMap<Attacker.Attack, List<Pair>>(Attacker.Attack.class);
        var _ = OpenLoop.measure(agent, CONNECTIONS, 2_000, Duration.ofSeconds(quick ? 5 : WARM_SECONDS));
        for (int round = 0; round < (quick ? 2 : 3); round++) {
            var attacks = new ArrayList<>(chosen);
            Collections.shuffle(attacks, random);
            for (var attack : attacks) {
                // what the attack before left to be closed is
                var _ = OpenLoop.measure(agent, CONNECTIONS, CALLS_PER_SECOND, SETTLE);
                Sample calm = OpenLoop.measure(agent, CONNECTIONS, CALLS_PER_SECOND, length);
                Process attacker = rig.children()
                        .start(
                                "attacker-" + attack,
                                new ProcessBuilder(
                                        "nice",
                                        "-n19",
                                        Rig.java(),
                                        "-XX:+UseSerialGC",
                                        "-cp",
                                        Rig.classPath(),
                                        Attacker.class.getName(),
                                        attack.name(),
                                        "" + mesh.port(),
                                        rogue));
                if (attacker.waitFor(BEGIN_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException("the attacker ended; see attacker-" + attack + ".log in " + rig.work());
                }
                Sample attacked = OpenLoop.measure(agent, CONNECTIONS, CALLS_PER_SECOND, length);
                long resident = Cpu.residentMebibytes(mesh.pid());
                attacker.destroyForcibly();
                var _ = attacker.waitFor(10, TimeUnit.SECONDS);
                var pair = new Pair(calm, attacked, resident);
                rounds.computeIfAbsent(attack, _ -> new ArrayList<>()).add(pair);
                System.out.print(row(attack, List.of(pair)));
            }
        }
        return rounds;
    }

    /// Limits as shipped; accounts so large that no call is ever clamped.
    private static Path home(Path home, int upstreamPort) throws IOException {
        Path config = Files.createDirectories(home.resolve("config"));
        Files.writeString(config.resolve("mesh.yaml"), """
                runtime: {kind: external}
                providers:
                  canned: {dialect: openai, base_url: "http://127.0.0.1:%d/v1", credential: canned_api_key}
                models:
                  canned/small: {input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.60, cached_input_usd_per_mtok: 0.075,
                                 context_tokens: 128000, max_output_tokens: 16384}
                """.formatted(upstreamPort));
        Files.writeString(config.resolve("agents.yaml"), """
                agents:
                  caller: {role: load, model: canned/small, budget: {daily_usd: 9000000, monthly_usd: 9000000}}
                  rogue: {role: load, model: canned/small}
                """);
        Files.writeString(config.resolve("permissions.json"), """
                {"permissions": {"caller": {"allowed_apis": ["llm"]}, "rogue": {"allowed_apis": ["llm"]}}}
                """);
        Files.writeString(
                home.resolve(".env"), "OPENLEGION_CRED_CANNED_API_KEY=sk-canned-0123456789abcdef0123456789abcdef\n");
        return home;
    }

    private static String row(Attacker.Attack attack, List<Pair> pairs) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s | %d / %d | %s |%n",
                attack.words(),
                spread(pairs, pair -> pair.calm().p99(), 0),
                spread(pairs, pair -> pair.attacked().p99(), 0),
                spread(pairs, Pair::ratio, 2),
                pairs.stream().mapToLong(pair -> pair.calm().errors()).sum(),
                pairs.stream().mapToLong(pair -> pair.attacked().errors()).sum(),
                spread(pairs, pair -> pair.residentMiB(), 0));
    }

    private static String spread(List<Pair> pairs, ToDoubleFunction<Pair> figure, int decimals) {
        return Spread.of(pairs.stream().mapToDouble(figure)).show(decimals);
    }
}
