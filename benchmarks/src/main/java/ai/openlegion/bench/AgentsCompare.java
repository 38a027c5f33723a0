package ai.openlegion.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/// Measures agents in containers beside the least that could stand there, a `python3 -m http.server` under the same
/// limits: how soon they answer, what they need at rest, and how many fit in 4 GiB.
final class AgentsCompare {
    private static final double GIB = 1 << 30;
    private static final double MIB = 1 << 20;
    private static final double ROOM = 4 * GIB;

    private AgentsCompare() {}

    /// Exits 1 when something could not be started or did not answer.
    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]).toAbsolutePath().normalize();
        boolean quick = Set.of(arguments).contains("--quick");
        Path target = root.resolve("benchmarks/target");
        Path work = Files.createTempDirectory(Files.createDirectories(target), "run-");
        String text;
        try (var children = new Children(work)) {
            var report = new Report(root, quick, "benchmarks/agents.sh");
            var rig = new Rig(root, work, children, 0, Peer.plain("none", 0, 0));
            // first, while nothing that was measured before is still ending
            String servers = servers(quick ? 10 : 40);
            starts(rig, report, quick ? 5 : 20);
            crowd(rig, report, quick ? 10 : 40, servers);
            text = report.text();
        }
        String date = LocalDate.now(ZoneOffset.UTC).toString();
        Path file = quick
                ? target.resolve(date + "-agents-rough.md")
                : root.resolve("benchmarks/results").resolve(date + "-agents.md");
        Files.writeString(file, text);
        System.out.println("\n" + text + "\nwritten to " + file);
    }

    /// One agent and one server, started in turn; once with what they need in the page cache, once without.
    private static void starts(Rig rig, Report report, int rounds) throws IOException, InterruptedException {
        String network = PlainServer.network();
        try (var fleet = AgentFleet.start(rig, "one", 1);
                var server = new PlainServer(network)) {
            report.jvmOptions(fleet.mesh().jvmOptions());
            report.line("""

                    | started | rounds | agent: container started → registered, ms | agent: ordered → ready, ms \
                    | python: container started → answers, ms | agent ÷ python |
                    |---|--:|--:|--:|--:|--:|
                    """);
            for (boolean cold : List.of(false, true)) {
                if (cold && !PageCache.canBeDropped()) {
                    report.line("| cold | 0 | not measured: the page cache can be dropped by root only | | | |\n");
                    continue;
                }
                List<AgentFleet.Start> agents = new ArrayList<>();
                List<Double> servers = new ArrayList<>();
                for (int round = 0; round < rounds; round++) {
                    if (cold) {
                        PageCache.drop();
                    }
                    agents.add(fleet.restart(0));
                    if (cold) {
                        PageCache.drop();
                    }
                    servers.add(server.start());
                    server.stop();
                }
                var registered = Spread.of(agents.stream().mapToDouble(AgentFleet.Start::toRegisteredMillis));
                var ready = Spread.of(agents.stream().mapToDouble(AgentFleet.Start::toReadyMillis));
                var plain = Spread.of(servers.stream().mapToDouble(Double::doubleValue));
                var ratio = Spread.of(IntStream.range(0, rounds)
                        .mapToDouble(round -> agents.get(round).toRegisteredMillis() / servers.get(round)));
                String row = String.format(
                        Locale.ROOT,
                        "| %s | %d | %s | %s | %s | %s |%n",
                        cold ? "cold" : "warm",
                        rounds,
                        registered.show(0),
                        ready.show(0),
                        plain.show(0),
                        ratio.show(2));
                System.out.print(row);
                report.line(row);
            }
        } finally {
            PlainServer.remove(network);
        }
    }

    /// Many at once: each at rest, and what the machine has less.
    private static void crowd(Rig rig, Report report, int size, String servers)
            throws IOException, InterruptedException {
        report.line("""

                | at once | memory of one at rest, MiB (control group, without page cache) \
                | the machine's available memory falls by, GiB (with the mesh) | of these, so many fit in 4 GiB |
                |---|--:|--:|--:|
                """);
        double before = PageCache.availableBytes();
        try (var fleet = AgentFleet.start(rig, "crowd", size)) {
            var each = Spread.of(
                    Containers.restingBytes(fleet.containers()).stream().mapToDouble(Double::doubleValue));
            report.line(row(size + " agents", each, before - PageCache.availableBytes(), size));
        }
        report.line(servers);
    }

    /// The row of as many servers.
    private static String servers(int size) throws IOException, InterruptedException {
        double before = PageCache.availableBytes();
        String network = PlainServer.network();
        List<PlainServer> servers = new ArrayList<>();
        try {
            for (int number = 0; number < size; number++) {
                var server = new PlainServer(network);
                servers.add(server);
                double _ = server.start();
            }
            var each = Spread.of(Containers.restingBytes(
                            servers.stream().map(PlainServer::container).toList())
                    .stream()
                    .mapToDouble(Double::doubleValue));
            return row(size + " python servers", each, before - PageCache.availableBytes(), size);
        } finally {
            for (PlainServer server : servers) {
                server.close();
            }
            PlainServer.remove(network);
        }
    }

    private static String row(String what, Spread each, double fell, int size) {
        String row = String.format(
                Locale.ROOT,
                "| %s | %s | %.2f | %d |%n",
                what,
                new Spread(each.min() / MIB, each.median() / MIB, each.max() / MIB).show(1),
                fell / GIB,
                (int) (ROOM / (fell / size)));
        System.out.print(row);
        return row;
    }
}
