package ai.openlegion.evidence;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a check of a log came to.
///
/// @param finding null where nothing is wrong
/// @param first the number of the first entry there; one more than `last` where there is none
/// @param last the number of the last entry that was looked at
/// @param signedTo the number of the last entry that a good signature covers; `first` − 1 where there is none
/// @param signedAtMillis when that was signed
/// @param checkpoints how many good ones there are
/// @param keys who signed, in order
/// @param notes what is not wrong but should be known, a sentence each
public record Verdict(
        @Nullable Finding finding,
        long first,
        long last,
        long signedTo,
        long signedAtMillis,
        long checkpoints,
        List<KeyRun> keys,
        List<String> notes) {

    public Verdict {
        keys = List.copyOf(keys);
        notes = List.copyOf(notes);
    }

    /// Entries that one key signed.
    public record KeyRun(String keyId, String fingerprint, long from, long to, long checkpoints) {}
}
