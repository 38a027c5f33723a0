package ai.openlegion.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The one database of a home: a writer thread that commits in groups, and a pool of connections that only read.
public final class Database implements AutoCloseable {

    private final java.util.List<GroupMember> members = new java.util.concurrent.CopyOnWriteArrayList<>();
    private final java.util.List<Consumer<Boolean>> listeners = new java.util.concurrent.CopyOnWriteArrayList<>();
    private final Pool pool;

    private Database(Pool pool) {
        this.pool = pool;
    }

    /// Opens or creates the file, migrates it forward, and starts the writer; blocks until it can be written to.
    /// Throws a [StoreException] that says why it cannot be used.
    public static Database open(Path file, Vertx vertx) {
        return new Database(io.vertx.jdbcclient.JDBCPool.pool(
                vertx,
                new io.vertx.jdbcclient.JDBCConnectOptions().setJdbcUrl("jdbc:sqlite:" + file),
                new io.vertx.sqlclient.PoolOptions()));
    }

    /// Runs the work in the next commit and answers on the caller's context once it is durable. Fails with a
    /// [StoreException], at once while the database is unavailable, or with what the work itself threw.
    public <T extends @Nullable Object> Future<T> write(Transaction<T> work) {
        return Future.failedFuture("not open " + work);
    }

    /// Makes the member part of every commit from now on.
    public void join(GroupMember member) {
        members.add(member);
    }

    /// Commits what the members have pending now, not at the end of the interval; cheap, from any thread.
    public void wake() {}

    /// Connections for queries; they cannot write. Answers arrive on the caller's context.
    public Pool reads() {
        return pool;
    }

    /// Whether the last commit succeeded.
    public boolean available() {
        return false;
    }

    /// Why it is unavailable, or null while it is available.
    public StoreException.@Nullable Reason trouble() {
        return null;
    }

    /// Calls the listener, on the writer thread, whenever the database becomes unavailable or available again.
    public void onAvailability(Consumer<Boolean> listener) {
        listeners.add(listener);
    }

    /// The revision that belongs to a configuration content: the stored one when the content is the same as last time,
    /// else one more.
    public Future<Long> revisionFor(String contentHash) {
        return Future.failedFuture(contentHash);
    }

    /// Commits everything gathered so far, stops the writer and closes the file; blocks until done.
    @Override
    public void close() {}
}
