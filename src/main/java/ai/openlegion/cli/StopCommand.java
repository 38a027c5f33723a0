package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `stop`: asks the mesh to drain and waits until its process is gone.
@Command(name = "stop", description = "Drains the mesh, stops its agents and itself, and waits until they are gone.")
final class StopCommand implements Callable<Integer> {
    /* The mesh lets streams end for ten seconds (its setting drain_seconds), ends its agents, whose engine may hang,
    then settles and flushes. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final OpenLegion root;

    @Option(names = "--json", description = "Prints the process that ended, and how many agents with it, as JSON.")
    private boolean json;

    StopCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        try (MeshClient mesh = MeshClient.of(root.home())) {
            Optional<ProcessHandle> process = ProcessHandle.of(mesh.pid());
            long agents = running(mesh);
            mesh.demand("POST", "/control/stop", null);
            if (agents > 0 && !json) {
                root.terminal().print("stopping " + agents + (agents == 1 ? " agent" : " agents") + " and the mesh …");
            }
            if (process.isPresent()) {
                await(process.get());
            }
            root.terminal()
                    .print(
                            json
                                    ? new JsonObject()
                                            .put("stopped", true)
                                            .put("pid", mesh.pid())
                                            .put("agents", agents)
                                            .encode()
                                    : "stopped (pid " + mesh.pid() + ")");
            return 0;
        }
    }

    /// The agents that the mesh has to end; none where it cannot say.
    private static long running(MeshClient mesh) throws CommandFailure {
        MeshClient.Answer answer = mesh.ask("GET", "/control/agents", null);
        return !answer.done()
                ? 0
                : answer.array().stream()
                        .filter(each -> each instanceof JsonObject agent && agent.containsKey("container"))
                        .count();
    }

    private static void await(ProcessHandle process) throws CommandFailure {
        try {
            process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            throw CommandFailure.failed("the mesh is still there after " + PATIENCE.toSeconds()
                    + " s; see its log, or end it with kill -9 " + process.pid());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted while the mesh drains");
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
