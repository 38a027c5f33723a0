package ai.openlegion.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs wrk (one thread) against a peer and weighs the peer's CPU time meanwhile.
final class Wrk {
    private final Path script;

    Wrk(Path script) {
        this.script = script;
    }

    /// One measurement; any failed call shows in its `errors`.
    Sample measure(Peer peer, Load load) throws IOException, InterruptedException {
        long before = Cpu.micros(peer.pid());
        var process = new ProcessBuilder(command(peer, load))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("wrk failed against " + peer.name() + ": " + output);
        }
        long used = Cpu.micros(peer.pid()) - before;
        return parse(output, used);
    }

    private List<String> command(Peer peer, Load load) {
        var command = new ArrayList<String>(List.of("wrk", "-t1", "-c" + load.connections()));
        command.addAll(List.of("-d" + load.length().toSeconds() + "s", "--timeout", "10s"));
        command.addAll(List.of("-s", script.toString()));
        for (String header : peer.headers()) {
            command.addAll(List.of("-H", header));
        }
        command.addAll(List.of(peer.url(load.shape()), "--"));
        command.addAll(List.of(load.shape() == Peer.Shape.STREAM ? "stream" : "json", peer.model(), peer.path()));
        return command;
    }

    private static Sample parse(String output, long cpuMicros) throws IOException {
        String line = output.lines()
                .filter(candidate -> candidate.startsWith("wrk: "))
                .findFirst()
                .orElseThrow(() -> new IOException("wrk said nothing to count by: " + output));
        String[] fields = line.substring(5).split(" ");
        long requests = Long.parseLong(fields[0]);
        return new Sample(
                requests,
                Double.parseDouble(fields[1]),
                Long.parseLong(fields[2]),
                (double) cpuMicros / Math.max(1, requests),
                Double.parseDouble(fields[3]),
                Double.parseDouble(fields[4]));
    }
}
