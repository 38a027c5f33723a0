package ai.openlegion.evidence;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.Chain;
import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.Checkpoint.Purpose;
import ai.openlegion.audit.Flaw;
import ai.openlegion.audit.Recorded;
import ai.openlegion.audit.Tail;
import ai.openlegion.evidence.Verdict.KeyRun;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The check of a log's signatures, entry by entry: what must be signed, by whom, and that it is the log that was.
///
/// Whoever follows the chain feeds it; it remembers the first thing that is wrong.
final class Proof {

    /// The mesh signs within a minute; entries that are further apart than this are not both unsigned.
    private static final long UNSIGNED_MILLIS = 120_000;

    /// A multiple of [Chain#SIGNED_EVERY] is signed right after it is durable, so a log that is being written, or whose
    /// mesh was killed, may end with some that are not yet.
    private static final long MARK_MILLIS = 10_000;

    private static final int UNSIGNED_ENTRIES = 20_000;

    /// Nothing is removed as too old before it has been signed for a day.
    private static final long KEPT_MILLIS = 24L * 3_600_000;

    private static final int NOTES = 10;

    private final Trust trust;
    private final long first;
    private final long acknowledged;
    private @Nullable Finding finding;
    private @Nullable Finding reported;
    private long reports;
    private long last;
    private long signedTo;
    private long signedAtMillis;
    private long checkpoints;
    private long oldestUnsigned = Long.MAX_VALUE;
    private long oldest = Long.MAX_VALUE;
    private long youngest = Long.MIN_VALUE;
    private long unsignedMark;
    private long unsignedMarkMillis;
    private @Nullable Finding excused;
    private long baseMillis = Long.MIN_VALUE;
    private String baseKey = "";
    private String signer = "";
    private String announcedKey = "";
    private long keySince;
    private long keyCheckpoints;
    private final List<KeyRun> runs = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private int notesLeftOut;

    /// @param acknowledged up to which entry somebody has looked into what the mesh itself reported
    Proof(Trust trust, Tail beginning, long acknowledged) {
        this.trust = trust;
        this.acknowledged = acknowledged;
        first = beginning.seq() + 1;
        last = beginning.seq();
        signedTo = beginning.seq();
        keySince = first;
    }

    /// The signed beginning: an entry that is missing before it is meant to be.
    void base(Checkpoint base) {
        if (!trust.knows(base)) {
            fail(new Finding(
                    Flaw.KEY,
                    first,
                    first,
                    "the beginning of what is kept is signed by key " + base.keyId() + ", which is not in "
                            + trust.from()));
        } else if (!trust.signed(Purpose.BASE, base)) {
            fail(removedHead("what says that it begins with entry " + first + " is not what the mesh signed"));
        } else {
            baseMillis = base.timeMillis();
            baseKey = base.keyId();
        }
    }

    /// There is no signed beginning that could be read.
    void baseless(String why) {
        fail(removedHead(why));
    }

    private Finding removedHead(String why) {
        return first == 1 ? Finding.at(Flaw.EDITED, 1, why) : new Finding(Flaw.REMOVED, 1, first - 1, why);
    }

    /// The next entry of the chain, with the place behind it and the checkpoints of that place. False once something
    /// is wrong.
    boolean entry(Recorded recorded, Supplier<Tail> place, List<Seen> seen) {
        long seq = recorded.seq();
        AuditEntry entry = recorded.entry();
        last = seq;
        if (entry.actor().equals("mesh")) {
            told(seq, entry);
        }
        oldestUnsigned = Math.min(oldestUnsigned, entry.timeMillis());
        oldest = Math.min(oldest, entry.timeMillis());
        youngest = Math.max(youngest, entry.timeMillis());
        if (unsignedMark > 0 && entry.timeMillis() - unsignedMarkMillis > MARK_MILLIS) {
            fail(unsignedMark());
        }
        if (seen.isEmpty()) {
            if (seq % Chain.SIGNED_EVERY == 0 && unsignedMark == 0) {
                unsignedMark = seq;
                unsignedMarkMillis = entry.timeMillis();
            }
            return finding == null;
        }
        if (unsignedMark > 0) {
            fail(unsignedMark());
            return false;
        }
        return signed(place.get(), seen);
    }

