package ai.openlegion.runtime.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// One of the command line tools, and how it is told.
enum Tool {
    /// The subcommand of Docker Desktop, deprecated by its vendor in favour of the other.
    DOCKER_SANDBOX("docker sandbox"),
    /// The tool of its own.
    SBX("sbx");

    private final String shown;

    Tool(String shown) {
        this.shown = shown;
    }

    /// Its name: `docker sandbox`.
    String shown() {
        return shown;
    }

    List<String> version() {
        return with("version");
    }

    List<String> create(String name, String image, Path workspace) {
        return with("create", "--name", name, "--template", image, "shell", workspace.toString());
    }

    /// Runs in the background, with an environment of its own.
    List<String> run(String name, Path environment, List<String> program) {
        return with(Stream.concat(Stream.of("exec", "-d", "--env-file", environment.toString(), name), program.stream())
                .toArray(String[]::new));
    }

    List<String> exec(String name, List<String> program) {
        return with(Stream.concat(Stream.of("exec", name), program.stream()).toArray(String[]::new));
    }

    List<String> list() {
        return with("ls", "--json");
    }

    List<String> inspect(String name) {
        return switch (this) {
            case DOCKER_SANDBOX -> with("inspect", name);
            case SBX -> with("inspect", "--json", name);
        };
    }

    List<String> remove(String name) {
        return switch (this) {
            case DOCKER_SANDBOX -> with("rm", name);
            case SBX -> with("rm", "-f", name);
        };
    }

    /// Lets one sandbox reach one port of the host and nothing else; empty where the tool has only a policy
    /// for all
    /// sandboxes of the machine, which is its owner's.
    List<String> confine(String name, int meshPort) {
        return switch (this) {
            case DOCKER_SANDBOX ->
                with(
                        "network",
                        "proxy",
                        name,
                        "--policy",
                        "deny",
                        "--allow-host",
                        SandboxRuntime.HOST + ":" + meshPort,
                        "--allow-host",
                        "localhost:" + meshPort);
            case SBX -> List.of();
        };
    }

    /// Makes a port of the sandbox one of the host's loopback; empty where the tool cannot.
    List<String> publish(String name, int hostPort, int port) {
        return switch (this) {
            case DOCKER_SANDBOX -> List.of();
            case SBX -> with("port", "publish", name, hostPort + ":" + port);
        };
    }

    private List<String> with(String... more) {
        List<String> command = new ArrayList<>(List.of(shown.split(" ", -1)));
        command.addAll(List.of(more));
        return command;
    }
}
