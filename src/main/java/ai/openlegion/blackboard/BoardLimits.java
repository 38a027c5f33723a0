package ai.openlegion.blackboard;

/// How much the blackboard holds; keys of `limits:` in `mesh.yaml`.
///
/// @param entries of the whole board
/// @param agentEntries that one agent wrote
/// @param agentBytes of the keys and values of the entries that one agent wrote
/// @param watches of one agent
/// @param cachedBytes of values kept in memory for reading
public record BoardLimits(int entries, int agentEntries, long agentBytes, int watches, long cachedBytes) {

    /// What the shipped `conf/mesh.yaml` says.
    public static final BoardLimits DEFAULTS = new BoardLimits(100_000, 10_000, 64L << 20, 20, 32L << 20);
}
