package ai.openlegion.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Measures the fabric: the blackboard beside Redis, and inbox streams under Gatling's load.
final class FabricCompare {
    private static final int READERS = 1_000;
    private static final int FAN_OUT = 10;

    private FabricCompare() {}

    /// Exits 1 when something could not be started or did not answer.
    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]).toAbsolutePath().normalize();
        boolean quick = Set.of(arguments).contains("--quick");
        Path target = root.resolve("benchmarks/target");
        Path work = Files.createTempDirectory(Files.createDirectories(target), "run-");
        String text;
        try (var children = new Children(work)) {
            var report = new Report(root, quick, "benchmarks/fabric.sh");
            var rig = new Rig(root, work, children, 0, Peer.plain("none", 0, 0));
            var home = new FabricHome(work.resolve("home"), READERS, FAN_OUT).write();
            var mesh = Mesh.start(rig, home.root());
            report.jvmOptions(mesh.jvmOptions());
            board(rig, home, mesh, report, quick ? 2 : 6);
            for (int rate : quick ? List.of(100) : List.of(500, 2_000, 2_000)) {
                var streams = Streams.run(rig, home, mesh, rate, quick ? 12 : 60);
                System.out.print(streams.row());
                report.line(streams.row());
            }
            report.mesh(mesh.pid());
            text = report.text();
        }
        String date = LocalDate.now(ZoneOffset.UTC).toString();
        Path file = quick
                ? target.resolve(date + "-fabric-rough.md")
                : root.resolve("benchmarks/results").resolve(date + "-fabric.md");
        Files.writeString(file, text);
        System.out.println("\n" + text + "\nwritten to " + file);
    }

    private static void board(Rig rig, FabricHome home, Mesh mesh, Report report, int rounds)
            throws IOException, InterruptedException {
        var redis = Board.startRedis(rig.work(), rig.children());
        var ours = Peer.plain("OpenLegion", mesh.port(), mesh.pid());
        var board =
                new Board(ours, redis, home.token(FabricHome.BOARD), rig.root().resolve("benchmarks/wrk/board.lua"));
        for (var peer : List.of(ours, redis)) {
            for (int warm = 0; warm < 3; warm++) {
                board.writes(peer);
                board.reads(peer);
            }
        }
        var reads = Rounds.run("blackboard reads, c=32", board::reads, rounds, List.of(redis, ours));
        var writes = Rounds.run("blackboard writes, c=32", board::writes, rounds, List.of(redis, ours));
        report.rounds(reads);
        report.rounds(writes);
        report.line("Blackboard ÷ Redis, same round: reads " + ratio(reads, ours, redis) + "; writes "
                + ratio(writes, ours, redis) + ".\n\n");
        report.line("""
                | streams | publishes/s asked | accepted | deliveries promised | delivered | repeated / gaps | latency p50 / p99 / max \
                | mesh resident: open / a third in / end | mesh cores | Gatling cores |
                |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
                """);
    }

    private static String ratio(Rounds rounds, Peer ours, Peer redis) {
        return String.format(
                Locale.ROOT,
                "%s × the throughput, %s × the CPU",
                rounds.pairs(ours, redis, (mine, theirs) -> mine.perSecond() / theirs.perSecond())
                        .show(2),
                rounds.cpuRatio(ours, redis).show(1));
    }
}
