package ai.openlegion.evidence;

import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.CheckpointLines;
import ai.openlegion.audit.CheckpointLines.Line;
import ai.openlegion.audit.CheckpointReader;
import ai.openlegion.audit.Flaw;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The checkpoints of a home in the order of their entries: from the table, from the files, and from outside of both;
/// tells where these do not agree.
final class WitnessReader {

    /// What the mesh signs at one go, and so what a crash can leave in the files alone, was signed within this time.
    private static final long ONE_GO_MILLIS = 10_000;

    private final Proof proof;
    private final long beforeSeq;
    private final CheckpointReader table;
    private final Lines files;
    private final Kept kept;
    private @Nullable Checkpoint row;
    private @Nullable Checkpoint onlyInFiles;
    private @Nullable Finding disagreement;

    /// @param beforeSeq the last entry that is not kept any more
    WitnessReader(Proof proof, long beforeSeq, CheckpointReader table, CheckpointLines files, Kept kept)
            throws SQLException, IOException {
        this.proof = proof;
        this.beforeSeq = beforeSeq;
        this.table = table;
        this.files = new Lines(files);
        this.kept = kept;
        kept.upTo(beforeSeq).forEach(each -> each.forEach(proof::before));
        row = nextRow();
    }

    /// The checkpoints of this entry; asked for each entry, in order.
    List<Seen> of(long seq) throws SQLException, IOException {
        if (!isDue(seq)) {
            return List.of();
        }
        List<Seen> found = new ArrayList<>();
        boolean inTable = false;
        while (row != null && row.seq() <= seq && !proof.failed()) {
            if (row.seq() < seq) {
                proof.fail(Finding.at(
                        Flaw.EDITED, row.seq(), "the database has a checkpoint of an entry that is not kept"));
                break;
            }
            inTable = true;
            found.add(new Seen(row, "in the database"));
            row = nextRow();
        }
        int rows = found.size();
        boolean inFilesBefore = files.take(seq, found);
        if (inTable) {
            compare(seq, found.size() > rows);
        } else if (inFilesBefore) {
            alone(seq, found.getFirst().checkpoint());
        }
        found.addAll(kept.of(seq));
        return found;
    }

    private boolean isDue(long seq) {
        return (row != null && row.seq() <= seq) || files.isDue(seq) || kept.has(seq);
    }

    /// How the sources did not agree on the entry asked for last; null where they did. What the signatures tell comes
    /// before it.
    @Nullable
    Finding disagreement() {
        return disagreement;
    }

    private void compare(long seq, boolean inFiles) {
        Checkpoint alone = onlyInFiles;
        if (alone != null) {
            disagreement = Finding.at(
                    Flaw.UNSIGNED,
                    alone.seq(),
                    "its checkpoint was removed from the database, and is in" + " data/checkpoints");
        } else if (!inFiles) {
            disagreement = Finding.at(
                    Flaw.UNSIGNED,
                    seq,
                    "its checkpoint was removed from data/checkpoints, and is in the" + " database");
        }
    }

    private void alone(long seq, Checkpoint here) {
        Checkpoint first = onlyInFiles;
        if (first == null) {
            onlyInFiles = here;
        } else if (Math.abs(here.timeMillis() - first.timeMillis()) > ONE_GO_MILLIS) {
            disagreement = Finding.at(
                    Flaw.UNSIGNED,
                    first.seq(),
                    "its checkpoint, and others up to that of entry " + seq
                            + ", were removed from the database, and are in data/checkpoints");
        }
    }

    /// What is left when the entries have ended.
    void end(long lastSeq) throws SQLException, IOException {
        while (row != null && !proof.failed()) {
            if (row.seq() > lastSeq) {
                proof.beyond(new Seen(row, "in the database"));
            } else {
                proof.fail(Finding.at(
                        Flaw.EDITED, row.seq(), "the database has a checkpoint of an entry that is not kept"));
            }
            row = nextRow();
        }
        files.rest(lastSeq);
        kept.behind(lastSeq).forEach(each -> each.forEach(proof::beyond));
        if (onlyInFiles != null) {
            proof.note("the newest checkpoints, from that of entry " + onlyInFiles.seq()
                    + " on, are in data/checkpoints alone: the mesh ended while it stored them");
        }
    }

    private @Nullable Checkpoint nextRow() throws SQLException {
        try {
            return table.next();
        } catch (IllegalArgumentException damaged) {
            proof.fail(Finding.at(Flaw.EDITED, proof.signedTo() + 1, String.valueOf(damaged.getMessage())));
            return null;
        }
    }

    /// The lines of one source, with the next one looked at already.
    private final class Lines {
        private final CheckpointLines lines;
        private @Nullable Seen next;
        private boolean early;
        private long latest = Long.MIN_VALUE;

        Lines(CheckpointLines lines) throws IOException {
            this.lines = lines;
            advance();
            while (next != null && next.checkpoint().seq() <= beforeSeq && !proof.failed()) {
                proof.before(next);
                advance();
            }
        }

        boolean isDue(long seq) {
            return next != null && next.checkpoint().seq() <= seq;
        }

        /// Whether one of those it adds was there before the database was looked at.
        boolean take(long seq, List<Seen> found) throws IOException {
            boolean any = false;
            while (next != null && next.checkpoint().seq() <= seq && !proof.failed()) {
                if (next.checkpoint().seq() == seq) {
                    found.add(next);
                    any |= early;
                }
                advance();
            }
            return any;
        }

        void rest(long lastSeq) throws IOException {
            while (next != null && !proof.failed()) {
                if (early && next.checkpoint().seq() > lastSeq) {
                    proof.beyond(next);
                }
                advance();
            }
        }

        private void advance() throws IOException {
            next = null;
            Line line = lines.next();
            if (line == null) {
                return;
            }
            String where = line.file().getFileName() + " line " + line.number();
            if (!line.whole() && lines.inLastFile()) {
                if (line.early()) {
                    proof.note("the last line of " + line.file().getFileName() + " is cut off: the mesh ended while it"
                            + " wrote it");
                }
                return;
            }
            early = line.early();
            Checkpoint parsed;
            try {
                parsed = Checkpoint.parse(line.text());
            } catch (IllegalArgumentException damaged) {
                proof.fail(Finding.at(
                        Flaw.EDITED,
                        Math.max(proof.signedTo(), latest) + 1,
                        where + " is no checkpoint as the mesh writes them"));
                return;
            }
            if (parsed.seq() < latest) {
                proof.fail(Finding.at(
                        Flaw.REORDERED, parsed.seq(), where + " comes after the checkpoint of entry " + latest));
                return;
            }
            latest = parsed.seq();
            next = new Seen(parsed, where);
        }
    }
}
