package ai.openlegion.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// The engine's command line.
final class Containers {
    private Containers() {}

    /// What `docker` answers, without the line's end.
    static String docker(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("docker"));
        command.addAll(arguments);
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    /// When the container's first process was started, by the engine's clock, which is the machine's.
    static double startedAtMillis(String container) throws IOException, InterruptedException {
        Instant started = Instant.parse(docker(List.of("inspect", "-f", "{{.State.StartedAt}}", container)));
        return started.getEpochSecond() * 1e3 + started.getNano() / 1e6;
    }

    /// What the control group of each holds, less the page cache, as `docker stats` counts it.
    static List<Double> restingBytes(List<String> containers) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("stats", "--no-stream", "--format", "{{.MemUsage}}"));
        arguments.addAll(containers);
        return docker(arguments).lines().map(Containers::bytes).toList();
    }

    private static double bytes(String used) {
        String amount = used.substring(0, used.indexOf('/')).strip();
        double number = Double.parseDouble(amount.replaceAll("[A-Za-z]", ""));
        return switch (amount.replaceAll("[^A-Za-z]", "")) {
            case "KiB" -> number * (1 << 10);
            case "MiB" -> number * (1 << 20);
            case "GiB" -> number * (1 << 30);
            default -> throw new IllegalStateException("docker stats says " + used); // open: the engine's own units
        };
    }
}
