package ai.openlegion.agent.files;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// How long work on files may take. A file that becomes a named pipe between check and use makes its opening wait for
/// ever, deaf to interrupts: such work is left behind, and after too much of it there is no more.
final class Patience {

    private static final int MOST_LEFT_BEHIND = 16;

    private final Semaphore places = new Semaphore(MOST_LEFT_BEHIND);
    private final Duration most;

    Patience(Duration most) {
        this.most = most;
    }

    <T> T await(Callable<T> work) throws IOException, InterruptedException {
        if (!places.tryAcquire()) {
            throw new IOException("too much work on files hangs already");
        }
        var task = new FutureTask<>(() -> {
            try {
                return work.call();
            } finally {
                places.release();
            }
        });
        Thread worker = Thread.ofPlatform().daemon().name("files").unstarted(task);
        try {
            worker.start();
        } catch (OutOfMemoryError noThread) {
            places.release();
            throw new IOException("there are too many processes to work on files", noThread);
        }
        try {
            return task.get(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            worker.interrupt();
            throw new IOException("it took longer than " + most.toSeconds() + " s", late);
        } catch (InterruptedException cancelled) {
            worker.interrupt();
            throw cancelled;
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException("the file system failed", failed.getCause());
        }
    }
}
