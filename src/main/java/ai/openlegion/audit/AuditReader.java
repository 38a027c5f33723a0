package ai.openlegion.audit;

import ai.openlegion.audit.ChainCheck.Broken;
import ai.openlegion.audit.ChainCheck.Intact;
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
            for (Recorded recorded : decode(group.firstSeq(), group.data())) {
                if (recorded.seq() >= fromSeq && found.size() < max) {
                    found.add(recorded);
                }
            }
        }
        return found;
    }

    /// The entries in one row's `data`, given the row's `first_seq`. Throws [IllegalArgumentException] when the bytes
    /// are
    /// not entries.
    public static List<Recorded> decode(long firstSeq, byte[] data) {
        List<Recorded> entries = new ArrayList<>();
        GroupDecoder decoder = new GroupDecoder(data);
        for (long seq = firstSeq; decoder.hasNext(); seq++) {
            entries.add(new Recorded(seq, decoder.next()));
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
        chain.start(place);
        GroupDecoder decoder = new GroupDecoder(group.data());
        for (; decoder.hasNext(); seq++) {
            try {
                chain.link(decoder.next(), decoder.texts());
            } catch (IllegalArgumentException damaged) {
                return new Broken(seq, "its bytes are damaged");
            }
            if (chain.mark() != decoder.mark()) {
                return new Broken(seq, "it was altered");
            }
        }
        return chain.place().equals(group.tail())
                ? null
                : new Broken(seq, "the row of the entries before it does not end where it says");
    }
}