    private void told(long seq, AuditEntry entry) {
        if (entry.action().equals("audit.key")) {
            announcedKey = entry.resource();
            String before = signer.isEmpty() ? baseKey : signer;
            if (!announcedKey.equals(before) && trust.knows(announcedKey)) {
                excuse();
            }
        } else if (entry.action().equals("audit.check")) {
            if (seq <= acknowledged) {
                note("entry " + seq + " reports what was acknowledged: " + entry.rule());
                return;
            }
            reports++;
            if (reported == null) {
                reported = Finding.at(
                        Flaw.REPORTED,
                        seq,
                        "the mesh itself found then that the log was not what it had signed: " + entry.rule());
            }
        }
    }

    /* What the key before left unsigned when the mesh was killed, nobody can sign any more in its name: the first
    signature of the next key covers it, and stands behind the entry that tells of that key. */
    private void excuse() {
        if (unsignedMark > 0) {
            excused = unsignedMark();
        } else if (youngest - UNSIGNED_MILLIS > oldest) {
            excused = apart();
        }
        unsignedMark = 0;
        oldest = Long.MAX_VALUE;
        youngest = Long.MIN_VALUE;
    }

    private Finding unsignedMark() {
        return new Finding(
                Flaw.UNSIGNED,
                signedTo + 1,
                unsignedMark,
                "each entry whose number is a multiple of " + Chain.SIGNED_EVERY + " is signed, but " + unsignedMark
                        + " is not");
    }

    private boolean signed(Tail place, List<Seen> seen) {
        long seq = place.seq();
        Seen good = null;
        Seen bad = null;
        for (Seen each : seen) {
            if (good != null && each.checkpoint().equals(good.checkpoint())) {
                continue; // the same once more, from another place
            }
            if (!trust.knows(each.checkpoint())) {
                fail(new Finding(
                        Flaw.KEY,
                        signedTo + 1,
                        seq,
                        "the checkpoint of entry " + seq + " (" + each.where() + ") is signed by key "
                                + each.checkpoint().keyId() + ", which is not in " + trust.from()));
                return false;
            }
            if (!trust.signed(Purpose.CHECKPOINT, each.checkpoint())) {
                bad = each;
            } else if (!each.checkpoint().hash().equals(place.hash())) {
                fail(new Finding(
                        Flaw.RECOMPUTED,
                        signedTo + 1,
                        seq,
                        "the chain holds in itself, but what the mesh" + " signed for entry " + seq + " ("
                                + each.where() + ") was another"));
                return false;
            } else {
                good = each;
            }
        }
        if (bad != null) {
            fail(
                    good != null
                            ? Finding.at(
                                    Flaw.EDITED,
                                    seq,
                                    "its checkpoint (" + bad.where() + ") is not what the key signed; another copy is ("
                                            + good.where() + ")")
                            : new Finding(
                                    Flaw.RECOMPUTED,
                                    signedTo + 1,
                                    seq,
                                    "the checkpoint of entry " + seq + " ("
                                            + bad.where()
                                            + ") is not what the key signed: it was altered, or written by"
                                            + " somebody without the key"));
            return false;
        }
        if (good != null) {
            accept(good.checkpoint());
        }
        return finding == null;
    }

    private void accept(Checkpoint checkpoint) {
        long seq = checkpoint.seq();
        if (checkpoint.keyId().equals(signer)) {
            if (excused != null) {
                fail(excused);
                return;
            }
        } else {
            if (!signer.isEmpty()) {
                if (!announcedKey.equals(checkpoint.keyId())) {
                    fail(new Finding(
                            Flaw.KEY,
                            signedTo + 1,
                            seq,
                            "the checkpoint of entry " + seq
                                    + " is signed by key " + checkpoint.keyId()
                                    + ", but no entry tells that the mesh took it"
                                    + " after key " + signer));
                    return;
                }
                endRun();
                note("key " + signer + " signed up to entry " + signedTo + ", key " + checkpoint.keyId()
                        + " from there on");
            }
            signer = checkpoint.keyId();
            keySince = signedTo + 1;
        }
        if (oldestUnsigned < checkpoint.timeMillis() - UNSIGNED_MILLIS) {
            note("entries " + (signedTo + 1) + " to " + seq + " were signed late, at "
                    + Instant.ofEpochMilli(checkpoint.timeMillis())
                    + ": the mesh had ended without signing them, or could not");
        }
        keyCheckpoints++;
        checkpoints++;
        signedTo = seq;
        signedAtMillis = checkpoint.timeMillis();
        oldestUnsigned = Long.MAX_VALUE;
        oldest = Long.MAX_VALUE;
        youngest = Long.MIN_VALUE;
        excused = null;
    }

