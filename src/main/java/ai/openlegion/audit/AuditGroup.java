package ai.openlegion.audit;

/// A run of entries as one row: their bytes one after the other, between two places of the chain.
final class AuditGroup {

    private final Tail previous;
    private final Tail tail;
    private final byte[] data;

    /// Takes the array over.
    AuditGroup(Tail previous, Tail tail, byte[] data) {
        this.previous = previous;
        this.tail = tail;
        this.data = data;
    }

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
