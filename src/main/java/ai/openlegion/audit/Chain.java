package ai.openlegion.audit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The chain while it is followed, entry by entry: a number and the hash that covers all entries up to it.
///
/// For one thread.
public final class Chain {

    /*
     * hash(i) = SHA-256(hash(i-1) ‖ canonical(i)), hash(0) = 32 zero bytes.
     * canonical(i) = format (1 byte) ‖ seq ‖ timeMillis ‖ actor ‖ action ‖ resource ‖ decision ‖ rule ‖ revision
     *                ‖ requestId ‖ upstreamRequestId ‖ costPico
     * Numbers are 8 bytes, big-endian. Texts are UTF-8 behind their length in 4 bytes, big-endian, so that no two
     * different entries have the same bytes. The format byte leaves room for other fields: what was chained once can
     * never be rewritten.
     */
    static final byte FORMAT = 1;
    static final int HASH_BYTES = 32;

    /// Every entry whose number is a multiple of this is signed.
    public static final int SIGNED_EVERY = 1000;

    /// Actor, action, resource, decision and rule: the texts that repeat from entry to entry.
    static final int SHARED_TEXTS = 5;

    /// The shared texts and the two request ids.
    static final int TEXTS = 7;

    private final MessageDigest sha256 = sha256();
    private final Bytes canonical = new Bytes();
    private final byte[] hash = new byte[HASH_BYTES];
    private long seq;

    /// Goes to a place from which to follow on.
    public void start(Tail place) {
        seq = place.seq();
        System.arraycopy(place.hashBytes(), 0, hash, 0, HASH_BYTES);
    }

    /// Adds an entry; `texts` are its texts in the order above, encoded.
    void link(AuditEntry entry, byte[][] texts) {
        seq++;
        canonical.clear();
        canonical.addByte(FORMAT);
        canonical.addLong(seq);
        canonical.addLong(entry.timeMillis());
        for (int i = 0; i < SHARED_TEXTS; i++) {
            addText(texts[i]);
        }
        canonical.addLong(entry.revision());
        for (int i = SHARED_TEXTS; i < TEXTS; i++) {
            addText(texts[i]);
        }
        canonical.addLong(entry.costPico());
        try {
            sha256.update(hash);
            sha256.update(canonical.array(), 0, canonical.length());
            sha256.digest(hash, 0, HASH_BYTES);
        } catch (DigestException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// Adds an entry.
    public void link(AuditEntry entry) {
        String[] named = {
            entry.actor(),
            entry.action(),
            entry.resource(),
            entry.decision(),
            entry.rule(),
            entry.requestId(),
            entry.upstreamRequestId()
        };
        byte[][] texts = new byte[TEXTS][];
        for (int i = 0; i < TEXTS; i++) {
            texts[i] = named[i].getBytes(StandardCharsets.UTF_8);
        }
        link(entry, texts);
    }

    long seq() {
        return seq;
    }

    /// Where it is.
    public Tail place() {
        return Tail.of(seq, hash);
    }

    /// The first bytes of the hash, which are stored behind each entry.
    long mark() {
        return ByteBuffer.wrap(hash).getLong();
    }

    private void addText(byte[] text) {
        canonical.addInt(text.length);
        canonical.add(text);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
