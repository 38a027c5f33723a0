package ai.openlegion.audit;

import ai.openlegion.audit.ChainCheck.Broken;
import ai.openlegion.audit.ChainCheck.Intact;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the audit back and checks its chain; trusts no byte of it.
public final class AuditReader {

    private AuditReader() {}

    /// The entries with numbers from `fromSeq` on, at most `max`, in their order. Throws [IllegalArgumentException]
    /// where
    /// the stored bytes are not entries.
    public static List<Recorded> read(Connection connection, long fromSeq, int max) throws SQLException {
        AuditTable table = new AuditTable();
        List<Recorded> found = new ArrayList<>();
        long before = table.firstSeqOfHolder(connection, fromSeq) - 1;
        for (AuditGroup group = table.after(connection, before);
                group != null && found.size() < max;
                group = table.after(connection, group.firstSeq())) {
            for (Recorded recorded : decode(group.data())) {
                if (recorded.seq() >= fromSeq && found.size() < max) {
                    found.add(recorded);
                }
            }
        }
        return found;
    }

    /// The entries in one group's `data`. Throws [IllegalArgumentException] when the bytes are not entries.
    public static List<Recorded> decode(byte[] data) {
        List<Recorded> entries = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(data);
        while (bytes.hasRemaining()) {
            entries.add(next(bytes));
        }
        return entries;
    }

    /// Follows the chain from its first entry to the end the database remembers.
    public static ChainCheck verifyChain(Connection connection) throws SQLException {
        AuditTable table = new AuditTable();
        Chain chain = new Chain();
        Tail place = Tail.START;
        for (AuditGroup group = table.after(connection, Long.MIN_VALUE);
                group != null;
                group = table.after(connection, group.firstSeq())) {
            @Nullable Broken broken = check(chain, place, group);
            if (broken != null) {
                return broken;
            }
            place = group.tail();
        }
        Tail end;
        try {
            end = table.tail(connection);
        } catch (IllegalArgumentException notOurs) {
            return new Broken(place.seq() + 1, "the remembered end of the chain is unreadable");
        }
        return end.equals(place)
                ? new Intact(place.seq())
                : new Broken(place.seq() + 1, "the chain ends here, but went on to entry " + end.seq());
    }

    private static @Nullable Broken check(Chain chain, Tail place, AuditGroup group) {
        long seq = place.seq() + 1;
        if (group.firstSeq() != seq) {
            return new Broken(seq, "missing: the next stored entry is " + group.firstSeq());
        }
        if (!group.previous().equals(place)) {
            return new Broken(seq, "it was chained to another entry before it");
        }
        byte[] hash = place.hashBytes();
        ByteBuffer bytes = ByteBuffer.wrap(group.data());
        while (bytes.hasRemaining()) {
            int start = bytes.position();
            try {
                if (next(bytes).seq() != seq) {
                    return new Broken(seq, "another number stands in its bytes");
                }
            } catch (IllegalArgumentException damaged) {
                return new Broken(seq, "its bytes are damaged");
            }
            chain.link(hash, group.data(), start, bytes.position() - Chain.MARK_BYTES);
            if (Chain.mark(hash) != bytes.getLong(bytes.position() - Chain.MARK_BYTES)) {
                return new Broken(seq, "it was altered");
            }
            seq++;
        }
        return Tail.of(seq - 1, hash).equals(group.tail())
                ? null
                : new Broken(seq, "the row of the entries before it does not end where it says");
    }

    private static Recorded next(ByteBuffer bytes) {
        try {
            byte format = bytes.get();
            if (format != Chain.FORMAT) {
                throw new IllegalArgumentException("an entry of unknown format " + format);
            }
            long seq = bytes.getLong();
            AuditEntry entry = new AuditEntry(
                    bytes.getLong(),
                    text(bytes),
                    text(bytes),
                    text(bytes),
                    text(bytes),
                    text(bytes),
                    bytes.getLong(),
                    text(bytes),
                    text(bytes),
                    bytes.getLong());
            bytes.getLong(); // the mark, of use to a check only
            return new Recorded(seq, entry);
        } catch (BufferUnderflowException | CharacterCodingException damaged) {
            throw new IllegalArgumentException("the bytes of an entry are damaged", damaged);
        }
    }

    private static String text(ByteBuffer bytes) throws CharacterCodingException {
        int length = bytes.getInt();
        if (length < 0 || length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer slice = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        return StandardCharsets.UTF_8.newDecoder().decode(slice).toString();
    }
}
