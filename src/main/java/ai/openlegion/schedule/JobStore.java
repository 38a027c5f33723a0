package ai.openlegion.schedule;

import ai.openlegion.store.Database;
import ai.openlegion.store.Transaction;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// The way to the database: one change after another, and what is still owed to it.
///
/// What is owed is written with the next transaction; a crash before loses no more than a count or a text.
final class JobStore {

    private final Database database;
    private final Jobs jobs;
    private final Set<String> owed = new HashSet<>();
    private final Set<String> owedRemovals = new HashSet<>();
    private Future<?> last = Future.succeededFuture();

    JobStore(Database database, Jobs jobs) {
        this.database = database;
        this.jobs = jobs;
    }

    /// Does this when everything before it is done; so nothing that it looks at changes under it.
    <T> Future<T> serially(Supplier<Future<T>> change) {
        Future<T> done = last.transform(_ -> change.get());
        last = done;
        return done;
    }

    /// How this job stands is written with the next transaction.
    void owe(String id) {
        boolean _ = owed.add(id);
    }

    /// These are removed with the next transaction, and no others that are there.
    void oweRemovals(Set<String> ids) {
        owedRemovals.addAll(ids);
        owedRemovals.removeIf(id -> jobs.get(id) != null);
    }

    boolean owesAnything() {
        return !owed.isEmpty() || !owedRemovals.isEmpty();
    }

    /// Writes, and with it whatever is owed; fails when it did not become durable for sure.
    Future<Void> write(Transaction<Boolean> work) {
        Set<String> removals = Set.copyOf(owedRemovals);
        Set<String> ids = Set.copyOf(owed);
        owedRemovals.clear();
        owed.clear();
        List<KeptJob> standing = new ArrayList<>();
        for (String id : ids) {
            KeptJob job = jobs.get(id);
            if (job != null) {
                standing.add(job);
            }
        }
        return database.write(connection -> {
                    JobTable.remove(connection, removals);
                    JobTable.stand(connection, standing);
                    return work.run(connection);
                })
                .onFailure(_ -> {
                    owedRemovals.addAll(removals);
                    owed.addAll(ids);
                })
                .mapEmpty();
    }

    /// Writes what is owed.
    Future<Void> settle() {
        return write(_ -> true);
    }
}
