package ai.openlegion.bench;

/// What one measurement of one peer gave.
///
/// @param cpuMicros CPU time the peer's process used, µs per completed request
/// @param p50 latency in µs, as the client saw it
record Sample(long requests, double seconds, long errors, double cpuMicros, double p50, double p99) {

    double perSecond() {
        return requests / seconds;
    }
}
