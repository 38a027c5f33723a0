package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.Checkpoint;
import java.util.List;

/// What proves the entries: the state of the chain as it was checked for the report, and the signed places in it.
///
/// @param intact whether every check held
/// @param finding what was found, in a sentence
/// @param firstKept the number of the first entry that is still kept
/// @param last the number of the last entry there is
/// @param signedUpTo the number of the last entry that a checkpoint covers; 0 = none
/// @param checkpoints those that lie in the period and the first behind it, the newest 500
/// @param unlisted how many more lie in the period
/// @param keys the public keys that signed
public record Trail(
        boolean intact,
        String finding,
        long firstKept,
        long last,
        long signedUpTo,
        List<Checkpoint> checkpoints,
        long unlisted,
        List<AuditKey> keys) {

    public Trail {
        checkpoints = List.copyOf(checkpoints);
        keys = List.copyOf(keys);
    }
}
