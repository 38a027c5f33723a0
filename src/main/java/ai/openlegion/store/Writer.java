package ai.openlegion.store;

import ai.openlegion.store.StoreException.Reason;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The one thread that writes: it gathers what waits into a group, commits it, and tells everybody what became of it.
///
/// A fault of the database fails the whole group and makes the database unavailable; the writer then tries again at a
/// steady pace, and is available again after a commit that no member failed.
final class Writer implements Runnable {

    private static final Logger LOG = System.getLogger("openlegion.store");
    private static final int WRITES_PER_GROUP = 1024;
    private static final int IDLE_ROUNDS_BETWEEN_CHECKS = 20;

    private final SqliteFile file;
    private final long commitNanos;
    private final long retryNanos;
    private final BlockingQueue<Write<?>> queue;
    private final List<GroupMember> members = new CopyOnWriteArrayList<>();
    private final List<Consumer<Boolean>> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread;

    private volatile @Nullable Reason trouble;
    private volatile boolean wake;
    private volatile boolean parked;
    private volatile boolean closing;
    private volatile boolean stopped;

    // Of the round that is running; the writer thread's own.
    private final List<Write<?>> writes = new ArrayList<>();
    private final List<GroupMember> due = new ArrayList<>();
    private final List<GroupMember> undone = new ArrayList<>();
    private @Nullable Throwable memberFault;
    private int idleRounds;

    Writer(SqliteFile file, StoreSettings settings) {
        this.file = file;
        commitNanos = settings.commitEvery().toNanos();
        retryNanos = settings.retryEvery().toNanos();
        queue = new LinkedBlockingQueue<>(settings.queuedWrites());
        thread = Thread.ofPlatform().name("openlegion-store").daemon(true).unstarted(this);
    }

    void start() {
        thread.start();
    }

    /// Queues a write, or fails it at once.
    void submit(Write<?> write) {
        Reason now = trouble;
        if (closing) {
            write.fail(new StoreException(Reason.CLOSED, "the database is closed"));
        } else if (now != null) {
            write.fail(new StoreException(Reason.UNAVAILABLE, "the database is unavailable: " + now));
        } else if (!queue.offer(write)) {
            write.fail(new StoreException(Reason.QUEUE_FULL, "too many writes wait for the database"));
        } else {
            unpark();
            if (stopped) {
                refuseQueued(new StoreException(Reason.CLOSED, "the database is closed"));
            }
        }
    }

    void join(GroupMember member) {
        members.add(member);
    }

    void onAvailability(Consumer<Boolean> listener) {
        listeners.add(listener);
    }

    @Nullable
    Reason trouble() {
        return trouble;
    }

    void wake() {
        if (!wake) {
            wake = true;
            unpark();
        }
    }

    /// Commits what is left and ends the thread; blocks until then.
    void stop() throws InterruptedException {
        closing = true;
        LockSupport.unpark(thread);
        thread.join();
    }

    @Override
    public void run() {
        try {
            while (!closing) {
                pause();
                round();
            }
            // Members may have more than they put into one group.
            do {
                round();
            } while (trouble == null && (!queue.isEmpty() || members.stream().anyMatch(GroupMember::pending)));
        } finally {
            // Whatever ended this thread, nobody is to believe that anything becomes durable from now on.
            trouble = Reason.CLOSED;
            stopped = true;
            refuseQueued(new StoreException(Reason.CLOSED, "the database is closed"));
            file.close();
        }
    }

    private void pause() {
        parked = true;
        boolean available = trouble == null;
        boolean work = available && (wake || !queue.isEmpty());
        if (!work && !closing) {
            LockSupport.parkNanos(this, available ? commitNanos : retryNanos);
        }
        parked = false;
    }

    // While the database is unavailable only time leads to the next attempt.
    private void unpark() {
        if (parked && trouble == null) {
            LockSupport.unpark(thread);
        }
    }

    private void round() {
        wake = false;
        writes.clear();
        undone.clear();
        memberFault = null;
        queue.drainTo(writes, WRITES_PER_GROUP);
        gatherDue();
        boolean idle = writes.isEmpty() && due.isEmpty();
        try {
            if (trouble != null || (idle && ++idleRounds >= IDLE_ROUNDS_BETWEEN_CHECKS)) {
                idleRounds = 0;
                file.check();
                if (trouble == Reason.CORRUPT) {
                    file.checkWhole();
                }
            }
            if (!idle || trouble != null) {
                commitGroup();
                idleRounds = 0;
            }
        } catch (SQLException | RuntimeException | Error failure) {
            groupFailed(failure);
            return;
        }
        groupCommitted();
    }

