package ai.openlegion.evidence;

import ai.openlegion.audit.Chain;
import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.Checkpoint.Purpose;
import ai.openlegion.audit.Flaw;
import ai.openlegion.audit.Tail;
import ai.openlegion.evidence.ExportFormat.End;
import ai.openlegion.evidence.ExportFormat.Entry;
import ai.openlegion.evidence.ExportFormat.Head;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The check of an export: of every line, with nothing else at hand but keys.
final class ExportCheck {

    private final FileLines lines;
    private final Head head;
    private final Proof proof;
    private final Trust trust;
    private final Kept kept;
    private final Chain chain = new Chain();
    private long entries;
    private long checkpoints;

    private ExportCheck(FileLines lines, Head head, Trust trust, Kept kept, long acknowledged) {
        this.lines = lines;
        this.head = head;
        this.trust = trust;
        this.kept = kept;
        proof = new Proof(trust, head.after(), acknowledged);
    }

    /// Reads it to its end.
    ///
    /// @param auditors the keys whose signatures count; null = those in the file
    /// @param kept checkpoints that were kept elsewhere
    /// @param acknowledged up to which entry somebody has looked into what the mesh itself reported
    /// @throws EvidenceException when it is no export at all
    static Verdict verify(FileLines lines, @Nullable Trust auditors, Kept kept, long acknowledged)
            throws IOException, EvidenceException {
        Head head;
        try {
            String first = lines.next();
            head = Head.parse(first == null ? "" : first);
        } catch (IllegalArgumentException | ClassCastException foreign) {
            throw EvidenceException.unreadable("its first line is not that of an export: it is damaged, or no export");
        }
        Trust trust = auditors != null ? auditors : new Trust(head.keys(), "the file itself");
        ExportCheck check = new ExportCheck(lines, head, trust, kept, acknowledged);
        if (auditors == null) {
            check.proof.note("verified with the key that the file itself names; only --public-key with a copy of your"
                    + " own shows that it is the mesh's");
        }
        if (kept.note() != null) {
            check.proof.note(kept.note());
        }
        return check.run();
    }

    private Verdict run() throws IOException {
        Checkpoint base = Checkpoint.parse(head.base());
        proof.base(base);
        if (base.seq() == head.after().seq() && !base.hash().equals(head.after().hash())) {
            proof.fail(Finding.at(Flaw.EDITED, base.seq() + 1, "it does not follow the signed beginning"));
        }
        if (base.seq() > head.after().seq()) {
            proof.fail(Finding.at(Flaw.EDITED, head.after().seq() + 1, "it begins before the signed beginning"));
        }
        if (base.seq() < head.after().seq()) {
            proof.note(
                    "a part of the log: it begins with entry " + (head.after().seq() + 1));
        }
        chain.start(head.after());
        try {
            follow();
        } catch (IllegalArgumentException | ClassCastException damaged) {
            long seq = proof.last() + 1;
            boolean cut = String.valueOf(damaged.getMessage()).endsWith("has no end");
            proof.fail(Finding.at(
                    cut ? Flaw.TRUNCATED : Flaw.EDITED,
                    seq,
                    "line " + lines.number() + (cut ? " is cut off" : " is not as the mesh writes them")));
        }
        noteLater();
        if (!proof.failed()
                && proof.signedTo() == head.after().seq()
                && proof.last() > head.after().seq()) {
            proof.fail(new Finding(
                    Flaw.UNSIGNED,
                    head.after().seq() + 1,
                    proof.last(),
                    "nothing in the file is signed; export up to a later entry"));
        }
        return proof.end();
    }

    /* An export claims no more than its own last line says. */
    private void noteLater() {
        kept.behind(proof.last()).stream()
                .flatMap(List::stream)
                .map(Seen::checkpoint)
                .filter(later -> trust.signed(Purpose.CHECKPOINT, later))
                .mapToLong(Checkpoint::seq)
                .max()
                .ifPresent(later -> proof.note("the log went on to entry " + later + " at least, by what was kept"
                        + " elsewhere; this file ends with entry " + proof.last()));
    }

    private void follow() throws IOException {
        String line = lines.next();
        while (line != null && !line.startsWith(ExportFormat.END)) {
            Entry entry = Entry.parse(line);
            if (!link(entry)) {
                return;
            }
            List<Seen> seen = new ArrayList<>();
            line = lines.next();
            while (line != null && line.startsWith(ExportFormat.CHECKPOINT)) {
                Checkpoint checkpoint = ExportFormat.checkpoint(line);
                checkpoints++;
                if (checkpoint.seq() != entry.recorded().seq()) {
                    proof.fail(Finding.at(
                            Flaw.REORDERED,
                            entry.recorded().seq(),
                            "behind it stands the checkpoint of" + " entry " + checkpoint.seq()));
                    return;
                }
                seen.add(new Seen(checkpoint, "line " + lines.number()));
                line = lines.next();
            }
            seen.addAll(kept.of(entry.recorded().seq()));
            if (!proof.entry(entry.recorded(), chain::place, seen)) {
                return;
            }
        }
        if (line == null) {
            proof.fail(Finding.at(Flaw.TRUNCATED, proof.last() + 1, "the file's last line is missing"));
        } else {
            end(End.parse(line));
        }
    }

    private boolean link(Entry entry) throws IOException {
        long seq = entry.recorded().seq();
        long expected = proof.last() + 1;
        if (seq != expected) {
            proof.fail(misplaced(seq, expected));
            return false;
        }
        entries++;
        chain.link(entry.recorded().entry());
        if (!chain.place().hash().equals(entry.hash())) {
            proof.fail(Finding.at(Flaw.EDITED, seq, "it was altered (line " + lines.number() + ")"));
            return false;
        }
        return true;
    }

    private Finding misplaced(long seq, long expected) throws IOException {
        if (seq < expected) {
            return Finding.at(
                    Flaw.REORDERED, expected, "in its place stands entry " + seq + " (line " + lines.number() + ")");
        }
        int at = lines.number();
        String wanted = "{\"seq\":" + expected + ",";
        try {
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (line.startsWith(wanted)) {
                    return Finding.at(
                            Flaw.REORDERED,
                            expected,
                            "it stands behind entry " + seq + " (line " + lines.number() + ")");
                }
            }
        } catch (IllegalArgumentException damaged) {
            // whatever else is wrong further on, the entry is not in its place
        }
        return new Finding(Flaw.REMOVED, expected, seq - 1, "missing: line " + at + " is entry " + seq);
    }

    private void end(End end) throws IOException {
        Tail place = chain.place();
        String sha256 = lines.before();
        if (!end.place().equals(place) || end.entries() != entries || end.checkpoints() != checkpoints) {
            boolean less = end.place().seq() > place.seq() || end.checkpoints() > checkpoints;
            proof.fail(Finding.at(
                    less ? Flaw.TRUNCATED : Flaw.EDITED,
                    place.seq() + 1,
                    "the file's last line tells of "
                            + end.entries() + " entries up to " + end.place().seq() + " with " + end.checkpoints()
                            + " checkpoints; there are " + entries + " up to " + place.seq() + " with " + checkpoints));
        } else if (!end.sha256().equals(sha256)) {
            proof.fail(
                    Finding.at(Flaw.EDITED, head.after().seq() + 1, "some byte of the file is not as it was written"));
        } else if (lines.next() != null) {
            proof.fail(Finding.at(Flaw.EDITED, place.seq() + 1, "something follows the file's last line"));
        }
    }
}
