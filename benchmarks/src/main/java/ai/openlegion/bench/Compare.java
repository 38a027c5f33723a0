package ai.openlegion.bench;

import ai.openlegion.bench.BudgetStreams.Outcome;
import ai.openlegion.bench.Peer.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Starts mesh, peers and upstream, runs them interleaved, and writes the report. Run it by `./compare.sh`.
///
/// Arguments: the repository's root, then `--quick` (two minutes and a half, report in `target/`) or `--peers` (without
/// the mesh, to see whether the method still gives the figures of the bare parts) or `--paced` (P3, P5, P7 and P9
/// alone).
public final class Compare {
    private static final int BUSY = 32;

    private final Plan plan;
    private final Wrk wrk;
    private final Report report;
    private final Rig rig;

    private Compare(Plan plan, Rig rig) {
        this.plan = plan;
        this.rig = rig;
        this.wrk = new Wrk(rig.root().resolve("benchmarks/wrk/call.lua"));
        this.report = new Report(rig.root(), plan.equals(Plan.quick()), "benchmarks/compare.sh");
    }

    /// Exits 1 when something could not be started or did not answer.
    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]).toAbsolutePath().normalize();
        var flags =
                Set.of(arguments).stream().filter(flag -> flag.startsWith("--")).toList();
        boolean quick = flags.contains("--quick");
        Path target = root.resolve("benchmarks/target");
        Path work = Files.createTempDirectory(Files.createDirectories(target), "run-");
        try (var children = new Children(work)) {
            var rig = Rig.start(root, work, children);
            var compare = new Compare(quick ? Plan.quick() : Plan.full(), rig);
            if (flags.contains("--peers")) {
                compare.peersOnly();
            } else if (flags.contains("--paced")) {
                compare.pacedOnly();
            } else {
                compare.everything();
            }
            String date = LocalDate.now(ZoneOffset.UTC).toString();
            Path file = quick || flags.contains("--peers") || flags.contains("--paced")
                    ? target.resolve(date + "-rough.md")
                    : Files.createDirectories(root.resolve("benchmarks/results"))
                            .resolve(date + ".md");
            Files.writeString(file, compare.report.text());
            System.out.println("\n" + compare.report.text() + "\nwritten to " + file);
        }
    }

    private void peersOnly() throws IOException, InterruptedException {
        var options = List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED");
        var nginx = rig.nginx("nginx", rig.upstreamPort());
        var hop = rig.hop("bare Vert.x hop", "pipe", options);
        var joined = rig.hop("bare hop, one write a turn", "coalesce", options);
        report.jvmOptions(options);
        warm(Shape.JSON, List.of(nginx, hop, joined));
        report.rounds(Rounds.run("JSON, c=32", by(full(Shape.JSON)), plan.rounds(), List.of(nginx, hop)));
        warm(Shape.STREAM, List.of(nginx, hop, joined));
        report.rounds(Rounds.run("SSE, c=32", by(full(Shape.STREAM)), plan.rounds(), List.of(nginx, hop, joined)));
        report.rounds(Rounds.run("JSON, c=1", by(lone()), plan.lone(), List.of(rig.direct(), nginx, hop)));
    }

    private void pacedOnly() throws IOException, InterruptedException {
        var mesh = Mesh.start(rig, rig.upstreamPort()); // nobody asks the simulated provider
        report.jvmOptions(mesh.jvmOptions());
        var paced = Paced.start(rig, plan);
        report.row(paced.trickle());
        report.row(paced.crowd());
        report.row(ColdStart.run(rig, mesh.home(), mesh.jvmOptions(), plan.starts()));
        report.row(paced.cut());
    }

    private void everything() throws Exception {
        int simulatorPort = Simulator.start(rig);
        var mesh = Mesh.start(rig, simulatorPort);
        var options = mesh.jvmOptions();
        var ours = mesh.peer("caller", "canned/small");
        var nginx = rig.nginx("nginx", rig.upstreamPort());
        var portkey = rig.portkey();
        var hop = rig.hop("bare Vert.x hop", "pipe", options);
        var joined = rig.hop("bare hop, one write a turn", "coalesce", options);
        report.jvmOptions(options);

        warm(Shape.JSON, List.of(nginx, portkey, hop, ours));
        var json = Rounds.run("JSON, c=32", by(full(Shape.JSON)), plan.rounds(), List.of(nginx, portkey, hop, ours));
        report.rounds(json);
        report.row(Rows.plainCall(json, ours, hop, nginx));

        var streaming = plan.bareStream() ? List.of(nginx, joined, hop, ours) : List.of(nginx, joined, ours);
        warm(Shape.STREAM, streaming);
        var sse = Rounds.run("SSE, c=32", by(full(Shape.STREAM)), plan.rounds(), streaming);
        report.rounds(sse);
        report.row(Rows.burst(sse, ours, nginx));
        var paced = Paced.start(rig, plan);
        report.row(paced.trickle());

        var single = Rounds.run("JSON, c=1", by(lone()), plan.lone(), List.of(rig.direct(), nginx, hop, ours));
        double rate = json.of(ours, Sample::perSecond).median() / 2;
        at(rate).of(rig.direct()); // the generator is a JVM too
        var half = Rounds.run("JSON, half load", at(rate), plan.halfRounds(), List.of(hop, ours));
        report.rounds(single);
        report.rounds(half);
        report.row(Rows.latency(single, half, ours, hop));
        report.row(paced.crowd());
        report.row(Rows.micro(Micro.run(plan)));
        report.row(ColdStart.run(rig, mesh.home(), options, plan.starts()));

        var outcomes = new ArrayList<Outcome>();
        for (int run = 0; run < plan.streamRuns(); run++) {
            outcomes.add(BudgetStreams.run(mesh, simulatorPort, run));
            System.out.println("P8: run " + (run + 1) + ": " + outcomes.getLast());
        }
        report.row(Rows.budget(outcomes));
        report.row(paced.cut());
        report.row(Rows.throughput(json, ours, portkey));
        report.mesh(mesh.pid());
    }

    /// Every peer must answer rightly before it is warmed; JVMs are warmed longest.
    private void warm(Shape shape, List<Peer> peers) throws IOException, InterruptedException {
        var probe = new Probe();
        for (var peer : peers) {
            if (!(shape == Shape.STREAM && peer.name().equals("Portkey"))) {
                probe.check(peer, shape);
            }
            boolean jvm = peer.name().startsWith("bare") || peer.name().equals("OpenLegion");
            var length = !jvm ? plan.warmOther() : shape == Shape.JSON ? plan.warm() : plan.warmStream();
            System.out.println("warming " + peer.name() + " on " + shape + " for " + length.toSeconds() + " s");
            wrk.measure(peer, new Load(shape, BUSY, length));
        }
    }

    private Rounds.Measurement by(Load load) {
        return peer -> wrk.measure(peer, load);
    }

    private Rounds.Measurement at(double perSecond) {
        return peer -> OpenLoop.measure(peer, BUSY, perSecond, plan.halfSlice());
    }

    private Load full(Shape shape) {
        return new Load(shape, BUSY, plan.slice());
    }

    private Load lone() {
        return new Load(Shape.JSON, 1, plan.loneSlice());
    }
}
