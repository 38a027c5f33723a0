package ai.openlegion.budget;

import ai.openlegion.store.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;

/// Removes single settlements that are older than is to be kept, daily and in small transactions. What they sum up to,
/// by agent, model and day, stays: neither a budget nor a report changes by it.
public final class UsageRetentionVerticle extends VerticleBase {

    private static final Logger LOG = System.getLogger("openlegion.budget");
    private static final long DAY_MILLIS = 24L * 3_600_000;

    private final Database database;
    private final int days;
    private final InstantSource clock;
    private final UsageGroupTable table = new UsageGroupTable();

    /// @param days that a settlement is kept; 0 = for ever
    public UsageRetentionVerticle(Database database, int days, InstantSource clock) {
        this.database = database;
        this.days = days;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        if (days > 0) {
            vertx.setPeriodic(0, DAY_MILLIS, _ -> {
                var _ = prune(clock.millis() - days * DAY_MILLIS, 0)
                        .onFailure(cause ->
                                LOG.log(Level.ERROR, "settlements not shortened; tried again tomorrow", cause));
            });
        }
        return Future.succeededFuture();
    }

    private Future<Long> prune(long beforeMillis, long removed) {
        return database.write(connection -> table.removeSome(connection, beforeMillis))
                .compose(rows -> {
                    if (rows > 0) {
                        return prune(beforeMillis, removed + rows);
                    }
                    if (removed > 0) {
                        LOG.log(Level.INFO, "settlements shortened rows={0}", removed);
                    }
                    return Future.succeededFuture(removed);
                });
    }
}
