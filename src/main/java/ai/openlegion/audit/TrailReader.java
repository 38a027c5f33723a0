package ai.openlegion.audit;

import ai.openlegion.audit.ChainCheck.Broken;
import ai.openlegion.audit.ChainCheck.Intact;
import ai.openlegion.audit.ChainCheck.Stopped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The audit of a database as it lies there, read from its beginning; trusts no byte of it.
///
/// For one thread, on one connection; whoever wants one moment of it reads inside a transaction. A page of memory is
/// all it takes, however long the log is.
public final class TrailReader {

    /// Far above what a row of the longest entries has.
    private static final int ROW_BYTES = 64 << 20;

    private static final int META_CHARS = 1024;

    private static final String GROUPS = """
            SELECT first_seq, last_seq, CASE WHEN LENGTH(previous_hash) = 32 THEN previous_hash END,
              CASE WHEN LENGTH(hash) = 32 THEN hash END, CASE WHEN LENGTH(data) <= %d THEN data END
            FROM audit_group WHERE first_seq >= ? ORDER BY first_seq""".formatted(ROW_BYTES);
    private static final String HOLDER = "SELECT MAX(first_seq) FROM audit_group WHERE first_seq <= ?";
    private static final String HEADS = """
            SELECT first_seq, CASE WHEN LENGTH(previous_hash) = 32 THEN previous_hash END FROM audit_group""";
    private static final String META = "SELECT SUBSTR(value, 1, " + META_CHARS + ") FROM meta WHERE name = ?";

    private final Connection connection;

    public TrailReader(Connection connection) {
        this.connection = connection;
    }

    /// Sees each entry that is linked, with its place in the chain behind it; false = it wants no more.
    @FunctionalInterface
    public interface Follower {
        boolean linked(Recorded recorded, Supplier<Tail> place);
    }

    /// The signed beginning of what is kept, as it is stored; empty when there is none. [Checkpoint#parse] reads it.
    public Optional<String> base() throws SQLException {
        return meta(CheckpointTable.BASE);
    }

    /// The place before the first entry that is kept: the base's where it can be read, else the very beginning. Says
    /// nothing about its signature.
    public Tail beginning() throws SQLException {
        try {
            return base().map(text -> Checkpoint.parse(text).place()).orElse(Tail.START);
        } catch (IllegalArgumentException damaged) {
            return Tail.START;
        }
    }

    /// Where the chain ends, as the database remembers it; empty when that cannot be read.
    public Optional<Tail> end() throws SQLException {
        Optional<String> stored = meta(AuditTable.TAIL);
        if (stored.isEmpty()) {
            return Optional.of(Tail.START);
        }
        try {
            Tail tail = Tail.parse(stored.get());
            return tail.text().equals(stored.get()) ? Optional.of(tail) : Optional.empty();
        } catch (IllegalArgumentException damaged) {
            return Optional.empty();
        }
    }

    /// The checkpoints from this entry on, in order. To be closed.
    public CheckpointReader checkpoints(long fromSeq) throws SQLException {
        return new CheckpointReader(connection, fromSeq);
    }

    /// Hands over the entries from this number on, in order, until the taker returns false; checks nothing. Throws
    /// [IllegalArgumentException] where the stored bytes are not entries.
    public void read(long fromSeq, Predicate<Recorded> taker) throws SQLException {
        try (PreparedStatement groups = connection.prepareStatement(GROUPS)) {
            groups.setLong(1, firstSeqOfHolder(fromSeq));
            try (ResultSet rows = groups.executeQuery()) {
                while (rows.next()) {
                    byte[] data = rows.getBytes(5);
                    if (data == null) {
                        throw new IllegalArgumentException("the bytes of an entry are damaged");
                    }
                    GroupDecoder decoder = new GroupDecoder(data);
                    for (long seq = rows.getLong(1); decoder.hasNext(); seq++) {
                        Recorded recorded = new Recorded(seq, decoder.next());
                        if (seq >= fromSeq && !taker.test(recorded)) {
                            return;
                        }
                    }
                }
            }
        }
    }

    /// Follows the chain from [#beginning] to the end the database remembers, hash by hash.
    public ChainCheck follow(Follower follower) throws SQLException {
        Tail beginning = beginning();
        ChainCheck rows = follow(beginning, Long.MIN_VALUE, follower);
        if (!(rows instanceof Intact intact)) {
            return rows;
        }
        Tail place = intact.end();
        Optional<Tail> end = end();
        if (end.isEmpty()) {
            return new Broken(Flaw.EDITED, place.seq() + 1, "the remembered end of the chain is unreadable");
        }
        if (end.get().equals(place)) {
            return rows;
        }
        long remembered = end.get().seq();
        return remembered > place.seq()
                ? new Broken(Flaw.TRUNCATED, place.seq() + 1, "the chain ends here, but went on to entry " + remembered)
                : new Broken(
                        Flaw.EDITED,
                        Math.max(remembered, beginning.seq()) + 1,
                        "the remembered end of the chain, " + remembered + ", is not where it ends");
    }

