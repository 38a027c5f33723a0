package ai.openlegion.scenario;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// An engine as its own command shows it, and what one home has on it.
///
/// @param socket of the engine
/// @param home the label of that home
record Docker(Path socket, String home) {

    private static final Path USUAL = Path.of("/var/run/docker.sock");

    /// What a program said and how it ended.
    record Ended(int code, String output) {}

    /// The engine of this machine, for a home that exists.
    static Docker of(MeshHome home) {
        return at(USUAL, home);
    }

    static Docker at(Path socket, MeshHome home) {
        try {
            byte[] path = home.root().toRealPath().toString().getBytes(StandardCharsets.UTF_8);
            return new Docker(
                    socket,
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(path)));
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing);
        }
    }

    String label() {
        return "openlegion.home=" + home;
    }

    /// The name of its network, and the beginning of those of its containers.
    String name() {
        return "openlegion-" + home.substring(0, 8);
    }

    /// What the command prints; fails the test where it fails.
    String run(String... arguments) {
        Ended ended = attempt(arguments);
        if (ended.code() != 0) {
            throw new AssertionError("docker " + String.join(" ", arguments) + ": " + ended.output());
        }
        return ended.output().strip();
    }

    Ended attempt(String... arguments) {
        List<String> command = new ArrayList<>(List.of("docker", "--host", "unix://" + socket));
        command.addAll(List.of(arguments));
        return program(command);
    }

    static Ended program(List<String> command) {
        try {
            Path output = Files.createTempFile("openlegion-docker-", ".out");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                if (!process.waitFor(120, TimeUnit.SECONDS)) {
                    throw new AssertionError(String.join(" ", command) + " does not end");
                }
                return new Ended(process.exitValue(), Canaries.received(Files.readString(output)));
            } finally {
                process.destroyForcibly();
                Files.delete(output);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /// Ids of this home's containers, whole.
    List<String> containers() {
        return lines("ps", "--all", "--quiet", "--no-trunc", "--filter", "label=" + label());
    }

    List<String> networks() {
        return lines("network", "ls", "--quiet", "--filter", "label=" + label());
    }

    boolean isRunning(String container) {
        return attempt("inspect", "--format", "{{.State.Running}}", container)
                .output()
                .strip()
                .equals("true");
    }

    /// The value of a variable that a container was started with.
    String variable(String container, String name) {
        return lines("inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", container).stream()
                .filter(line -> line.startsWith(name + "="))
                .map(line -> line.substring(name.length() + 1))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " in " + container));
    }

    String address(String container) {
        return run("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container);
    }

    /// As the host counts it, for all processes of a container.
    long processorNanos(String container) {
        return new JsonObject(program(List.of(
                                "curl",
                                "--silent",
                                "--unix-socket",
                                socket.toString(),
                                "http://engine/containers/" + container + "/stats?stream=false&one-shot=true"))
                        .output())
                .getJsonObject("cpu_stats")
                .getJsonObject("cpu_usage")
                .getLong("total_usage");
    }

    /// The rules of the host's filter that mention this home.
    List<String> rules() {
        List<String> rules = new ArrayList<>();
        for (String tables : List.of("iptables", "ip6tables")) {
            program(List.of(tables, "-w", "20", "-S"))
                    .output()
                    .lines()
                    .filter(rule -> rule.contains("OPENLEGION-" + home.substring(0, 8)))
                    .forEach(rules::add);
        }
        return rules;
    }

    private List<String> lines(String... arguments) {
        return run(arguments).lines().filter(line -> !line.isBlank()).toList();
    }

    /// Takes away all that a home had, whatever became of its mesh; of an engine that is gone, the rules.
    void sweep() {
        if (attempt("version").code() == 0) {
            remove();
        }
        String chain = "OPENLEGION-" + home.substring(0, 8);
        for (String tables : List.of("iptables", "ip6tables")) {
            for (String rule : rules()) {
                if (rule.startsWith("-A INPUT ") || rule.startsWith("-A FORWARD ")) {
                    List<String> command = new ArrayList<>(List.of(tables, "-w", "20", "-D"));
                    command.addAll(List.of(rule.substring(3).split(" ")));
                    var _ = program(command);
                }
            }
            var _ = program(List.of(tables, "-w", "20", "-F", chain));
            var _ = program(List.of(tables, "-w", "20", "-X", chain));
        }
    }

    private void remove() {
        for (String container : containers()) {
            var _ = attempt("rm", "--force", "--volumes", container);
        }
        for (String volume : lines("volume", "ls", "--quiet", "--filter", "label=" + label())) {
            var _ = attempt("volume", "rm", "--force", volume);
        }
        for (String network : networks()) {
            var _ = attempt("network", "rm", network);
        }
    }
}
