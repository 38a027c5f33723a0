package ai.openlegion.messaging;

import org.jspecify.annotations.Nullable;

/// One stored item as memory knows it, shared by the inboxes that hold it: where its row is, and until when it lives.
final class Entry {

    final long row;
    final long expiresMillis;
    final int bytes;
    final boolean reminder;

    /// Inboxes that still hold it; the row goes with the last.
    int holders;

    /// What it says, while that is kept in memory.
    @Nullable
    Content content;

    Entry(long row, long expiresMillis, int bytes, boolean reminder) {
        this.row = row;
        this.expiresMillis = expiresMillis;
        this.bytes = bytes;
        this.reminder = reminder;
    }
}
