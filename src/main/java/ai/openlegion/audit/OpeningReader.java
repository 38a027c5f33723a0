package ai.openlegion.audit;

import ai.openlegion.audit.ChainCheck.Broken;
import ai.openlegion.audit.ChainCheck.Intact;
import ai.openlegion.audit.Checkpoint.Purpose;
import ai.openlegion.store.Snapshot;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Finds what a start has to sign or to mend before anything new is recorded, and whether the log is still the one that
/// was signed: the signatures of a start are good ones, so they must not cover what somebody made meanwhile.
///
/// For one reading.
final class OpeningReader {

    private static final Logger LOG = System.getLogger("openlegion.audit");
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int FLAWS = 10;

    private final AuditKeyFiles keys;
    private final CheckpointFiles files;
    private final LastSigned memory;
    private final long nowMillis;
    private final List<String> flaws = new ArrayList<>();
    private long first = 1;
    private final List<AuditKey> known = new ArrayList<>();

    /// What the mesh signed for entries behind the last checkpoint in the database.
    private final NavigableMap<Long, Checkpoint> signed = new TreeMap<>();

    OpeningReader(AuditKeyFiles keys, CheckpointFiles files, LastSigned memory, long nowMillis) {
        this.keys = keys;
        this.files = files;
        this.memory = memory;
        this.nowMillis = nowMillis;
    }

