package ai.openlegion.store;

import ai.openlegion.store.StoreException.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.jdbcclient.JDBCPool;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The one database of a home: a writer thread that commits in groups, and a pool of connections that only read.
public final class Database implements AutoCloseable {

    private static final Logger LOG = System.getLogger("openlegion.store");
    private static final String POLICY_HASH = "policy_hash";
    private static final String POLICY_REVISION = "policy_revision";

    private final SqliteFile file;
    private final Vertx vertx;
    private final Writer writer;
    private final MetaTable meta = new MetaTable();
    private final Pool reads;

    private Database(SqliteFile file, Vertx vertx, StoreSettings settings) {
        this.file = file;
        this.vertx = vertx;
        writer = new Writer(file, settings);
        PoolOptions options = new PoolOptions()
                .setName("openlegion-reads")
                .setMaxSize(settings.readConnections())
                .setMaxWaitQueueSize(settings.queuedReads());
        // here and not at its first use: one made on a verticle's context is closed with that verticle
        reads = JDBCPool.pool(vertx, file.readers(), options);
    }

    /// Makes the first opening quicker: what it loads is loaded from here on, on a thread of its own.
    public static void prepare() {
        SqliteFile.prepare();
    }

    /// Opens or creates the file, migrates it forward, and starts the writer; blocks until it can be written to.
    /// Throws a [StoreException] that says why it cannot be used.
    public static Database open(Path file, Vertx vertx) {
        return open(file, vertx, StoreSettings.DEFAULTS);
    }

    /// [#open(Path, Vertx)] with other limits and paces.
    public static Database open(Path file, Vertx vertx, StoreSettings settings) {
        return open(file, vertx, settings, Migrations.shipped());
    }

    static Database open(Path path, Vertx vertx, StoreSettings settings, Migrations migrations) {
        @Nullable SqliteFile file = null;
        try {
            file = SqliteFile.open(path, settings.busyTimeout());
            migrations.run(file);
            file.startCounting();
        } catch (SQLException | IOException | StoreException failure) {
            if (file != null) {
                file.close();
            }
            throw cannotOpen(path, failure);
        }
        Database database = new Database(file, vertx, settings);
        database.writer.start();
        return database;
    }

    /// Runs the work in the next commit and answers on the caller's context once it is durable. Fails with a
    /// [StoreException], at once while the database is unavailable, or with what the work itself threw.
    public <T extends @Nullable Object> Future<T> write(Transaction<T> work) {
        Write<T> write = new Write<>(work, vertx.getOrCreateContext());
        writer.submit(write);
        return write.future();
    }

    /// Makes the member part of every commit from now on.
    public void join(GroupMember member) {
        writer.join(member);
    }

    /// Commits what the members have pending now, not at the end of the interval; cheap, from any thread.
    public void wake() {
        writer.wake();
    }

    /// Where the file is.
    public Path path() {
        return file.path();
    }

    /// Connections for queries; they cannot write. Answers arrive on the caller's context.
    public Pool reads() {
        return reads;
    }

    /// Whether everything gathered until the last commit is durable. While it is not, nothing may be spent.
    public boolean available() {
        return writer.trouble() == null;
    }

    /// Why it is unavailable, or null while it is available.
    public @Nullable Reason trouble() {
        return writer.trouble();
    }

    /// Calls the listener, on the writer thread, whenever the database becomes unavailable or available again.
    public void onAvailability(Consumer<Boolean> listener) {
        writer.onAvailability(listener);
    }

    /// The revision that belongs to a configuration's content: the stored one when the content is the same as last
    /// time,
    /// else one more, which is stored with it. The first is 1.
    public Future<Long> revisionFor(String contentHash) {
        return write(connection -> {
            long revision = meta.number(connection, POLICY_REVISION);
            if (revision > 0
                    && meta.get(connection, POLICY_HASH)
                            .filter(contentHash::equals)
                            .isPresent()) {
                return revision;
            }
            meta.put(connection, POLICY_HASH, contentHash);
            meta.put(connection, POLICY_REVISION, Long.toString(revision + 1));
            return revision + 1;
        });
    }

    /// Commits everything gathered so far, stops the writer and closes the file; blocks until done. What could not be
    /// committed is told to its members as failed.
    @Override
    public void close() {
        try {
            writer.stop();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            LOG.log(Level.WARNING, "interrupted while the database was closing file=" + file.path());
        }
        try {
            reads.close().onFailure(cause -> LOG.log(Level.WARNING, "read connections left open", cause));
        } catch (RejectedExecutionException closed) {
            LOG.log(Level.DEBUG, "read connections were closed with Vert.x");
        }
    }

    private static StoreException cannotOpen(Path path, Exception failure) {
        Reason reason = switch (failure) {
            case StoreException store -> store.reason();
            case SQLException sql -> SqliteFile.reason(sql);
            default -> Reason.IO_ERROR; // open: the file system's own exceptions
        };
        String advice = switch (reason) {
            case DISK_FULL -> "the disk is full";
            case LOCKED -> "another process holds it locked";
            case READ_ONLY -> "it cannot be written to: check owner, mode and mount";
            case CORRUPT -> "it is damaged, or no database: restore a copy";
            case IO_ERROR, REJECTED -> "it cannot be used";
            case NEWER_SCHEMA, QUEUE_FULL, UNAVAILABLE, CLOSED -> "";
        };
        if (reason == Reason.NEWER_SCHEMA && failure instanceof StoreException newer) {
            return newer;
        }
        return new StoreException(
                reason, "database " + path + ": " + advice + " (" + failure.getMessage() + ")", failure);
    }
}
