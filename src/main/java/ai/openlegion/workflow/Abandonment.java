package ai.openlegion.workflow;

import ai.openlegion.bus.Bus;
import ai.openlegion.task.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;

/// Ends runs that cannot go on because what is stored of them cannot be read: they count as failed, and their tasks
/// are cancelled.
final class Abandonment {

    private static final Logger LOG = System.getLogger("openlegion.workflow");
    private static final String WHY = "what is stored of the run cannot be read";

    private final Vertx vertx;
    private final Bus bus;
    private final Runs.Disk disk;
    private final InstantSource clock;
    private final long retryMillis;
    private volatile boolean stopped;

    Abandonment(Vertx vertx, Bus bus, Runs.Disk disk, InstantSource clock, long retryMillis) {
        this.vertx = vertx;
        this.bus = bus;
        this.disk = disk;
        this.clock = clock;
        this.retryMillis = retryMillis;
    }

    void stop() {
        stopped = true;
    }

    /// Ends a run; what fails of that is tried again.
    void end(String run) {
        if (stopped) {
            return;
        }
        disk.write(RunTable.abandon(run, WHY, clock.millis()))
                .compose(_ -> bus.ask(Tasks.RUNNING, new Tasks.ReadRunning()))
                .compose(open -> Future.join(open.tasks().stream()
                        .filter(task -> task.workflowId().equals(run))
                        .map(task -> bus.ask(Tasks.CANCEL, new Tasks.Cancel(task.taskId(), "workflow")))
                        .toList()))
                .onFailure(cause -> {
                    LOG.log(Level.WARNING, "a run that cannot be read is not ended yet run=" + run, cause);
                    long _ = vertx.setTimer(retryMillis, _ -> end(run));
                });
    }
}
