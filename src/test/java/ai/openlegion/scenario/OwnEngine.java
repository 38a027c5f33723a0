package ai.openlegion.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A second Docker engine beside the machine's own, with the agent's image in it, which a test may kill.
final class OwnEngine implements AutoCloseable {

    private static final Duration LONG = Duration.ofSeconds(100);

    private final Path root;
    private Process process;

    private OwnEngine(Path root, Process process) {
        this.root = root;
        this.process = process;
    }

    static OwnEngine start() throws IOException {
        Path root = Files.createTempDirectory("openlegion-engine-");
        Files.writeString(root.resolve("daemon.json"), "{}");
        ip("link", "add", bridge(root), "type", "bridge");
        ip("addr", "add", "10.214.0.1/24", "dev", bridge(root));
        OwnEngine engine = new OwnEngine(root, launch(root));
        try {
            engine.awaitAnswer();
            Docker.Ended loaded = Docker.program(List.of(
                    "sh",
                    "-c",
                    "docker save " + NeedsDocker.IMAGE + " | docker --host unix://" + engine.socket() + " load"));
            if (loaded.code() != 0) {
                throw new AssertionError(loaded.output());
            }
            return engine;
        } catch (AssertionError failed) {
            engine.close();
            throw failed;
        }
    }

    private static String bridge(Path root) {
        return "olt-" + Integer.toHexString(root.hashCode());
    }

    private static void ip(String... arguments) {
        Docker.Ended ended = Docker.program(
                Stream.concat(Stream.of("ip"), Stream.of(arguments)).toList());
        if (ended.code() != 0) {
            throw new AssertionError(ended.output());
        }
    }

    private static Process launch(Path root) throws IOException {
        return new ProcessBuilder(
                        "dockerd",
                        "--config-file",
                        root.resolve("daemon.json").toString(),
                        "--data-root",
                        root.resolve("data").toString(),
                        "--exec-root",
                        root.resolve("exec").toString(),
                        "--pidfile",
                        root.resolve("pid").toString(),
                        "--host",
                        "unix://" + root.resolve("docker.sock"),
                        "--containerd-namespace",
                        root.getFileName().toString(),
                        "--containerd-plugins-namespace",
                        root.getFileName() + "-plugins",
                        // neither the default bridge nor the rules of the machine's own engine may change: one without
                        // a bridge of its own removes the other's, as does one with address pools of its own whenever
                        // it starts on what it left (removeDefaultBridgeInterface in the engine's sources)
                        "--bridge=" + bridge(root),
                        "--iptables=false")
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(root.resolve("log").toFile()))
                .start();
    }

    Path socket() {
        return root.resolve("docker.sock");
    }

    private void awaitAnswer() {
        Eventually.until("the engine answers", LONG, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("the engine ended: " + log());
            }
            return Docker.program(List.of("docker", "--host", "unix://" + socket(), "version"))
                            .code()
                    == 0;
        });
    }

    /// SIGKILL.
    void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("the engine does not die");
        }
    }

    /// Starts it on what the killed one left.
    void again() throws IOException {
        // the engine's containerd dies with it; where nobody buries it, a new engine takes the dead one for a live one
        Path pid = root.resolve("exec/containerd/containerd.pid");
        String dead = Files.readString(pid).strip();
        Eventually.until("containerd ended", LONG, () -> isDead(dead));
        Files.delete(pid);
        process = launch(root);
        awaitAnswer();
    }

    private static boolean isDead(String pid) {
        try {
            return Files.readString(Path.of("/proc", pid, "stat")).contains(") Z ");
        } catch (IOException gone) {
            return true;
        }
    }

    private String log() {
        try {
            return Files.readString(root.resolve("log"));
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    /// Ends it, what it runs, and all that it kept; fails the test where something stays.
    @Override
    public void close() throws IOException {
        if (process.isAlive()) {
            var _ = Docker.program(List.of(
                    "sh",
                    "-c",
                    "docker --host unix://" + socket() + " ps -aq | xargs -r docker --host unix://" + socket()
                            + " rm -f"));
            process.destroy();
        }
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        // a killed engine leaves what ran in its containers, the shims that held it, its mounts and its networks
        Set<String> containers = names(root.resolve("data/containers"));
        Eventually.until("nothing of the engine runs", () -> {
            List<ProcessHandle> left = ProcessHandle.allProcesses()
                    .filter(each -> isOf(each, containers))
                    .toList();
            left.forEach(ProcessHandle::destroyForcibly);
            return left.isEmpty();
        });
        var _ = Docker.program(List.of("sh", "-c", """
                awk -v root="$1/" 'index($2, root) == 1 {print $2}' /proc/mounts | sort -r | xargs -r umount -l
                grep -aoh 'ol-[0-9a-f]\\{8\\}' "$1/data/network/files/local-kv.db" | sort -u | xargs -r -n 1 ip link delete
                rm -rf --one-file-system "$1"
                """, "sh", root.toString()));
        ip("link", "delete", bridge(root));
        if (Files.exists(root) || Files.readString(Path.of("/proc/mounts")).contains(" " + root + "/")) {
            throw new AssertionError("the engine left something in " + root);
        }
    }

    private static Set<String> names(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Set.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    /// Whether it is one of the engine's own processes, or runs in one of its containers.
    private boolean isOf(ProcessHandle candidate, Set<String> containers) {
        Path proc = Path.of("/proc", Long.toString(candidate.pid()));
        try {
            String groups = Files.readString(proc.resolve("cgroup"));
            return Files.readString(proc.resolve("cmdline")).contains(root.toString())
                    || (containers.stream().anyMatch(groups::contains) && !isDead(Long.toString(candidate.pid())));
        } catch (IOException ended) {
            return false;
        }
    }
}
