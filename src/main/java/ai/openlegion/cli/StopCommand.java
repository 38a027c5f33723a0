package ai.openlegion.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;

/// `stop`: asks the mesh to drain and waits until its process is gone.
@Command(name = "stop", description = "Drains the mesh, stops it and waits until it is gone.")
final class StopCommand implements Callable<Integer> {
    /* The mesh lets streams end for ten seconds (its setting drain_seconds), then settles and flushes. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final OpenLegion root;

    StopCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        try (MeshClient mesh = MeshClient.of(root.home())) {
            Optional<ProcessHandle> process = ProcessHandle.of(mesh.pid());
            mesh.demand("POST", "/control/stop", null);
            if (process.isPresent()) {
                await(process.get());
            }
            root.terminal().print("stopped (pid " + mesh.pid() + ")");
            return 0;
        }
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
