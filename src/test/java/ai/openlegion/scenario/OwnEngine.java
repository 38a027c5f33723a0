package ai.openlegion.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A second Docker engine beside the machine's own, with the agent's image in it, which a test may kill.
final class OwnEngine implements AutoCloseable {

    private static final Duration LONG = Duration.ofSeconds(100);

    private final Path root;
    /// The address of the machine's own default bridge; empty where there is none.
    private final String usual;

    private Process process;

    private OwnEngine(Path root, String usual, Process process) {
        this.root = root;
        this.usual = usual;
        this.process = process;
    }

    static OwnEngine start() throws IOException {
        Path root = Files.createTempDirectory("openlegion-engine-");
        Files.writeString(root.resolve("daemon.json"), "{}");
        ip("link", "add", bridge(root), "type", "bridge");
        ip("addr", "add", "10.214.0.1/24", "dev", bridge(root));
        String usual = Docker.program(List.of("sh", "-c", "ip -4 -o addr show docker0 | awk '{print $4; exit}'"))
                .output()
                .strip();
        OwnEngine engine = new OwnEngine(root, usual.contains("/") ? usual : "", launch(root));
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
                        // neither the default bridge nor the rules of the machine's own engine may change; without a
                        // bridge at all this one would remove the other's
                        "--bridge=" + bridge(root),
                        "--iptables=false",
                        "--default-address-pool=base=10.213.0.0/16,size=24")
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

    /// Ends it, what it runs, and all that it kept.
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
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        // what a killed engine leaves: shims of its containers and their mounts
        var _ = Docker.program(List.of("sh", "-c", """
                for process in /proc/[0-9]*; do
                  tr '\\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q "containerd-shim.*$1" && kill -9 "${process#/proc/}"
                done
                awk -v root="$1/" 'index($2, root) == 1 {print $2}' /proc/mounts | sort -r | xargs -r umount -l
                """, "sh", root.toString()));
        ip("link", "delete", bridge(root));
        // the default bridge is one for the machine, and a second engine may take the first one's away
        if (!usual.isEmpty()
                && Docker.program(List.of("ip", "link", "show", "docker0")).code() != 0) {
            ip("link", "add", "docker0", "type", "bridge");
            ip("addr", "add", usual, "dev", "docker0");
            ip("link", "set", "docker0", "up");
        }
        var _ = Docker.program(List.of("rm", "-rf", "--one-file-system", root.toString()));
    }
}
