package ai.openlegion.audit;

import static java.util.Objects.requireNonNull;

import ai.openlegion.audit.Checkpoint.Purpose;
import ai.openlegion.audit.RetentionReader.Cut;
import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.function.Consumer;

/// Shortens the audit from its beginning, whole rows at a time, up to a place that it signs as the new beginning.
final class Retention {

    private static final Logger LOG = System.getLogger("openlegion.audit");
    private static final long DAY_MILLIS = 24L * 3_600_000;

    private final Database database;
    private final CheckpointTable table;
    private final CheckpointFiles files;
    private final SigningKey key;
    private final AuditKeyFiles keys;
    private final Consumer<String> check;
    private final AuditLog audit;
    private final int days;
    private final InstantSource clock;
    private boolean refused;

    /// @param check records, inside a transaction, how the log is not what was signed
    Retention(
            Database database,
            CheckpointTable table,
            CheckpointFiles files,
            SigningKey key,
            AuditKeyFiles keys,
            Consumer<String> check,
            AuditLog audit,
            int days,
            InstantSource clock) {
        this.database = database;
        this.table = table;
        this.files = files;
        this.key = key;
        this.keys = keys;
        this.check = check;
        this.audit = audit;
        this.days = days;
        this.clock = clock;
    }

    /// Removes what is older than is to be kept, in small transactions; the answer is the number of entries.
    Future<Long> prune(Vertx vertx) {
        if (days == 0) {
            return Future.succeededFuture(0L);
        }
        return prune(vertx, clock.millis(), 0).compose(removed -> {
            if (removed == 0) {
                return Future.succeededFuture(removed);
            }
            LOG.log(Level.INFO, "audit shortened entries={0}", removed);
            return vertx.executeBlocking(() -> files.removeUpTo(
                            RetentionReader.base(database.path()).seq()))
                    .map(removed);
        });
    }

    private Future<Long> prune(Vertx vertx, long nowMillis, long removed) {
        return vertx.executeBlocking(
                        () -> RetentionReader.cut(database.path(), keys.keys(), nowMillis - days * DAY_MILLIS))
                .compose(found -> {
                    Cut cut = requireNonNull(found);
                    String flaw = cut.flaw();
                    if (flaw != null) {
                        return refuse(flaw).map(removed);
                    }
                    long entries = cut.place().seq() - cut.afterSeq();
                    return entries == 0
                            ? Future.succeededFuture(removed)
                            : remove(cut, nowMillis).compose(_ -> prune(vertx, nowMillis, removed + entries));
                });
    }

    /* Nothing is removed, so the log goes on telling of it, too; once a life is enough. */
    private Future<?> refuse(String flaw) {
        LOG.log(Level.ERROR, "audit not shortened: it is not what was signed detail=" + flaw);
        if (refused) {
            return Future.succeededFuture();
        }
        refused = true;
        return database.write(_ -> {
            check.accept(flaw);
            return true;
        });
    }

    /* The beginning is signed as of the time from which the age was reckoned: verify holds the two against each other. */
    private Future<?> remove(Cut cut, long nowMillis) {
        Checkpoint base = key.sign(Purpose.BASE, cut.place(), nowMillis);
        return database.write(connection -> {
            table.cut(connection, base);
            AuditEntry entry = new AuditEntry(
                    clock.millis(),
                    "mesh",
                    "audit.prune",
                    "entries " + (cut.afterSeq() + 1) + " to " + base.seq(),
                    "removed",
                    "retention.audit_days " + days,
                    0,
                    "",
                    "",
                    0);
            if (!audit.offer(entry)) {
                throw new IllegalStateException("the audit's queue is full");
            }
            return true;
        });
    }
}
