package ai.openlegion.audit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/// The chaining of entries: canonical bytes, and a hash over the hash before and those bytes.
///
/// For one thread.
final class Chain {

    /*
     * hash(i) = SHA-256(hash(i-1) ‖ canonical(i)), hash(0) = 32 zero bytes.
     * canonical(i) = format (1 byte) ‖ seq ‖ timeMillis ‖ actor ‖ action ‖ resource ‖ decision ‖ rule ‖ revision
     *                ‖ requestId ‖ upstreamRequestId ‖ costPico
     * A row's data is canonical(i) ‖ the first 8 bytes of hash(i), for each of its entries: without those bytes a check
     * could tell that a row was altered, but not which entry.
     * Numbers are 8 bytes, big-endian. Texts are UTF-8 behind their length in 4 bytes, big-endian, so that no two
     * different entries have the same bytes. The format byte leaves room for other fields: what was chained once can
     * never be rewritten.
     */
    static final byte FORMAT = 1;
    static final int HASH_BYTES = 32;
    static final int MARK_BYTES = Long.BYTES;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final int BUFFER_BYTES_KEPT = 1 << 20;

    private final MessageDigest sha256 = sha256();
    private byte[] buffer = new byte[64 << 10];
    private int length;

    /// The entries as a group that follows the given place.
    AuditGroup extend(Tail previous, List<AuditEntry> entries, long timeMillis) {
        length = 0;
        long seq = previous.seq();
        byte[] hash = previous.hashBytes();
        for (AuditEntry entry : entries) {
            int start = length;
            seq++;
            append(seq, entry);
            link(hash, buffer, start, length);
            number(mark(hash));
        }
        AuditGroup group = new AuditGroup(previous, Tail.of(seq, hash), timeMillis, Arrays.copyOf(buffer, length));
        if (buffer.length > BUFFER_BYTES_KEPT) {
            buffer = new byte[BUFFER_BYTES_KEPT];
        }
        return group;
    }

    /// Replaces the hash by that of the entry which follows it.
    void link(byte[] hash, byte[] data, int start, int end) {
        try {
            sha256.update(hash);
            sha256.update(data, start, end - start);
            sha256.digest(hash, 0, hash.length);
        } catch (DigestException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// The bytes of an entry's hash that stand behind it.
    static long mark(byte[] hash) {
        return (long) LONG.get(hash, 0);
    }

    private void append(long seq, AuditEntry entry) {
        room(1);
        buffer[length++] = FORMAT;
        number(seq);
        number(entry.timeMillis());
        text(entry.actor());
        text(entry.action());
        text(entry.resource());
        text(entry.decision());
        text(entry.rule());
        number(entry.revision());
        text(entry.requestId());
        text(entry.upstreamRequestId());
        number(entry.costPico());
    }

    private void number(long value) {
        room(Long.BYTES);
        LONG.set(buffer, length, value);
        length += Long.BYTES;
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        room(Integer.BYTES + bytes.length);
        INT.set(buffer, length, bytes.length);
        System.arraycopy(bytes, 0, buffer, length + Integer.BYTES, bytes.length);
        length += Integer.BYTES + bytes.length;
    }

    private void room(int bytes) {
        if (buffer.length - length < bytes) {
            buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, length + bytes));
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
