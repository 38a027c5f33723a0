package ai.openlegion.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// One run of Gatling's load on inbox streams, and what it cost the mesh meanwhile.
///
/// @param rate publishes a second that were asked for
/// @param figures what Gatling counted, by name
/// @param residentMebibytes of the mesh: with all streams open, after a third of the run, at its end
record Streams(
        FabricHome home,
        int rate,
        int seconds,
        Map<String, Long> figures,
        List<Long> residentMebibytes,
        double meshCores,
        double gatlingCores) {

    /// Runs it; the mesh has started and knows nobody yet.
    static Streams run(Rig rig, FabricHome home, Mesh mesh, int rate, int seconds)
            throws IOException, InterruptedException {
        Path out = rig.work().resolve("streams-" + rate + ".txt");
        var gatling = rig.children()
                .start(
                        "gatling-" + rate,
                        new ProcessBuilder(
                                Rig.java(),
                                "-XX:+UseParallelGC",
                                "-Xmx2g",
                                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dhome=" + home.root(),
                                "-Dbase=http://127.0.0.1:" + mesh.port(),
                                "-Dreaders=" + home.readers(),
                                "-Dfan_out=" + home.fanOut(),
                                "-Drate=" + rate,
                                "-Dseconds=" + seconds,
                                "-Dout=" + out,
                                "-cp",
                                Rig.classPath(),
                                "io.gatling.app.Gatling",
                                "--simulation",
                                FabricSimulation.class.getName(),
                                "--results-folder",
                                rig.work().resolve("gatling").toString(),
                                "--no-reports"));
        int ramp = 17;
        boolean ended = gatling.waitFor(ramp, TimeUnit.SECONDS);
        long resident = Cpu.residentMebibytes(mesh.pid());
        long meshBefore = Cpu.micros(mesh.pid());
        long gatlingBefore = ended ? 0 : Cpu.micros(gatling.pid());
        ended = ended || gatling.waitFor(seconds / 3, TimeUnit.SECONDS);
        long third = Cpu.residentMebibytes(mesh.pid());
        ended = ended || gatling.waitFor(seconds - seconds / 3 - 3, TimeUnit.SECONDS);
        if (ended) {
            throw new IOException("Gatling ended early; see " + rig.work().resolve("gatling-" + rate + ".log"));
        }
        long length = (seconds - 3) * 1_000_000L;
        double meshCores = (double) (Cpu.micros(mesh.pid()) - meshBefore) / length;
        double gatlingCores = (double) (Cpu.micros(gatling.pid()) - gatlingBefore) / length;
        long end = Cpu.residentMebibytes(mesh.pid());
        if (!gatling.waitFor(90, TimeUnit.SECONDS) || !Files.exists(out)) {
            throw new IOException("Gatling did not end; see " + rig.work().resolve("gatling-" + rate + ".log"));
        }
        return new Streams(
                home,
                rate,
                seconds,
                figures(Files.readString(out)),
                List.of(resident, third, end),
                meshCores,
                gatlingCores);
    }

    private static Map<String, Long> figures(String line) {
        Map<String, Long> figures = new HashMap<>();
        for (String pair : line.strip().split(" ")) {
            String[] parts = pair.split("=");
            figures.put(parts[0], Long.parseLong(parts[1]));
        }
        return figures;
    }

    /// One row of the report.
    String row() {
        return String.format(
                Locale.ROOT,
                "| %,d | %,d | %,d | %,d | %,d | %,d / %,d | %d / %d / %d ms | %d / %d / %d MiB | %.2f | %.2f |%n",
                home.readers(),
                rate,
                figures.get("accepted"),
                figures.get("promised"),
                figures.get("delivered"),
                figures.get("repeated"),
                figures.get("out_of_order"),
                figures.get("p50"),
                figures.get("p99"),
                figures.get("max"),
                residentMebibytes.get(0),
                residentMebibytes.get(1),
                residentMebibytes.get(2),
                meshCores,
                gatlingCores);
    }
}
