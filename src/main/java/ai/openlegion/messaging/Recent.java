package ai.openlegion.messaging;

import java.util.ArrayDeque;

/// What the latest items say, kept in memory within a bound, so that who reads along needs no query.
final class Recent {

    /// What an item costs besides its texts, also while it only waits for its turn to be forgotten.
    private static final int OVERHEAD_BYTES = 256;

    private final long most;
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private long bytes;

    /// @param mostBytes of texts and what goes with them
    Recent(long mostBytes) {
        most = mostBytes;
    }

    void add(Entry entry, Content content) {
        entry.content = content;
        entries.add(entry);
        bytes += OVERHEAD_BYTES + entry.bytes;
        while (bytes > most || (!entries.isEmpty() && entries.getFirst().content == null)) {
            Entry oldest = entries.removeFirst();
            bytes -= OVERHEAD_BYTES;
            forget(oldest);
        }
    }

    /// Nobody will read it again.
    void forget(Entry entry) {
        if (entry.content != null) {
            entry.content = null;
            bytes -= entry.bytes;
        }
    }

    long bytes() {
        return bytes;
    }
}
