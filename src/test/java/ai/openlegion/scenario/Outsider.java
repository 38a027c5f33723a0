package ai.openlegion.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// A container that serves HTTP at port 8400 in a network of its own: somebody whom an agent must not reach.
public final class Outsider implements AutoCloseable {

    private static final String SERVER = "import http.server as h; h.test(h.SimpleHTTPRequestHandler, port=8400)";

    /// Of the network and of the container. The default bridge is the machine's, and not always there.
    private final String name = "openlegion-outsider-" + UUID.randomUUID();

    /// @param label that the container carries, `name=value`; the network has none
    public Outsider(String label) {
        try {
            var _ = docker("network", "create", name);
            var _ = docker(
                    "create",
                    "--name",
                    name,
                    "--network",
                    name,
                    "--label",
                    label,
                    "--entrypoint",
                    "python3",
                    NeedsDocker.IMAGE,
                    "-c",
                    SERVER);
            var _ = docker("start", name);
        } catch (AssertionError failed) {
            close();
            throw failed;
        }
    }

    /// Its IPv4 address.
    public String host() {
        return docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name);
    }

    private static String docker(String... arguments) {
        Docker.Ended ended = attempt(arguments);
        if (ended.code() != 0) {
            throw new AssertionError("docker " + String.join(" ", arguments) + ": " + ended.output());
        }
        return ended.output().strip();
    }

    private static Docker.Ended attempt(String... arguments) {
        List<String> command = new ArrayList<>(List.of("docker"));
        command.addAll(List.of(arguments));
        return Docker.program(command);
    }

    @Override
    public void close() {
        var _ = attempt("rm", "--force", "--volumes", name);
        var _ = attempt("network", "rm", name);
    }
}
