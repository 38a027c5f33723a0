package ai.openlegion.audit;

import ai.openlegion.audit.ChainCheck.Broken;
import ai.openlegion.audit.Checkpoint.Purpose;
import ai.openlegion.store.Snapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Finds what a start has to sign or to mend before anything new is recorded.
final class OpeningReader {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String LAST = "SELECT MAX(seq) FROM audit_checkpoint WHERE seq <= ?";

    private final AuditKeyFiles keys;
    private final CheckpointFiles files;
    private final long nowMillis;

    OpeningReader(AuditKeyFiles keys, CheckpointFiles files, long nowMillis) {
        this.keys = keys;
        this.files = files;
        this.nowMillis = nowMillis;
    }

    /// What a start finds.
    ///
    /// @param key that signs from now on
    /// @param earlierKey the id of the key that signed last, empty if none did
    /// @param base to be stored, where there was none
    /// @param mended checkpoints that a crash left in the files alone, to be stored
    /// @param signedSeq the number of the last entry that is signed, with these
    /// @param marks places behind that which have to be signed whatever the time
    /// @param end the last entry of the chain
    /// @param flaw why the part behind the last checkpoint cannot be followed; null where it can
    record Opening(
            SigningKey key,
            String earlierKey,
            @Nullable Checkpoint base,
            List<Checkpoint> mended,
            long signedSeq,
            List<Tail> marks,
            Tail end,
            @Nullable String flaw) {}

    /// Reads database, key and files, and makes what is missing of the latter; blocks. Nothing may be recorded
    /// meanwhile.
    ///
    /// @throws IOException with a sentence for the operator where the key is gone, though there was one
    Opening read(Path database) throws IOException {
        try (Snapshot snapshot = Snapshot.open(database, PATIENCE)) {
            try {
                return read(snapshot.connection());
            } catch (SQLException unreadable) {
                throw snapshot.explain(unreadable);
            }
        }
    }

    private Opening read(Connection connection) throws IOException, SQLException {
        TrailReader trail = new TrailReader(connection);
        Tail end = trail.end()
                .orElseThrow(
                        () -> new IOException(
                                "the remembered end of the audit's chain is damaged; see: openlegion audit verify. Restore a copy"));
        Optional<String> storedBase = trail.base();
        Tail beginning = trail.beginning();
        @Nullable Checkpoint last = last(trail, connection, end.seq());
        List<Checkpoint> lines = files.open();
        String earlierKey = last != null
                ? last.keyId()
                : storedBase.map(OpeningReader::keyId).orElse("");
        SigningKey key = key(earlierKey, !lines.isEmpty());
        List<Checkpoint> mended = new ArrayList<>();
        List<AuditKey> known = keys.keys();
        for (Checkpoint line : lines) {
            if (line.seq() > (last == null ? beginning.seq() : last.seq())
                    && line.seq() <= end.seq()
                    && known.stream().anyMatch(each -> each.signed(Purpose.CHECKPOINT, line))) {
                mended.add(line);
            }
        }
        @Nullable Checkpoint base = storedBase.isPresent() ? null : key.sign(Purpose.BASE, Tail.START, nowMillis);
        Tail from = last == null ? beginning : last.place();
        long signedSeq = mended.isEmpty() ? from.seq() : mended.getLast().seq();
        List<Tail> marks = new ArrayList<>();
        @Nullable String flaw = marks(trail, connection, from, end, signedSeq, marks);
        return new Opening(key, earlierKey, base, mended, signedSeq, marks, end, flaw);
    }

    private static String keyId(String base) {
        try {
            return Checkpoint.parse(base).keyId();
        } catch (IllegalArgumentException damaged) {
            return "unknown";
        }
    }

    private static @Nullable Checkpoint last(TrailReader trail, Connection connection, long endSeq)
            throws SQLException {
        long seq;
        try (PreparedStatement select = connection.prepareStatement(LAST)) {
            select.setLong(1, endSeq);
            try (ResultSet row = select.executeQuery()) {
                seq = row.next() ? row.getLong(1) : 0;
            }
        }
        if (seq <= 0) {
            return null;
        }
        try (CheckpointReader rows = trail.checkpoints(seq)) {
            return rows.next();
        } catch (IllegalArgumentException damaged) {
            return null;
        }
    }

    /* A key that is gone is not replaced in silence: every signature from then on would be by a stranger's. */
    private SigningKey key(String earlierKey, boolean hasLines) throws IOException {
        Optional<SigningKey> there = keys.key();
        if (there.isPresent()) {
            return there.get();
        }
        if (earlierKey.isEmpty() && !hasLines && keys.keys().isEmpty()) {
            return keys.create();
        }
        throw new IOException(keys.secretFile() + ", the key that signs the audit, is gone"
                + (earlierKey.isEmpty() ? "" : ", and the audit was signed with it (key " + earlierKey + ")")
                + ": put it back from a copy. If it is lost, make a new one, which shows in the audit for ever:"
                + " openlegion audit key --new");
    }

    /* Follows the unsigned part, from the row that holds its first entry. */
    private static @Nullable String marks(
            TrailReader trail, Connection connection, Tail from, Tail end, long signedSeq, List<Tail> marks)
            throws SQLException {
        if (end.seq() <= signedSeq) {
            return null;
        }
        // A checkpoint may lie in the midst of a row, whose beginning is the first place that is known.
        long firstSeq = trail.firstSeqOfHolder(from.seq() + 1);
        Tail before = from;
        if (firstSeq <= from.seq()) {
            before = trail.placeBefore(firstSeq);
        }
        ChainCheck check = trail.follow(before, firstSeq, (recorded, place) -> {
            if (recorded.seq() > signedSeq && recorded.seq() % Chain.SIGNED_EVERY == 0) {
                marks.add(place.get());
            }
            return true;
        });
        return check instanceof Broken broken ? "entry " + broken.seq() + ": " + broken.why() : null;
    }
}
