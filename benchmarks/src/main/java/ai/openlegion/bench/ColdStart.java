package ai.openlegion.bench;

import ai.openlegion.bench.Row.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// P7: from the order to start to the line that says ready, for the mesh by its launcher and for an empty Vert.x server
/// with the same JVM options and a cache of its own, in turn.
final class ColdStart {
    private final Rig rig;
    private final List<String> mesh;
    private final List<String> empty;

    private ColdStart(Rig rig, List<String> mesh, List<String> empty) {
        this.rig = rig;
        this.mesh = mesh;
        this.empty = empty;
    }

    /// The row of the table, over so many pairs.
    static Row run(Rig rig, Path configured, List<String> jvmOptions, int pairs)
            throws IOException, InterruptedException {
        Path home = rig.work().resolve("cold");
        for (String file : List.of("config/mesh.yaml", "config/agents.yaml", "config/permissions.json", ".env")) {
            Files.createDirectories(home.resolve(file).getParent());
            Files.copy(configured.resolve(file), home.resolve(file));
        }
        var launch = List.of(
                rig.root().resolve("openlegion").toString(),
                "start",
                "--port",
                "0",
                "--control-port",
                "0",
                "--home",
                home.toString());
        var cold = new ColdStart(rig, launch, empty(rig, jvmOptions));
        var _ = cold.millis(cold.mesh); // makes its keys and database
        var _ = cold.millis(cold.empty);
        var ours = new ArrayList<Double>();
        var theirs = new ArrayList<Double>();
        var ratios = new ArrayList<Double>();
        for (int pair = 0; pair < pairs; pair++) {
            ours.add(cold.millis(cold.mesh));
            theirs.add(cold.millis(cold.empty));
            ratios.add(ours.getLast() / theirs.getLast());
        }
        var ratio = spread(ratios);
        return new Row(
                "P7",
                "start to ready ÷ an empty Vert.x HTTP server started the same way",
                "≤ 2.5",
                "≤ 1.3",
                String.format(
                        Locale.ROOT,
                        "%s (%s ms, %s ms)",
                        ratio.show(2),
                        spread(ours).show(0),
                        spread(theirs).show(0)),
                Verdict.atMost(ratio.median(), 2.5, 1.3));
    }

    /// Its cache is made as the launcher makes the mesh's: by a start that ends when it is ready.
    private static List<String> empty(Rig rig, List<String> jvmOptions) throws IOException, InterruptedException {
        Path jar = rig.root().resolve("benchmarks/target/openlegion-benchmarks-0.1.0.jar");
        // a cache takes jars only, and no more of them than are needed
        String classPath = jar + ":" + rig.root().resolve("target/openlegion.jar");
        Path cache = rig.work().resolve("empty.aot");
        var command = new ArrayList<String>(List.of(Rig.java()));
        command.addAll(jvmOptions);
        var rehearsal = new ArrayList<>(command);
        rehearsal.addAll(List.of("-XX:AOTCacheOutput=" + cache, "-cp", classPath, EmptyServer.class.getName(), "once"));
        var process = rig.children().start("rehearsal", new ProcessBuilder(rehearsal));
        if (!process.waitFor(60, TimeUnit.SECONDS) || !Files.exists(cache)) {
            throw new IOException("no cache for the empty server; see rehearsal.log in " + rig.work());
        }
        command.addAll(List.of("-XX:AOTCache=" + cache, "-cp", classPath, EmptyServer.class.getName()));
        return command;
    }

    /// Starts it, waits for the line, and ends it.
    private double millis(List<String> command) throws IOException, InterruptedException {
        Path log = rig.work().resolve("cold.log");
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            var said = new ArrayList<String>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.contains("ready")) {
                    return (System.nanoTime() - start) / 1e6;
                }
                said.add(line);
            }
            Files.write(log, said);
            throw new IOException(command.getFirst() + " did not become ready; see " + log);
        } finally {
            process.destroy();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    private static Spread spread(List<Double> figures) {
        return Spread.of(figures.stream().mapToDouble(Double::doubleValue));
    }
}
