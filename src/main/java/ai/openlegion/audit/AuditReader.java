package ai.openlegion.audit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// Reads a few entries of the audit back as a list.
public final class AuditReader {

    private AuditReader() {}

    /// The entries with numbers from `fromSeq` on, at most `max`, in their order. Throws [IllegalArgumentException]
    /// where the stored bytes are not entries.
    public static List<Recorded> read(Connection connection, long fromSeq, int max) throws SQLException {
        List<Recorded> found = new ArrayList<>();
        if (max > 0) {
            new TrailReader(connection).read(fromSeq, recorded -> {
                found.add(recorded);
                return found.size() < max;
            });
        }
        return found;
    }

    /// The entries in one row's `data`, given the row's `first_seq`. Throws [IllegalArgumentException] when the bytes
    /// are not entries.
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
        return new TrailReader(connection).follow((_, _) -> true);
    }
}
