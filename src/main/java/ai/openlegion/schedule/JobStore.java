package ai.openlegion.schedule;

import ai.openlegion.store.Transaction;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// The way to the database: one change after another, and what is still owed to it.
///
/// What is owed is written with the next transaction; a crash before loses no more than a count or a text, or leaves a
/// change done of which nobody was told that it is.
final class JobStore {

    /// The writer: does the work in its next commit.
    @FunctionalInterface
    interface Disk {

        /// Done when the work is durable; fails when it is not, or nobody can tell.
        Future<Boolean> write(Transaction<Boolean> work);
    }

    private final Disk disk;
    private final Jobs jobs;
    private final Set<String> owed = new HashSet<>();
    private final Set<String> doubted = new HashSet<>();
    private final Set<String> owedRemovals = new HashSet<>();
    private Future<?> last = Future.succeededFuture();

    JobStore(Disk disk, Jobs jobs) {
        this.disk = disk;
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

    /// A change of this job failed, and nobody can tell whether it was stored all the same: what is remembered counts,
    /// and is stored with the next transaction.
    void doubt(String id) {
        boolean _ = doubted.add(id);
    }

    boolean owesAnything() {
        return !owed.isEmpty() || !owedRemovals.isEmpty() || !doubted.isEmpty();
    }

    /// Writes, and with it whatever is owed; fails when it did not become durable for sure.
    Future<Void> write(Transaction<Boolean> work) {
        Set<String> removals = new HashSet<>(owedRemovals);
        Set<String> ids = Set.copyOf(owed);
        Set<String> unsure = Set.copyOf(doubted);
        owedRemovals.clear();
        owed.clear();
        doubted.clear();
        List<KeptJob> whole = new ArrayList<>();
        for (String id : unsure) {
            KeptJob job = jobs.get(id);
            if (job == null) {
                removals.add(id);
            } else {
                whole.add(job);
            }
        }
        List<KeptJob> standing = new ArrayList<>();
        for (String id : ids) {
            KeptJob job = jobs.get(id);
            if (job != null) {
                standing.add(job);
            }
        }
        return disk.write(connection -> {
                    JobTable.remove(connection, removals);
                    for (KeptJob job : whole) {
                        JobTable.put(connection, job);
                    }
                    JobTable.stand(connection, standing);
                    return work.run(connection);
                })
                .onFailure(_ -> {
                    owedRemovals.addAll(removals);
                    owed.addAll(ids);
                    doubted.addAll(unsure);
                })
                .mapEmpty();
    }

    /// Writes what is owed.
    Future<Void> settle() {
        return write(_ -> true);
    }
}