    private void commitGroup() throws SQLException {
        file.begin();
        Connection connection = file.connection();
        for (Write<?> write : writes) {
            run(write, connection);
        }
        gatherDue(); // a write may have given its members something, its own audit entry for one
        for (GroupMember member : due) {
            run(member, connection);
        }
        file.commitCounted();
    }

    private void gatherDue() {
        due.clear();
        for (GroupMember member : members) {
            if (member.pending()) {
                due.add(member);
            }
        }
    }

    private void run(Write<?> write, Connection connection) throws SQLException {
        file.beginPart();
        try {
            write.run(connection);
            file.endPart();
        } catch (SQLException failure) {
            Reason reason = SqliteFile.reason(failure);
            if (reason != Reason.REJECTED) {
                throw failure;
            }
            file.undoPart();
            write.reject(new StoreException(reason, "the database rejected the write", failure));
        } catch (RuntimeException failure) {
            file.undoPart();
            write.reject(failure);
        }
    }

    private void run(GroupMember member, Connection connection) throws SQLException {
        file.beginPart();
        try {
            member.write(connection);
            file.endPart();
        } catch (SQLException | RuntimeException failure) {
            if (failure instanceof SQLException sql && SqliteFile.reason(sql) != Reason.REJECTED) {
                throw failure;
            }
            file.undoPart();
            undone.add(member);
            memberFault = failure;
        }
    }

    private void groupCommitted() {
        for (GroupMember member : due) {
            tell(member, !undone.contains(member));
        }
        Throwable fault = memberFault;
        if (fault == null) {
            becomeAvailable();
        } else {
            // What a member holds is not durable: nothing may be spent on the strength of it.
            becomeUnavailable(fault);
        }
        writes.forEach(Write::answer);
    }

    private void groupFailed(Throwable failure) {
        Reason reason = reason(failure);
        file.rollback();
        if (reason != Reason.LOCKED && reason != Reason.DISK_FULL) {
            file.distrust();
        }
        becomeUnavailable(failure);
        for (GroupMember member : due) {
            tell(member, false);
        }
        StoreException answer = new StoreException(reason, "the commit failed", failure);
        writes.forEach(write -> write.fail(answer));
        refuseQueued(answer);
    }

    private void becomeAvailable() {
        if (trouble != null) {
            trouble = null;
            LOG.log(Level.INFO, "database available again file=" + file.path());
            listeners.forEach(listener -> tell(listener, true));
        }
    }

    private void becomeUnavailable(Throwable failure) {
        Reason reason = reason(failure);
        Reason before = trouble;
        trouble = reason;
        if (reason != before) {
            String line = "database unavailable reason=" + reason + " file=" + file.path();
            if (reason == Reason.REJECTED) {
                LOG.log(Level.ERROR, line, failure);
            } else {
                LOG.log(Level.ERROR, line + " detail=" + failure.getMessage());
            }
        }
        if (before == null) {
            listeners.forEach(listener -> tell(listener, false));
        }
    }

    private void refuseQueued(StoreException why) {
        for (Write<?> write = queue.poll(); write != null; write = queue.poll()) {
            write.fail(why);
        }
    }

    private static Reason reason(Throwable failure) {
        return switch (failure) {
            case StoreException store -> store.reason();
            case SQLException sql -> SqliteFile.reason(sql);
            default -> Reason.REJECTED; // open: anything else is a bug in a part of the group
        };
    }

    // One part's bug is not to cost the others their news.
    private static void tell(GroupMember member, boolean durable) {
        try {
            if (durable) {
                member.committed();
            } else {
                member.failed();
            }
        } catch (RuntimeException | Error bug) {
            LOG.log(Level.ERROR, "a group member failed to take its news durable=" + durable, bug);
        }
    }

    private static void tell(Consumer<Boolean> listener, boolean available) {
        try {
            listener.accept(available);
        } catch (RuntimeException | Error bug) {
            LOG.log(Level.ERROR, "a listener failed available=" + available, bug);
        }
    }
}
