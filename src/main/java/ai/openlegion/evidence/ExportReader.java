package ai.openlegion.evidence;

import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.ChainCheck;
import ai.openlegion.audit.ChainCheck.Broken;
import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.CheckpointReader;
import ai.openlegion.audit.Recorded;
import ai.openlegion.audit.Tail;
import ai.openlegion.audit.TrailReader;
import ai.openlegion.evidence.ExportFormat.End;
import ai.openlegion.evidence.ExportFormat.Entry;
import ai.openlegion.evidence.ExportFormat.Head;
import ai.openlegion.store.Snapshot;
import ai.openlegion.store.StoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Writes a part of a home's log, or all of it, as a file that can be verified by itself.
final class ExportReader {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Range range;
    private final List<AuditKey> keys;
    private final OutputStream out;
    private final MessageDigest sha256 = FileLines.sha256();
    private Tail place = Tail.START;
    private boolean begun;
    private long entries;
    private long checkpoints;
    private @Nullable Checkpoint next;

    private ExportReader(Range range, List<AuditKey> keys, OutputStream out) {
        this.range = range;
        this.keys = keys;
        this.out = out;
    }

    /// Writes what is in the range, one moment of the database.
    ///
    /// @throws EvidenceException when the log cannot be read, or is broken before the end of the range: what is
    ///     written by then is not whole
    static Exported write(Path database, Range range, List<AuditKey> keys, OutputStream out)
            throws EvidenceException, IOException {
        try (Snapshot snapshot = Snapshot.open(database, PATIENCE)) {
            try {
                return new ExportReader(range, keys, out).write(new TrailReader(snapshot.connection()));
            } catch (SQLException unreadable) {
                throw snapshot.explain(unreadable);
            } catch (Interrupted walk) {
                if (walk.getCause() instanceof SQLException unreadable) {
                    throw snapshot.explain(unreadable);
                }
                throw new IOException(String.valueOf(walk.getCause()), walk);
            }
        } catch (StoreException unreadable) {
            throw EvidenceException.unreadable(String.valueOf(unreadable.getMessage()));
        }
    }

    private Exported write(TrailReader trail) throws SQLException, IOException, EvidenceException {
        String base = trail.base()
                .orElseThrow(() -> EvidenceException.unreadable(
                        "the signed beginning of the log is missing; see: openlegion audit verify"));
        try {
            var _ = Checkpoint.parse(base);
        } catch (IllegalArgumentException damaged) {
            throw EvidenceException.unreadable(
                    "the signed beginning of the log is damaged; see: openlegion audit verify");
        }
        Tail beginning = trail.beginning();
        place = beginning;
        try (CheckpointReader rows = trail.checkpoints(beginning.seq() + 1)) {
            next = rows.next();
            ChainCheck chain = trail.follow((recorded, here) -> take(recorded, here, base, rows));
            if (chain instanceof Broken broken) {
                throw EvidenceException.unreadable(
                        "the log is broken (" + broken.flaw().word() + ") at entry " + broken.seq() + ": "
                                + broken.why() + "; see: openlegion audit verify");
            }
        } catch (IllegalArgumentException damaged) {
            throw EvidenceException.unreadable(damaged.getMessage() + "; see: openlegion audit verify");
        }
        if (!begun) {
            line(new Head(place, base, keys).line());
        }
        String digest = HexFormat.of().formatHex(sha256.digest());
        out.write((new End(place, entries, checkpoints, digest).line() + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
        return new Exported(entries, place.seq() - entries + 1, place.seq(), checkpoints);
    }

    private boolean take(Recorded recorded, Supplier<Tail> here, String base, CheckpointReader rows) {
        try {
            Checkpoint signed = nextAt(recorded.seq(), rows);
            if (!begun && !range.begins(recorded)) {
                place = here.get();
                return true;
            }
            if (range.ends(recorded)) {
                return false;
            }
            if (!begun) {
                begun = true;
                line(new Head(place, base, keys).line());
            }
            place = here.get();
            entries++;
            line(new Entry(recorded, place.hash()).line());
            if (signed != null) {
                checkpoints++;
                line(ExportFormat.line(signed));
            }
            return true;
        } catch (IOException | SQLException failure) {
            throw new Interrupted(failure);
        }
    }

    private @Nullable Checkpoint nextAt(long seq, CheckpointReader rows) throws SQLException {
        while (next != null && next.seq() < seq) {
            next = rows.next();
        }
        Checkpoint found = next;
        return found != null && found.seq() == seq ? found : null;
    }

    private void line(String text) throws IOException {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        sha256.update(bytes);
        out.write(bytes);
    }
}
