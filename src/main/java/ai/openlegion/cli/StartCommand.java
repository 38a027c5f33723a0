package ai.openlegion.cli;

import ai.openlegion.config.Home;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.host.MeshHost;
import ai.openlegion.host.StartOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `start`: runs the mesh in the foreground until it is told to stop, or leaves it running in the background.
@Command(name = "start", description = "Runs the mesh in the foreground; Ctrl-C, SIGTERM or `stop` ends it.")
final class StartCommand implements Callable<Integer> {
    private static final List<String> RUNTIMES = RuntimeKind.keys();

    private final OpenLegion root;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--port", paramLabel = "N", description = "Port of the agents' listener; 0 takes a free one.")
    private @Nullable Integer port;

    @Option(
            names = "--control-port",
            paramLabel = "N",
            description = "Port of the operator's listener; 0 takes a free one.")
    private @Nullable Integer controlPort;

    @Option(
            names = "--runtime",
            paramLabel = "KIND",
            description = "What isolates agents that name nothing else: docker, sandbox, auto, process or external.")
    private @Nullable String runtime;

    @Option(names = "--sandbox", description = "The same as --runtime sandbox.")
    private boolean sandbox;

    @Option(
            names = {"-d", "--detach"},
            description = "Starts in the background, returns when it is up and its agents are ready or failed;"
                    + " logs to data/mesh.log, which is set aside at a start when it has over 10 MiB; three are kept.")
    private boolean detach;

    @Option(
            names = "--demo",
            description = "Runs a sample fleet on a built-in simulated provider; needs no key, no Docker, no network.")
    private boolean demo;

    StartCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        demand(port == null || (port >= 0 && port <= 65_535), "--port must be between 0 and 65535");
        demand(
                controlPort == null || (controlPort >= 0 && controlPort <= 65_535),
                "--control-port must be between 0 and 65535");
        demand(
                runtime == null || RUNTIMES.contains(runtime),
                "--runtime must be one of " + String.join(", ", RUNTIMES));
        demand(
                !sandbox || runtime == null || runtime.equals("sandbox"),
                "--sandbox and --runtime contradict each other");
        Home home = root.home();
        String kind = sandbox ? "sandbox" : runtime;
        Terminal terminal = root.terminal();
        if (detach) {
            return new Background(home, terminal).start(arguments(home, kind), demo);
        }
        return MeshHost.run(
                new StartOptions(
                        home,
                        port,
                        controlPort,
                        kind == null ? null : RuntimeKind.parse(kind).orElse(null),
                        demo),
                root.environment(),
                terminal.out(),
                terminal.err());
    }

    private void demand(boolean holds, String otherwise) {
        if (!holds && spec != null) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }

    /// The same start in the foreground, as arguments.
    private List<String> arguments(Home home, @Nullable String kind) {
        List<String> arguments =
                new ArrayList<>(List.of("start", "--home", home.root().toString()));
        if (port != null) {
            arguments.addAll(List.of("--port", port.toString()));
        }
        if (controlPort != null) {
            arguments.addAll(List.of("--control-port", controlPort.toString()));
        }
        if (kind != null) {
            arguments.addAll(List.of("--runtime", kind));
        }
        if (demo) {
            arguments.add("--demo");
        }
        return arguments;
    }
}
