package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Entry;

/// When an entry is over.
final class Expiry {

    private static final long NEVER = Long.MAX_VALUE;

    private Expiry() {}

    /// The first moment without the entry, in milliseconds.
    static long of(Entry entry) {
        long left = entry.ttlSeconds() <= 0 ? NEVER : entry.ttlSeconds();
        return left > (NEVER - entry.updatedAtMillis()) / 1000 ? NEVER : entry.updatedAtMillis() + left * 1000;
    }

    static boolean isOver(Entry entry, long nowMillis) {
        return of(entry) <= nowMillis;
    }
}
