package ai.openlegion.store;

import java.time.Duration;

/// The limits and paces of a [Database].
///
/// `commitEvery`: how long a member's data may wait when nobody wakes the writer; `retryEvery`: the pace of attempts
/// after
/// a failure; `busyTimeout`: how long another process may hold the write lock before that is a failure; `queuedWrites`:
/// how many writes may wait; `readConnections`: the size of the read pool; `queuedReads`: how many queries may wait for
/// one.
public record StoreSettings(
        Duration commitEvery,
        Duration retryEvery,
        Duration busyTimeout,
        int queuedWrites,
        int readConnections,
        int queuedReads) {

    /// What a mesh uses unless its settings say otherwise.
    public static final StoreSettings DEFAULTS =
            new StoreSettings(Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofSeconds(2), 4096, 2, 256);

    public StoreSettings {
        requirePositive(commitEvery.toMillis(), "commitEvery");
        requirePositive(retryEvery.toMillis(), "retryEvery");
        requirePositive(queuedWrites, "queuedWrites");
        requirePositive(readConnections, "readConnections");
        requirePositive(queuedReads, "queuedReads");
    }

    private static void requirePositive(long value, String name) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be positive, is " + value);
        }
    }
}