    /// What a start finds.
    ///
    /// @param key that signs from now on
    /// @param earlierKey the id of the key that signed last, empty if none did
    /// @param base to be stored, where there was none
    /// @param mended checkpoints that a crash left in the files alone, to be stored
    /// @param newest the checkpoint of the last entry that is signed, with these; null where none is
    /// @param signedSeq the number of that entry; without one, of the last that is not kept
    /// @param marks places behind that which have to be signed whatever the time
    /// @param end the last entry of the chain
    /// @param flaws how the log is not what was signed, a phrase each
    record Opening(
            SigningKey key,
            String earlierKey,
            @Nullable Checkpoint base,
            List<Checkpoint> mended,
            @Nullable Checkpoint newest,
            long signedSeq,
            List<Tail> marks,
            Tail end,
            List<String> flaws) {}

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
        Optional<SigningKey> there = keys.key();
        known.addAll(keys.keys());
        there.map(SigningKey::open).ifPresent(known::add);
        Tail beginning = trail.beginning();
        first = beginning.seq() + 1;
        @Nullable Checkpoint last = last(connection, end.seq());
        Tail from = last == null ? beginning : last.place();
        List<Checkpoint> lines = files.open();
        List<Checkpoint> mended = new ArrayList<>();
        for (Checkpoint line : lines) {
            if (line.seq() > from.seq() && isSigned(Purpose.CHECKPOINT, line)) {
                if (line.seq() <= end.seq()) {
                    mended.add(line);
                }
                signed.put(line.seq(), line);
            }
        }
        @Nullable Checkpoint newest = mended.isEmpty() ? last : mended.getLast();
        Optional<String> storedBase = trail.base();
        String earlierKey = newest != null
                ? newest.keyId()
                : storedBase.map(OpeningReader::keyId).orElse("");
        SigningKey key = there.isPresent() ? there.get() : first(earlierKey, !lines.isEmpty());
        compareMemory(from);
        if (storedBase.isPresent()) {
            compareBase(storedBase.get());
        } else if (newest != null || !signed.isEmpty()) {
            flaw("the signed beginning of the log was removed");
        }
        if (!signed.isEmpty() && signed.lastKey() > end.seq()) {
            flaw("entries " + (end.seq() + 1) + " to " + signed.lastKey() + ", which the mesh signed, are missing");
        }
        long signedSeq = newest == null ? from.seq() : newest.seq();
        List<Tail> marks = marks(trail, from, end, signedSeq);
        @Nullable Checkpoint base = storedBase.isPresent() ? null : key.sign(Purpose.BASE, Tail.START, nowMillis);
        return new Opening(key, earlierKey, base, mended, newest, signedSeq, marks, end, flaws);
    }

    private void flaw(String phrase) {
        if (flaws.size() < FLAWS) {
            flaws.add(phrase);
        }
    }

    private static String keyId(String base) {
        try {
            return Checkpoint.parse(base).keyId();
        } catch (IllegalArgumentException damaged) {
            return "unknown";
        }
    }

    /* A key that is not known may be one whose public half was mislaid; it is used for nothing, but blamed for nothing. */
    private boolean isForged(Purpose purpose, Checkpoint checkpoint) {
        return known.stream().anyMatch(each -> each.id().equals(checkpoint.keyId())) && !isSigned(purpose, checkpoint);
    }

    private boolean isSigned(Purpose purpose, Checkpoint checkpoint) {
        return known.stream().anyMatch(each -> each.signed(purpose, checkpoint));
    }

    /* The last good one up to the end: what somebody put behind it is not where the unsigned part begins. */
    private @Nullable Checkpoint last(Connection connection, long endSeq) throws SQLException {
        try (CheckpointReader rows = CheckpointReader.downwards(connection)) {
            while (true) {
                try {
                    Checkpoint row = rows.next();
                    if (row == null) {
                        return null;
                    }
                    if (isForged(Purpose.CHECKPOINT, row)) {
                        flaw("the checkpoint of entry " + row.seq() + " in the database is not what the mesh signed");
                    } else if (isSigned(Purpose.CHECKPOINT, row)) {
                        if (row.seq() <= endSeq) {
                            return row;
                        }
                        signed.put(row.seq(), row);
                    }
                } catch (IllegalArgumentException damaged) {
                    flaw(String.valueOf(damaged.getMessage()));
                }
            }
        }
    }

    /* A key that is gone is not replaced in silence: every signature from then on would be by a stranger's. */
    private SigningKey first(String earlierKey, boolean hasLines) throws IOException {
        if (earlierKey.isEmpty() && !hasLines && keys.keys().isEmpty()) {
            return keys.begin();
        }
        throw new IOException(keys.secretFile() + ", the key that signs the audit, is gone"
                + (earlierKey.isEmpty() ? "" : ", and the audit was signed with it (key " + earlierKey + ")")
                + ": put it back from a copy. If it is lost, make a new one, which shows in the audit for ever:"
                + " openlegion audit key --new");
    }

    /* What the mesh remembers outside of the database and its checkpoints tells when both were cut back or made anew. */
    private void compareMemory(Tail from) {
        Optional<Checkpoint> stored;
        try {
            stored = memory.read();
        } catch (IOException unreadable) {
            LOG.log(Level.WARNING, "what was signed last is not known detail=" + unreadable.getMessage());
            return;
        }
        if (stored.isEmpty() || !isSigned(Purpose.CHECKPOINT, stored.get())) {
            return; // none yet, or by a key that is not known any more
        }
        Checkpoint remembered = stored.get();
        if (remembered.seq() > from.seq()) {
            if (!signed.containsKey(remembered.seq())) {
                flaw("the checkpoint of entry " + remembered.seq()
                        + " was removed from the database and from data/checkpoints");
            }
            signed.put(remembered.seq(), remembered);
        } else if (remembered.seq() == from.seq() && !remembered.hash().equals(from.hash())) {
            flaw(remade(first, remembered.seq()));
        }
    }

    private void compareBase(String stored) {
        boolean isWrong;
        try {
            isWrong = isForged(Purpose.BASE, Checkpoint.parse(stored));
        } catch (IllegalArgumentException damaged) {
            isWrong = true;
        }
        if (isWrong) {
            flaw("the signed beginning of the log is not what the mesh signed");
        }
    }

    private static String remade(long first, long last) {
        return "entries " + first + " to " + last + " are not those that the mesh signed";
    }

    /* Follows what is behind the last checkpoint, from the row that holds its first entry; gives what is to be signed. */
    private List<Tail> marks(TrailReader trail, Tail from, Tail end, long signedSeq) throws SQLException {
        List<Tail> marks = new ArrayList<>();
        if (end.seq() <= from.seq()) {
            if (!end.equals(from)) {
                flaw(
                        end.seq() < from.seq()
                                ? "entries " + (end.seq() + 1) + " to " + from.seq() + " are missing"
                                : remade(first, end.seq()));
            }
            return marks;
        }
        // A checkpoint may lie in the midst of a row, whose beginning is the first place that is known.
        long firstSeq = trail.firstSeqOfHolder(from.seq() + 1);
        Tail before = from;
        if (firstSeq <= from.seq()) {
            before = trail.placeBefore(firstSeq);
        }
        ChainCheck check = trail.follow(before, firstSeq, (recorded, place) -> {
            long seq = recorded.seq();
            if (seq == from.seq() && !place.get().equals(from)) {
                flaw(remade(first, seq));
            }
            Checkpoint witness = signed.get(seq);
            if (witness != null && !witness.hash().equals(place.get().hash())) {
                flaw(remade(from.seq() + 1, seq));
            }
            if (seq > signedSeq && seq % Chain.SIGNED_EVERY == 0) {
                marks.add(place.get());
            }
            return true;
        });
        if (check instanceof Broken broken) {
            flaw("entry " + broken.seq() + ": " + broken.why());
        } else if (check instanceof Intact intact && !intact.end().equals(end)) {
            flaw("entry " + (Math.min(intact.end().seq(), end.seq()) + 1) + ": the remembered end of the chain, "
                    + end.seq() + ", is not where it ends");
        }
        return marks;
    }
}
