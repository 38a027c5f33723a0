package ai.openlegion.audit;

import java.util.List;

/// A run of entries as one row: their bytes one after the other, between two places of the chain.
final class AuditGroup {

    private final Tail previous;
    private final Tail tail;
    private final List<Tail> marks;
    private final long oldestMillis;
    private final byte[] data;

    /// Takes the array over.
    AuditGroup(Tail previous, Tail tail, List<Tail> marks, long oldestMillis, byte[] data) {
        this.previous = previous;
        this.tail = tail;
        this.marks = List.copyOf(marks);
        this.oldestMillis = oldestMillis;
        this.data = data;
    }

    /// What its commit adds to the chain.
    Grown grown() {
        return new Grown(marks, tail, oldestMillis);
    }

    /// Entries that have become durable.
    ///
    /// @param marks the places among them that are signed whatever the time, see [Chain#SIGNED_EVERY]
    /// @param end the last of them
    /// @param oldestMillis the earliest time among them
    record Grown(List<Tail> marks, Tail end, long oldestMillis) {}

    /// The place its first entry follows.
    Tail previous() {
        return previous;
    }

    /// The place of its last entry.
    Tail tail() {
        return tail;
    }

    long firstSeq() {
        return previous.seq() + 1;
    }

    /// Not a copy: to be read only.
    byte[] data() {
        return data;
    }
}
