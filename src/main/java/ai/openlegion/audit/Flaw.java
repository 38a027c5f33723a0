package ai.openlegion.audit;

import java.util.Locale;

/// In which way a log is not as it was written.
public enum Flaw {
    /// Something in it was changed, or is damaged.
    EDITED,
    /// Entries are missing, with others behind them.
    REMOVED,
    /// Entries stand in another's place.
    REORDERED,
    /// Entries are missing at the end.
    TRUNCATED,
    /// It holds in itself, but is not what the mesh signed.
    RECOMPUTED,
    /// Signatures that must be there are missing.
    UNSIGNED,
    /// It is signed by a key that is not trusted for that.
    KEY,
    /// The mesh itself found it to be wrong once, and recorded that.
    REPORTED;

    /// In lower case, as commands print it.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
