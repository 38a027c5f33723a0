package ai.openlegion.supervisor;

/// How agents are watched and started again; keys of `runtime:` in `mesh.yaml`.
///
/// @param healthSeconds between two looks at an agent
/// @param healthFailures one after another, before it is started again
/// @param restartBackoffSeconds before the first of several restarts; it doubles with each
/// @param restartBackoffMaxSeconds that it grows to at most
/// @param restartsPerHour of one agent; one more and it has failed
/// @param startSeconds from its start until an agent must be ready
/// @param stopSeconds that an agent gets to end in peace
/// @param engineSeconds that one call of a container engine may take
/// @param spawnedAgents alive at once
public record SupervisorSettings(
        int healthSeconds,
        int healthFailures,
        int restartBackoffSeconds,
        int restartBackoffMaxSeconds,
        int restartsPerHour,
        int startSeconds,
        int stopSeconds,
        int engineSeconds,
        int spawnedAgents) {

    /// What the shipped `conf/mesh.yaml` says.
    public static final SupervisorSettings DEFAULTS = new SupervisorSettings(30, 3, 30, 600, 3, 60, 10, 30, 8);

    /// Until every agent has ended when the mesh stops, in seconds: in peace, then by force.
    public int shutdownSeconds() {
        return stopSeconds + 3 * engineSeconds;
    }
}
