package ai.openlegion.runtime.docker;

import ai.openlegion.runtime.FolderSize;
import io.vertx.core.Future;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Measures volumes. An agent can make that as long as it likes, so it has threads and deadlines of its own, and what
/// goes wrong in it is never the engine's fault.
final class VolumeMeter {

    private static final long UNREADABLE = -1;
    private static final long SILENT = -2;

    private final Engine engine;
    private final Containers containers;
    private final Duration wait;
    private final Duration limit;

    /// By container. A volume whose turn does not come, because others take long, is as large as it last was.
    private final Map<String, Long> last = new ConcurrentHashMap<>();

    VolumeMeter(Engine engine, Containers containers) {
        this.engine = engine;
        this.containers = containers;
        // with the look-up of the folder it comes to less than the two deadlines that a caller waits
        this.wait = engine.deadline().dividedBy(2);
        this.limit = engine.deadline().dividedBy(6);
    }

    /// The bytes of an agent's volume; [FolderSize#IMMEASURABLE] where they cannot be counted in time.
    Future<Long> bytes(String instance) {
        return engine.call(
                        "finding a volume",
                        talk -> containers
                                .volume(talk, instance)
                                .orElseThrow(
                                        () -> Fault.unstartable("there is no such container, or it has no volume")))
                .compose(folder -> counted(instance, folder))
                .onSuccess(bytes -> last.put(instance, bytes));
    }

    /// Nobody asks for this container any more.
    void forget(String instance) {
        last.remove(instance);
    }

    private Future<Long> counted(String instance, Path folder) {
        long before = last.getOrDefault(instance, 0L);
        return engine.aside("measuring a volume", wait, limit, FolderSize.IMMEASURABLE, before, _ -> walk(folder))
                .compose(bytes -> bytes == UNREADABLE ? asked(instance, before) : Future.succeededFuture(bytes));
    }

    private static long walk(Path folder) throws Exception {
        try {
            return FolderSize.of(folder, () -> !Thread.currentThread().isInterrupted());
        } catch (AccessDeniedException notRoot) {
            return UNREADABLE;
        } catch (DirectoryIteratorException broken) {
            throw broken.getCause();
        }
    }

    /// By a process in the container, which the agent can stop or kill: once that may be chance.
    private Future<Long> asked(String instance, long before) {
        return engine.aside(
                        "asking for the size of a volume",
                        wait,
                        limit,
                        SILENT,
                        before,
                        talk -> VolumeSize.asked(talk, instance))
                .compose(bytes -> bytes == SILENT
                        ? Future.failedFuture(Fault.unstartable("its volume could not be measured: du did not end"))
                        : Future.succeededFuture(bytes));
    }
}
