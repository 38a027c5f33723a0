package ai.openlegion.audit;

import java.util.HexFormat;

/// A place in the chain: the number of an entry, and the hash, in hex, that covers it and all before it.
public record Tail(long seq, String hash) {

    /// Before the first entry.
    public static final Tail START = new Tail(0, "0".repeat(2 * Chain.HASH_BYTES));

    static Tail of(long seq, byte[] hash) {
        return new Tail(seq, HexFormat.of().formatHex(hash));
    }

    /// From what [#text] gave; throws [IllegalArgumentException] for anything else.
    static Tail parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("not a place in the chain");
        }
        return of(Long.parseLong(text.substring(0, colon)), HexFormat.of().parseHex(text, colon + 1, text.length()));
    }

    /// The number and the hash with a colon between them.
    public String text() {
        return seq + ":" + hash;
    }

    byte[] hashBytes() {
        return HexFormat.of().parseHex(hash);
    }
}
