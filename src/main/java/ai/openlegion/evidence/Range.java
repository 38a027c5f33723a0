package ai.openlegion.evidence;

import ai.openlegion.audit.Recorded;
import org.jspecify.annotations.Nullable;

/// Which entries are exported: from the first that reaches both beginnings to the last before either end.
///
/// @param fromSeq the least number; null = whatever there is
/// @param toSeq the greatest
/// @param sinceMillis the earliest time
/// @param untilMillis the time before which they are
public record Range(
        @Nullable Long fromSeq,
        @Nullable Long toSeq,
        @Nullable Long sinceMillis,
        @Nullable Long untilMillis) {

    /// All there is.
    public static final Range ALL = new Range(null, null, null, null);

    /* An entry that is earlier than the one before it, by a clock that was set back, ends nothing that has begun. */
    boolean begins(Recorded recorded) {
        return (fromSeq == null || recorded.seq() >= fromSeq)
                && (sinceMillis == null || recorded.entry().timeMillis() >= sinceMillis);
    }

    boolean ends(Recorded recorded) {
        return (toSeq != null && recorded.seq() > toSeq)
                || (untilMillis != null && recorded.entry().timeMillis() >= untilMillis);
    }
}
