package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Entry;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// What is known of keys without asking the store, in bounded memory; that there is no entry is known, too.
///
/// Every write is announced here when its outcome is known, so that what is cached is what was committed. A load that
/// overlaps a write may have read what was there before: its result is answered, for the reader asked before the writer
/// had its answer, but not kept.
///
/// Confined to one event loop.
final class EntryCache {

    /// What an entry takes beside its text: the records, the strings' heads and the cache's own node.
    private static final int OVERHEAD_BYTES = 250;

    private final Cache<String, Known> known;
    private final Map<String, Future<Optional<Entry>>> loads = new HashMap<>();
    private final BooleanSupplier settled;

    /// @param settled whether it is known of every commit that it happened or did not
    EntryCache(long maxBytes, BooleanSupplier settled) {
        this.settled = settled;
        known = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher(EntryCache::weight)
                .executor(Runnable::run)
                .build();
    }

    /// The entry of a key: what is known, else the answer of the load that is under way, else of a new one.
    Future<Optional<Entry>> get(String key, Function<String, Future<Optional<Entry>>> load) {
        Known found = known.getIfPresent(key);
        if (found != null) {
            return Future.succeededFuture(found.entry);
        }
        Future<Optional<Entry>> running = loads.get(key);
        return running != null ? running : start(key, load);
    }

    private Future<Optional<Entry>> start(String key, Function<String, Future<Optional<Entry>>> load) {
        boolean settledBefore = settled.getAsBoolean();
        Future<Optional<Entry>> started = load.apply(key);
        loads.put(key, started);
        return started.onComplete(answer -> {
            boolean undisturbed = loads.remove(key, started);
            if (undisturbed && answer.succeeded() && settledBefore && settled.getAsBoolean()) {
                known.put(key, new Known(answer.result()));
            }
        });
    }

    /// A write is durable: this is what stands now; nothing where it removed.
    void written(String key, Optional<Entry> entry) {
        loads.remove(key);
        known.put(key, new Known(entry));
    }

    /// What stands now is not known.
    void forget(String key) {
        loads.remove(key);
        known.invalidate(key);
    }

    private static int weight(String key, Known known) {
        // Latin letters take a byte in memory, and others two; twice the characters is never too little.
        return OVERHEAD_BYTES
                + 2 * key.length()
                + known.entry.map(present -> 2 * present.value().length()).orElse(0);
    }

    /// What is known of a key.
    private record Known(Optional<Entry> entry) {}
}
