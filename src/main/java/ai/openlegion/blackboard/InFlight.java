package ai.openlegion.blackboard;

import java.util.HashMap;
import java.util.Map;

/// The writes that were not answered yet, of each author and in all: their values are in memory until then, and the
/// store's queue counts writes, not bytes.
///
/// Confined to one event loop.
final class InFlight {

    /// Of one author: an eighth of what may wait for the store, so that no single author fills its queue.
    static final int AUTHOR_WRITES = 512;

    /// Of one author: sixteen values of the largest size.
    static final long AUTHOR_BYTES = 4 << 20;

    /// Of all: eight authors at their bound.
    static final long ALL_BYTES = 32 << 20;

    private final Map<String, Share> shares = new HashMap<>();
    private long bytes;

    /// Takes a write in unless its author has too much under way, or all have. One write is taken whatever its size if
    /// nothing else of its kind is under way: who asked has bounded it.
    boolean enter(Attempt attempt) {
        Share share = shares.get(attempt.author());
        if (bytes > 0 && bytes + attempt.bytes() > ALL_BYTES) {
            return false;
        }
        if (share != null
                && (share.writes == AUTHOR_WRITES
                        || (share.bytes > 0 && share.bytes + attempt.bytes() > AUTHOR_BYTES))) {
            return false;
        }
        if (share == null) {
            share = new Share();
            shares.put(attempt.author(), share);
        }
        share.writes++;
        share.bytes += attempt.bytes();
        bytes += attempt.bytes();
        return true;
    }

    /// Gives back what a write took.
    void leave(Attempt attempt) {
        bytes -= attempt.bytes();
        Share share = shares.get(attempt.author());
        if (share == null) {
            return;
        }
        share.bytes -= attempt.bytes();
        if (--share.writes == 0) {
            Share _ = shares.remove(attempt.author());
        }
    }

    /// What one author has under way.
    private static final class Share {
        private int writes;
        private long bytes;
    }
}
