package ai.openlegion.runtime.process;

import ai.openlegion.runtime.FolderSize;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Measures and removes workspaces on threads apart from all other work: their agents decide how long that takes.
final class FileWork {

    private static final Logger LOG = System.getLogger("openlegion.runtime");

    /// For one workspace: well below what a call of a runtime may take, since an endless one is its agent's fault.
    private static final Duration MEASURED_IN = Duration.ofSeconds(10);

    private static final int AT_ONCE = 8;

    private final WorkerExecutor measuring;
    private final WorkerExecutor removing;

    FileWork(Vertx vertx) {
        measuring = vertx.createSharedWorkerExecutor("openlegion-measuring", AT_ONCE);
        removing = vertx.createSharedWorkerExecutor("openlegion-removing", AT_ONCE, 1, TimeUnit.HOURS);
    }

    /// What is to be removed; blocks.
    interface Removing {
        void remove() throws IOException;
    }

    /// The bytes in a folder.
    // Vert.x lets work answer null; this does not
    @SuppressWarnings("NullAway")
    Future<Long> measure(Path folder) {
        return measuring.executeBlocking(
                () -> {
                    long deadline = System.nanoTime() + MEASURED_IN.toNanos();
                    return FolderSize.of(folder, () -> System.nanoTime() < deadline);
                },
                false);
    }

    /// Removes, and says in the log where it could not.
    Future<Void> remove(Removing work) {
        return removing.executeBlocking(
                        () -> {
                            work.remove();
                            return true;
                        },
                        false)
                .onFailure(cause -> LOG.log(Level.WARNING, "files of an agent are left behind", cause))
                .mapEmpty();
    }

    Future<?> close() {
        return Future.join(measuring.close(), removing.close());
    }
}
