package ai.openlegion.messaging;

import ai.openlegion.store.StoreException;
import ai.openlegion.store.Transaction;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The way of changes to the disk: one batch is on it, the next one gathers meanwhile, in the order of the changes.
///
/// A batch that failed, or of which nobody can tell, takes along all that were gathered after it: they were made on the
/// strength of it.
final class Commits {

    // What may wait, so that a disk that hangs costs memory for seconds, not for ever. Callers give up after five.
    private static final int MOST_WAITING = 16_384;
    private static final long MOST_BYTES = 32 << 20;

    /// One sender may have an eighth of either: whatever it does, there is room for others.
    private static final int SHARES = 8;

    /// The writer was never asked: there is no doubt about the batch, and soon there will be room.
    private static final long QUEUE_RETRY_MILLIS = 20;

    /// The writer: does the work in its next commit.
    @FunctionalInterface
    interface Disk {

        /// Done when the work is durable; fails when it is not, or nobody can tell.
        Future<Boolean> write(Transaction<Boolean> work);
    }

    /// Who is told what became of batches.
    interface Listener {

        /// A batch is about to go: notes in it what is stored as it is at that moment.
        void sending(Batch batch);

        /// A batch is durable.
        void committed(Batch batch);

        /// These may be durable or not; nobody was told that they are.
        void failed(List<Batch> batches, Throwable cause);
    }

    private final Vertx vertx;
    private final Disk disk;
    private final ItemTable table = new ItemTable();
    private final Listener listener;
    private final ArrayDeque<Batch> gathered = new ArrayDeque<>();
    private final List<Promise<Void>> idle = new ArrayList<>();
    private @Nullable Batch flight;
    private final Share all = new Share();
    private final Map<String, Share> shares = new HashMap<>();

    /// What waits, of one sender or of all.
    private static final class Share {
        private int waiting;
        private long bytes;

        private boolean isFull(int parts) {
            return waiting >= MOST_WAITING / parts || bytes >= MOST_BYTES / parts;
        }

        private void add(int changes, long changeBytes) {
            waiting += changes;
            bytes += changeBytes;
        }
    }

    Commits(Vertx vertx, Disk disk, Listener listener) {
        this.vertx = vertx;
        this.disk = disk;
        this.listener = listener;
    }

    /// The batch for a sender's next change; null when too much waits already, of it or of all.
    @Nullable
    Batch open(String sender) {
        Share share = shares.get(sender);
        return all.isFull(1) || (share != null && share.isFull(SHARES)) ? null : gather();
    }

    /// The batch for a change that has no caller and must not be lost.
    Batch gather() {
        Batch last = gathered.peekLast();
        if (last == null || last.isFull()) {
            last = new Batch();
            gathered.addLast(last);
        }
        return last;
    }

    /// Calls back with whether the batch was stored; of one that changes nothing, when all before it were.
    ///
    /// @param changeBytes that the change added to the batch
    void whenDone(Batch batch, String sender, long changeBytes, Consumer<Boolean> caller) {
        Share share = shares.computeIfAbsent(sender, _ -> new Share());
        all.add(1, changeBytes);
        share.add(1, changeBytes);
        batch.whenDone(stored -> {
            all.add(-1, -changeBytes);
            share.add(-1, -changeBytes);
            if (share.waiting == 0) {
                shares.remove(sender);
            }
            caller.accept(stored);
        });
        flush();
    }

    /// Sends what is gathered, unless a batch is under way.
    void flush() {
        while (flight == null) {
            Batch batch = gathered.pollFirst();
            if (batch == null) {
                idle.forEach(Promise::complete);
                idle.clear();
                return;
            }
            if (batch.isEmpty()) {
                batch.done(true);
            } else {
                listener.sending(batch);
                flight = batch;
                send(batch);
            }
        }
    }

    /// Done when nothing is under way or gathered any more.
    Future<Void> drained() {
        Promise<Void> done = Promise.promise();
        idle.add(done);
        flush();
        return done.future();
    }

    private void send(Batch batch) {
        disk.write(table.store(batch)).onComplete(result -> {
            if (result.succeeded()) {
                flight = null;
                listener.committed(batch);
                flush(); // the disk works on while this batch is answered
                batch.done(true);
            } else if (result.cause() instanceof StoreException store
                    && store.reason() == StoreException.Reason.QUEUE_FULL) {
                long _ = vertx.setTimer(QUEUE_RETRY_MILLIS, _ -> send(batch));
            } else {
                fail(batch, result.cause());
            }
        });
    }

    private void fail(Batch batch, Throwable cause) {
        List<Batch> lost = new ArrayList<>();
        lost.add(batch);
        lost.addAll(gathered);
        gathered.clear();
        flight = null;
        listener.failed(lost, cause);
        lost.forEach(one -> one.done(false));
        flush();
    }
}
