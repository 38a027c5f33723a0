package ai.openlegion.fleet;

/// What an agent may use of its machine at most.
///
/// @param memoryBytes of memory, without swap
/// @param milliCpus thousandths of a processor
/// @param pids processes and threads at once
/// @param diskBytes of its volume; measured at each health check, above it the agent is stopped
public record Resources(long memoryBytes, long milliCpus, int pids, long diskBytes) {

    /// 512 MiB, half a processor, 256 processes and 2 GiB of disk.
    public static final Resources DEFAULTS = new Resources(512L << 20, 500, 256, 2L << 30);
}