    /// Follows the rows from that one on; they must lead on from that place.
    ChainCheck follow(Tail from, long firstSeq, Follower follower) throws SQLException {
        Chain chain = new Chain();
        Supplier<Tail> here = chain::place;
        Tail place = from;
        try (PreparedStatement groups = connection.prepareStatement(GROUPS)) {
            groups.setLong(1, firstSeq);
            try (ResultSet rows = groups.executeQuery()) {
                while (rows.next()) {
                    ChainCheck row = link(chain, place, rows, follower, here);
                    if (!(row instanceof Intact intact)) {
                        return row;
                    }
                    place = intact.end();
                }
            }
        }
        return new Intact(place);
    }

    private ChainCheck link(Chain chain, Tail place, ResultSet row, Follower follower, Supplier<Tail> here)
            throws SQLException {
        long seq = place.seq() + 1;
        long firstSeq = row.getLong(1);
        byte[] previous = row.getBytes(3);
        byte[] hash = row.getBytes(4);
        byte[] data = row.getBytes(5);
        if (firstSeq != seq) {
            return firstSeq > seq
                    ? new Broken(Flaw.REMOVED, seq, "missing: the next stored entry is " + firstSeq)
                    : new Broken(Flaw.EDITED, seq, "a row says that it begins with entry " + firstSeq);
        }
        if (previous == null || hash == null || data == null) {
            return new Broken(Flaw.EDITED, seq, "its row is damaged");
        }
        if (!Tail.of(place.seq(), previous).equals(place)) {
            return misplaced(data, seq, previous, "it was chained to another entry before it");
        }
        chain.start(place);
        GroupDecoder decoder = new GroupDecoder(data);
        for (; decoder.hasNext(); seq++) {
            AuditEntry entry;
            try {
                entry = decoder.next();
            } catch (IllegalArgumentException damaged) {
                return new Broken(Flaw.EDITED, seq, "its bytes are damaged");
            }
            chain.link(entry, decoder.texts());
            if (chain.mark() != decoder.mark()) {
                return seq == firstSeq
                        ? misplaced(data, seq, previous, "it was altered")
                        : new Broken(Flaw.EDITED, seq, "it was altered");
            }
            if (!follower.linked(new Recorded(seq, entry), here)) {
                return new Stopped();
            }
        }
        Tail reached = chain.place();
        if (reached.seq() == place.seq() || !reached.equals(Tail.of(row.getLong(2), hash))) {
            return new Broken(Flaw.EDITED, seq, "the row of the entries before it does not end where it says");
        }
        return new Intact(reached);
    }

    /* Looks for the place to which the row's first entry does belong: then nothing was altered, only moved. */
    private Broken misplaced(byte[] data, long seq, byte[] previous, String otherwise) throws SQLException {
        GroupDecoder decoder = new GroupDecoder(data);
        AuditEntry first;
        try {
            first = decoder.next();
        } catch (IllegalArgumentException damaged) {
            return new Broken(Flaw.EDITED, seq, "its bytes are damaged");
        }
        try (PreparedStatement heads = connection.prepareStatement(HEADS);
                ResultSet rows = heads.executeQuery()) {
            while (rows.next()) {
                long other = rows.getLong(1);
                byte[] before = rows.getBytes(2);
                if (other != seq
                        && (fits(first, decoder, other, previous)
                                || (before != null && fits(first, decoder, other, before)))) {
                    return new Broken(Flaw.REORDERED, seq, "in its place stands what was written as entry " + other);
                }
            }
        }
        return new Broken(Flaw.EDITED, seq, otherwise);
    }

    private static boolean fits(AuditEntry entry, GroupDecoder decoder, long seq, byte[] previous) {
        Chain chain = new Chain();
        chain.start(Tail.of(seq - 1, previous));
        chain.link(entry, decoder.texts());
        return chain.mark() == decoder.mark();
    }

    /// The number of the first entry of the row that should hold the given entry; without such a row, the entry's own.
    long firstSeqOfHolder(long seq) throws SQLException {
        try (PreparedStatement holder = connection.prepareStatement(HOLDER)) {
            holder.setLong(1, seq);
            try (ResultSet row = holder.executeQuery()) {
                long first = row.next() ? row.getLong(1) : 0;
                return row.wasNull() ? seq : first;
            }
        }
    }

    /// The place before a row, as the row itself has it; the very beginning where there is no such row.
    Tail placeBefore(long firstSeq) throws SQLException {
        try (PreparedStatement heads = connection.prepareStatement(HEADS + " WHERE first_seq = ?")) {
            heads.setLong(1, firstSeq);
            try (ResultSet row = heads.executeQuery()) {
                byte[] before = row.next() ? row.getBytes(2) : null;
                return before == null ? Tail.START : Tail.of(firstSeq - 1, before);
            }
        }
    }

    private Optional<String> meta(String name) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(META)) {
            select.setString(1, name);
            try (ResultSet row = select.executeQuery()) {
                @Nullable String value = row.next() ? row.getString(1) : null;
                return Optional.ofNullable(value);
            }
        }
    }
}
