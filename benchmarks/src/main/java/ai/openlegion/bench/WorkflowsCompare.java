package ai.openlegion.bench;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Measures workflows beside the least that could stand there: concurrent runs of instant agents, and watchers of one
/// run.
final class WorkflowsCompare {
    private static final int RUNS = 200;
    private static final int WATCHERS = 1_000;

    private WorkflowsCompare() {}

    /// Exits 1 when something could not be started or did not answer.
    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]).toAbsolutePath().normalize();
        boolean quick = Set.of(arguments).contains("--quick");
        Path target = root.resolve("benchmarks/target");
        Path work = Files.createTempDirectory(Files.createDirectories(target), "run-");
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setPreferNativeTransport(true));
        String text;
        try (var children = new Children(work)) {
            var report = new Report(root, quick, "benchmarks/workflows.sh");
            var rig = new Rig(root, work, children, 0, Peer.plain("none", 0, 0));
            var agents = InstantAgents.start(vertx);
            var home = new WorkflowHome(work.resolve("home"), RUNS, agents.url()).write();
            var mesh = Mesh.start(rig, home.root());
            report.jvmOptions(mesh.jvmOptions());
            var ours = new MeshRuns(home, mesh, agents);
            var bare = BareRuns.start(rig, mesh.jvmOptions(), agents);
            runs(report, ours, bare, quick ? 4 : 12);
            watchers(vertx, report, ours, bare, quick ? 3 : 8);
            report.mesh(mesh.pid());
            text = report.text();
        } finally {
            var _ = vertx.close();
        }
        String date = LocalDate.now(ZoneOffset.UTC).toString();
        Path file = quick
                ? target.resolve(date + "-workflows-rough.md")
                : root.resolve("benchmarks/results").resolve(date + "-workflows.md");
        Files.writeString(file, text);
        System.out.println("\n" + text + "\nwritten to " + file);
    }

    private static void runs(Report report, MeshRuns ours, BareRuns bare, int rounds)
            throws IOException, InterruptedException {
        var _ = ours.wave();
        var _ = bare.wave();
        long heap = ours.heapMebibytes();
        long resident = Cpu.residentMebibytes(ours.pid());
        List<Wave> mine = new ArrayList<>();
        List<Wave> theirs = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            theirs.add(bare.wave());
            mine.add(ours.wave());
        }
        report.line("""

                ## %d runs at once, %d steps each, instant agents

                | | rounds | steps/s | from result sent to dependent's arrival, p50, ms | p99, ms | CPU a step, µs |
                |---|--:|--:|--:|--:|--:|
                """.formatted(RUNS, WorkflowHome.STEPS));
        row(report, "OpenLegion", mine);
        row(report, "bare Vert.x relay", theirs);
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            ratios.add(mine.get(round).cpuMicros() / theirs.get(round).cpuMicros());
        }
        line(
                report,
                "%nCPU a step, mesh ÷ relay, same round: %s. Results not taken: %d.%n",
                Spread.of(ratios.stream().mapToDouble(Double::doubleValue)).show(1),
                ours.lost());
        line(
                report,
                "Memory of the mesh, MiB: resident %d after the first wave, %d after %d more; heap after a full collection %d and %d.%n",
                resident,
                Cpu.residentMebibytes(ours.pid()),
                rounds,
                heap,
                ours.heapMebibytes());
    }

    private static void row(Report report, String who, List<Wave> waves) {
        line(
                report,
                "| %s | %d | %s | %s | %s | %s |%n",
                who,
                waves.size(),
                Spread.of(waves.stream().mapToDouble(Wave::stepsPerSecond)).show(0),
                Spread.of(waves.stream().mapToDouble(Wave::p50Millis)).show(1),
                Spread.of(waves.stream().mapToDouble(Wave::p99Millis)).show(1),
                Spread.of(waves.stream().mapToDouble(Wave::cpuMicros)).show(0));
    }

    private static void watchers(Vertx vertx, Report report, MeshRuns ours, BareRuns bare, int rounds)
            throws IOException, InterruptedException {
        report.line("""

                ## %,d watchers of one run

                From the first step's result to the end of the last watcher's stream; all frames of the run reach every one.

                | | rounds | run's end told to all, ms | of that after the run's last task, ms | CPU a watcher and frame, µs | resident before / with all watching, MiB |
                |---|--:|--:|--:|--:|--:|
                """.formatted(WATCHERS));
        List<Watch> mine = new ArrayList<>();
        List<Watch> theirs = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            var watch = ours.watched(vertx, WATCHERS);
            var peer = bare.watched(vertx, WATCHERS, watch.frames());
            if (round > 0) {
                mine.add(watch);
                theirs.add(peer);
            }
        }
        watchRow(report, "OpenLegion", mine);
        watchRow(report, "bare Vert.x relay, the same frames", theirs);
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            ratios.add(mine.get(round).cpuMicros() / theirs.get(round).cpuMicros());
        }
        line(
                report,
                "%nCPU a watcher and frame, mesh (which runs the workflow meanwhile) ÷ relay, same round: %s. Frames a watcher: %d.%n",
                Spread.of(ratios.stream().mapToDouble(Double::doubleValue)).show(1),
                mine.getFirst().frames().length);
    }

    private static void watchRow(Report report, String who, List<Watch> watches) {
        line(
                report,
                "| %s | %d | %s | %s | %s | %d / %d |%n",
                who,
                watches.size(),
                Spread.of(watches.stream().mapToDouble(Watch::totalMillis)).show(0),
                Spread.of(watches.stream().mapToDouble(Watch::tailMillis)).show(0),
                Spread.of(watches.stream().mapToDouble(Watch::cpuMicros)).show(1),
                watches.getLast().residentBefore(),
                watches.getLast().residentWith());
    }

    private static void line(Report report, String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values);
        System.out.print(line);
        report.line(line);
    }

    /// One wave of runs.
    record Wave(double stepsPerSecond, double p50Millis, double p99Millis, double cpuMicros) {
        static Wave of(long nanos, double[] gaps, long cpuMicros) {
            int steps = RUNS * WorkflowHome.STEPS;
            return new Wave(
                    steps * 1e9 / nanos,
                    gaps[gaps.length / 2] / 1e3,
                    gaps[(int) (gaps.length * 0.99)] / 1e3,
                    (double) cpuMicros / steps);
        }
    }

    /// One run that was watched.
    ///
    /// @param cpuMicros of the process, for each watcher and frame
    record Watch(
            String[] frames,
            double totalMillis,
            double tailMillis,
            double cpuMicros,
            long residentBefore,
            long residentWith) {}

    /// Where watchers of the mesh or the relay go.
    static RequestOptions where(int port, String path, Map<String, String> headers) {
        var options = new RequestOptions().setHost("127.0.0.1").setPort(port).setURI(path);
        new HashMap<>(headers).forEach(options::putHeader);
        return options;
    }

    static int runs() {
        return RUNS;
    }
}
