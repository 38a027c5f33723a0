package ai.openlegion.schedule;

/// How much the schedule holds; keys of `limits:` in `mesh.yaml`.
///
/// @param jobs of one agent
/// @param graceSeconds that a run may be late before it counts as missed
/// @param probeSeconds that an HTTP probe may take
public record ScheduleLimits(int jobs, int graceSeconds, int probeSeconds) {

    /// What the shipped `conf/mesh.yaml` says.
    public static final ScheduleLimits DEFAULTS = new ScheduleLimits(100, 60, 5);
}
