package ai.openlegion.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The blackboard beside Redis: the same thousand keys, the same value of one kilobyte, the same 32 connections, both
/// durable before they answer a write.
record Board(Peer mesh, Peer redis, String token, Path script) {
    private static final int CONNECTIONS = 32;
    private static final int VALUE_BYTES = 1_000;
    private static final int SLICE_SECONDS = 3;

    /// Redis with `appendfsync always`, its file beside the mesh's database.
    static Peer startRedis(Path work, Children children) throws IOException, InterruptedException {
        int port = Children.freePort();
        Path directory = Files.createDirectories(work.resolve("redis"));
        var command = List.of(
                "redis-server",
                "--port",
                "" + port,
                "--bind",
                "127.0.0.1",
                "--dir",
                directory.toString(),
                "--save",
                "",
                "--appendonly",
                "yes",
                "--appendfsync",
                "always");
        return Peer.plain("Redis", port, children.serve("redis", command, port).pid());
    }

    /// Reads over all keys for a few seconds.
    Sample reads(Peer peer) throws IOException, InterruptedException {
        return peer.equals(redis) ? redis("get", 60_000) : mesh("get");
    }

    /// Writes over all keys for a few seconds.
    Sample writes(Peer peer) throws IOException, InterruptedException {
        return peer.equals(redis) ? redis("set", 30_000) : mesh("put");
    }

    private Sample mesh(String operation) throws IOException, InterruptedException {
        var command = List.of(
                "wrk",
                "-t1",
                "-c" + CONNECTIONS,
                "-d" + SLICE_SECONDS + "s",
                "-H",
                "Authorization: Bearer " + token,
                "-s",
                script.toString(),
                "http://127.0.0.1:" + mesh.jsonPort(),
                "--",
                operation);
        long before = Cpu.micros(mesh.pid());
        String[] fields = line(run(command), "wrk: ").split(" ");
        long used = Cpu.micros(mesh.pid()) - before;
        long requests = Long.parseLong(fields[0]);
        return new Sample(
                requests,
                Double.parseDouble(fields[1]),
                Long.parseLong(fields[2]),
                (double) used / Math.max(1, requests),
                Double.parseDouble(fields[3]),
                Double.parseDouble(fields[4]));
    }

    private Sample redis(String operation, int requests) throws IOException, InterruptedException {
        var command = List.of(
                "redis-benchmark",
                "-p",
                "" + redis.jsonPort(),
                "-c",
                "" + CONNECTIONS,
                "-n",
                "" + requests,
                "-d",
                "" + VALUE_BYTES,
                "-r",
                "1000",
                "-t",
                operation,
                "--csv");
        long before = Cpu.micros(redis.pid());
        String line = line(run(command), "\"" + operation.toUpperCase(java.util.Locale.ROOT) + "\",");
        long used = Cpu.micros(redis.pid()) - before;
        // requests a second, then milliseconds: mean, least, p50, p95, p99, greatest
        String[] fields = line.replace("\"", "").split(",");
        double perSecond = Double.parseDouble(fields[0]);
        return new Sample(
                requests,
                requests / perSecond,
                0,
                (double) used / requests,
                Double.parseDouble(fields[3]) * 1_000,
                Double.parseDouble(fields[5]) * 1_000);
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(command.getFirst() + " failed: " + output);
        }
        return output;
    }

    private static String line(String output, String start) throws IOException {
        return output.lines()
                .filter(candidate -> candidate.startsWith(start))
                .map(found -> found.substring(start.length()))
                .findFirst()
                .orElseThrow(() -> new IOException("nothing to count by in: " + output));
    }
}
