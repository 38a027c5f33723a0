package ai.openlegion.audit;

import ai.openlegion.audit.ChainCheck.Broken;
import ai.openlegion.audit.ChainCheck.Intact;
import ai.openlegion.audit.Checkpoint.Purpose;
import ai.openlegion.store.Snapshot;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds how much of the audit's beginning is older than is to be kept. Believes no time that is not signed, and no
/// signature that the entries do not lead to: with the entries, what shows that they were altered is removed.
///
/// For one reading.
final class RetentionReader {

    private static final Logger LOG = System.getLogger("openlegion.audit");

    /// What one transaction removes, with those up to the next checkpoint.
    private static final int ROWS = 500;

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String ENDS = "SELECT last_seq FROM audit_group ORDER BY first_seq LIMIT ?";

    private final List<AuditKey> keys;
    private final long cutoffMillis;

    /// What was signed early enough.
    private final Map<Long, Checkpoint> old = new HashMap<>();

    private long bound;
    private Tail rowEnd = Tail.START;
    private Tail checked = Tail.START;
    private @Nullable String flaw;

    private RetentionReader(List<AuditKey> keys, long cutoffMillis) {
        this.keys = keys;
        this.cutoffMillis = cutoffMillis;
    }

    /// What is to be removed next.
    ///
    /// @param afterSeq the number of the last entry that was removed before
    /// @param place the last entry to be removed; that same one where nothing is that old
    /// @param flaw how the log is not what was signed; then nothing is to be removed
    record Cut(long afterSeq, Tail place, @Nullable String flaw) {}

    /// The next cut. What goes was signed before that time, and so was everything before it: a clock that was wrong for
    /// a while removes nothing. The last checkpoint always stays. Blocks.
    ///
    /// @param keys whose signatures count
    static Cut cut(Path database, List<AuditKey> keys, long cutoffMillis) {
        try (Snapshot snapshot = Snapshot.open(database, PATIENCE)) {
            try {
                return new RetentionReader(keys, cutoffMillis).cut(snapshot.connection());
            } catch (SQLException unreadable) {
                throw snapshot.explain(unreadable);
            }
        }
    }

    /// The place before the first entry that is kept. Blocks.
    static Tail base(Path database) {
        try (Snapshot snapshot = Snapshot.open(database, PATIENCE)) {
            try {
                return new TrailReader(snapshot.connection()).beginning();
            } catch (SQLException unreadable) {
                throw snapshot.explain(unreadable);
            }
        }
    }

    private Cut cut(Connection connection) throws SQLException {
        TrailReader trail = new TrailReader(connection);
        Tail beginning = trail.beginning();
        checked = beginning;
        bound = beginning.seq();
        Set<Long> ends = new HashSet<>();
        long last = ends(connection, ends);
        try (CheckpointReader rows = trail.checkpoints(beginning.seq() + 1)) {
            look(rows, last);
        } catch (IllegalArgumentException damaged) {
            flaw = damaged.getMessage();
        }
        if (flaw == null && bound > beginning.seq()) {
            follow(trail, beginning, ends);
        }
        return flaw == null ? new Cut(beginning.seq(), checked, null) : new Cut(beginning.seq(), beginning, flaw);
    }

    /* The ends of the first rows, as they say themselves. */
    private static long ends(Connection connection, Set<Long> ends) throws SQLException {
        long last = 0;
        try (PreparedStatement select = connection.prepareStatement(ENDS)) {
            select.setInt(1, ROWS);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    last = rows.getLong(1);
                    ends.add(last);
                }
            }
        }
        return last;
    }

    /* Up to the first that is not old, or the last there is, or behind those rows. */
    private void look(CheckpointReader rows, long last) throws SQLException {
        Checkpoint row = rows.next();
        for (Checkpoint next = rows.next(); row != null && next != null && bound < last; next = rows.next()) {
            Checkpoint here = row;
            if (here.timeMillis() >= cutoffMillis) {
                return;
            }
            if (keys.stream().noneMatch(key -> key.id().equals(here.keyId()))) {
                LOG.log(
                        Level.WARNING,
                        "audit not shortened: the checkpoint of entry {0} is by key {1}, which is not in"
                                + " the file of public keys",
                        here.seq(),
                        here.keyId());
                return;
            }
            if (keys.stream().noneMatch(key -> key.signed(Purpose.CHECKPOINT, here))) {
                flaw = "the checkpoint of entry " + here.seq() + " in the database is not what the mesh signed";
                return;
            }
            old.put(here.seq(), here);
            bound = here.seq();
            row = next;
        }
    }

    private void follow(TrailReader trail, Tail beginning, Set<Long> ends) throws SQLException {
        rowEnd = beginning;
        ChainCheck check = trail.follow(beginning, Long.MIN_VALUE, (recorded, place) -> {
            if (rowEnd.seq() == recorded.seq() - 1) {
                checked = rowEnd; // that row is whole: the next one has begun
            }
            if (recorded.seq() > bound) {
                return false;
            }
            Checkpoint signed = old.get(recorded.seq());
            if (signed != null && !signed.hash().equals(place.get().hash())) {
                flaw = "entries " + (beginning.seq() + 1) + " to " + recorded.seq()
                        + " are not those that the mesh signed";
                return false;
            }
            if (ends.contains(recorded.seq())) {
                rowEnd = place.get();
            }
            return true;
        });
        if (check instanceof Broken broken) {
            flaw = "entry " + broken.seq() + ": " + broken.why();
        } else if (check instanceof Intact intact) {
            flaw = "entries " + (intact.end().seq() + 1) + " to " + bound + " are missing";
        }
    }
}
