package ai.openlegion.budget;

/// What a settlement's figures rest on.
public enum Basis {
    /// The provider's own usage report.
    USAGE,
    /// The deltas that were seen, because the provider reported fewer.
    DELTAS,
    /// The upper bound of what was seen, because the provider reported nothing.
    UPPER_BOUND,
    /// Nothing was produced: the whole hold goes back.
    RELEASED
}
