package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.ChainCheck;
import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.Checkpoint.Purpose;
import ai.openlegion.audit.CheckpointReader;
import ai.openlegion.audit.TrailReader;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One way through the log, on which entries are summed, and their chain and the signed places in it checked.
final class ChainWalkReader {

    private final List<AuditKey> keys;
    private final Period period;
    private final Set<String> named;
    private @Nullable Checkpoint next;
    private long signed;
    private String flaw = "";
    private String finding = "";

    /// @param named the agents that are to be told apart in any case
    ChainWalkReader(List<AuditKey> keys, Period period, Set<String> named) {
        this.keys = List.copyOf(keys);
        this.period = period;
        this.named = Set.copyOf(named);
    }

    /// Follows the log to its end. Where its chain is broken the entries are summed all the same, as they stand there.
    Tally walk(TrailReader trail) throws SQLException {
        Tally tally = new Tally(period, named);
        ChainCheck check;
        try (CheckpointReader checkpoints = trail.checkpoints(1)) {
            next = checkpoints.next();
            check = trail.follow((recorded, place) -> {
                tally.add(recorded);
                Checkpoint here = next;
                if (here != null && here.seq() == recorded.seq()) {
                    look(here, here.place().equals(place.get()));
                    advance(checkpoints);
                }
                return true;
            });
        }
        return switch (check) {
            case ChainCheck.Intact(var end) -> {
                conclude(trail, end.seq());
                yield tally;
            }
            case ChainCheck.Broken(var how, long seq, String why) -> {
                finding = "It breaks at entry " + Words.count(seq) + " (" + how.word() + "): " + why + ".";
                flaw = finding;
                yield asItStands(trail);
            }
            case ChainCheck.Stopped() -> throw new IllegalStateException("nobody stopped it");
        };
    }

    private void advance(CheckpointReader checkpoints) {
        try {
            next = checkpoints.next();
        } catch (SQLException unreadable) {
            throw new IllegalArgumentException(
                    "the checkpoints cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    private void look(Checkpoint checkpoint, boolean isOfTheChain) {
        if (!isOfTheChain) {
            note("the checkpoint of entry " + Words.count(checkpoint.seq()) + " has another hash than the chain");
        } else if (keys.stream().noneMatch(key -> key.signed(Purpose.CHECKPOINT, checkpoint))) {
            note("the checkpoint of entry " + Words.count(checkpoint.seq()) + " is not signed by a key of this mesh");
        } else {
            signed++;
        }
    }

    private void note(String what) {
        if (flaw.isEmpty()) {
            flaw = what;
        }
    }

    private void conclude(TrailReader trail, long last) throws SQLException {
        Checkpoint beyond = next;
        if (beyond != null && beyond.seq() > last) {
            note("the log ends at entry " + Words.count(last) + ", but a checkpoint covers entry "
                    + Words.count(beyond.seq()));
        } else if (beyond != null) {
            note("the checkpoint of entry " + Words.count(beyond.seq()) + " is of no entry that is kept");
        }
        long first = trail.beginning().seq() + 1;
        String chained = "Entries " + Words.count(first) + " to " + Words.count(last) + " hold in their chain";
        if (!flaw.isEmpty()) {
            finding = chained + ", but " + flaw + ".";
        } else if (signed == 0) {
            finding = chained + ". No checkpoint of it is signed yet.";
        } else {
            finding = chained + ", and " + Words.count(signed, "signed checkpoint agrees", "signed checkpoints agree")
                    + " with it.";
        }
    }

    private Tally asItStands(TrailReader trail) throws SQLException {
        Tally whole = new Tally(period, named);
        try {
            trail.read(1, recorded -> {
                whole.add(recorded);
                return true;
            });
        } catch (IllegalArgumentException damaged) {
            finding += " Only the entries before the damaged ones are summed up here.";
        }
        return whole;
    }

    boolean isIntact() {
        return flaw.isEmpty();
    }

    /// What was found, in a sentence or two.
    String finding() {
        return finding;
    }
}
