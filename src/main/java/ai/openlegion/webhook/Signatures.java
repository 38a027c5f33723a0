package ai.openlegion.webhook;

import ai.openlegion.store.Database;
import ai.openlegion.store.StoreException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// The signatures that were accepted, for as long as their timestamps are: each counts once, also after a `kill -9`.
/// Belongs to the one context of its verticle.
final class Signatures {

    /// Kept beyond the window, for a clock that is set back a little.
    static final Duration SLACK = Duration.ofMinutes(1);

    private final Database database;
    private final int most;
    private final SignatureTable table = new SignatureTable();
    private final Map<String, Long> used = new HashMap<>();

    /// @param most that are remembered at once; further ones are refused until the oldest are too old to be accepted
    Signatures(Database database, int most) {
        this.database = database;
        this.most = most;
    }

    /// What came of using a signature.
    enum Use {
        /// It counts, durably.
        FIRST,
        /// It has counted before.
        AGAIN,
        /// No further one can be remembered now.
        FULL,
        /// The store cannot take it; it has not counted.
        UNAVAILABLE
    }

    /// Reads back what counts at this time.
    Future<Void> load(long nowMillis) {
        return database.write(connection -> table.since(connection, oldest(nowMillis)))
                .map(stored -> {
                    used.putAll(stored);
                    return null;
                });
    }

    Future<Use> use(String signature, long signedMillis) {
        if (used.containsKey(signature)) {
            return Future.succeededFuture(Use.AGAIN);
        }
        if (used.size() >= most) {
            return Future.succeededFuture(Use.FULL);
        }
        // at once, so that a second call that comes while the first is being stored counts as the second
        used.put(signature, signedMillis);
        return database.write(connection -> {
                    table.store(connection, signature, signedMillis);
                    return Use.FIRST;
                })
                .recover(failure -> {
                    used.remove(signature);
                    return failure instanceof StoreException
                            ? Future.succeededFuture(Use.UNAVAILABLE)
                            : Future.failedFuture(failure);
                });
    }

    /// Lets a signature count once more, because nothing came of its call; done once that is durable, or cannot be.
    Future<Void> free(String signature) {
        return database.write(connection -> {
                    table.delete(connection, signature);
                    return signature;
                })
                .transform((_, _) -> {
                    used.remove(signature);
                    return Future.succeededFuture();
                });
    }

    /// Forgets what is too old to be accepted.
    Future<Void> prune(long nowMillis) {
        long oldest = oldest(nowMillis);
        if (!used.values().removeIf(signed -> signed < oldest)) {
            return Future.succeededFuture();
        }
        return database.write(connection -> {
                    table.prune(connection, oldest);
                    return oldest;
                })
                .mapEmpty();
    }

    private static long oldest(long nowMillis) {
        return nowMillis - Signing.WINDOW.toMillis() - SLACK.toMillis();
    }
}