    private void endRun() {
        if (!signer.isEmpty()) {
            String fingerprint = trust.key(signer).map(key -> key.fingerprint()).orElse("");
            runs.add(new KeyRun(signer, fingerprint, keySince, signedTo, keyCheckpoints));
            keyCheckpoints = 0;
        }
    }

    /// A checkpoint of an entry behind the last one there is.
    void beyond(Seen seen) {
        Checkpoint checkpoint = seen.checkpoint();
        if (!trust.knows(checkpoint)) {
            fail(new Finding(
                    Flaw.KEY,
                    last + 1,
                    checkpoint.seq(),
                    "the checkpoint of entry " + checkpoint.seq() + " ("
                            + seen.where() + ") is signed by key " + checkpoint.keyId() + ", which is not in "
                            + trust.from()));
        } else if (!trust.signed(Purpose.CHECKPOINT, checkpoint)) {
            fail(Finding.at(
                    Flaw.EDITED, checkpoint.seq(), "its checkpoint (" + seen.where() + ") is not what the key signed"));
        } else {
            fail(new Finding(
                    Flaw.TRUNCATED,
                    last + 1,
                    checkpoint.seq(),
                    "the log ends with entry " + last + ", but the mesh signed entry " + checkpoint.seq() + " ("
                            + seen.where() + ")"));
        }
    }

    /// A checkpoint of an entry that is not kept any more; only its signature can be checked.
    void before(Seen seen) {
        if (!trust.signed(Purpose.CHECKPOINT, seen.checkpoint())) {
            fail(Finding.at(
                    trust.knows(seen.checkpoint()) ? Flaw.EDITED : Flaw.KEY,
                    seen.checkpoint().seq(),
                    "its checkpoint (" + seen.where() + ") is not signed by a key in " + trust.from()));
        } else if (seen.checkpoint().timeMillis() > baseMillis - KEPT_MILLIS && baseMillis > Long.MIN_VALUE) {
            fail(new Finding(
                    Flaw.REMOVED,
                    1,
                    seen.checkpoint().seq(),
                    "removed as too old at " + Instant.ofEpochMilli(baseMillis) + ", but signed only at "
                            + Instant.ofEpochMilli(seen.checkpoint().timeMillis()) + " (" + seen.where() + ")"));
        }
    }

    /// A mesh signs its first entry, which tells of its key, before it does anything else; so there is no log of more
    /// without a signature.
    void demandSignature() {
        if (signedTo < first && last > first) {
            fail(new Finding(
                    Flaw.UNSIGNED,
                    first,
                    last,
                    "no signature is left of a log that was signed from its" + " beginning on"));
        }
    }

    /// The first thing counts; later ones are forgotten.
    void fail(Finding wrong) {
        if (finding == null) {
            finding = wrong;
        }
    }

    void note(String sentence) {
        if (notes.size() < NOTES) {
            notes.add(sentence);
        } else {
            notesLeftOut++;
        }
    }

    long signedTo() {
        return signedTo;
    }

    long last() {
        return last;
    }

    boolean failed() {
        return finding != null;
    }

    Optional<Finding> finding() {
        return Optional.ofNullable(finding);
    }

    private Finding apart() {
        return new Finding(
                Flaw.UNSIGNED,
                signedTo + 1,
                last,
                "the mesh signs within a minute, but these entries lie " + (youngest - oldest) / 1000
                        + " seconds apart and nothing signs them");
    }

    /// There are no more entries.
    Verdict end() {
        if (last - signedTo > UNSIGNED_ENTRIES && unsignedMark > 0) {
            fail(unsignedMark());
        }
        if (youngest > Long.MIN_VALUE && youngest - oldest > UNSIGNED_MILLIS) {
            fail(apart());
        }
        if (reported != null) {
            if (reports > 1) {
                note("the mesh reported " + reports + " times that the log was not what it had signed");
            }
            fail(reported);
        }
        endRun();
        signer = "";
        if (finding == null && signedTo < last) {
            note("entries " + (signedTo + 1) + " to " + last + " are not signed: nothing proves them yet");
        }
        if (notesLeftOut > 0) {
            notes.add("and " + notesLeftOut + " more of the like");
        }
        return new Verdict(finding, first, last, signedTo, signedAtMillis, checkpoints, runs, notes);
    }
}
