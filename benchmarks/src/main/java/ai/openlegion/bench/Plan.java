package ai.openlegion.bench;

import java.time.Duration;

/// How long everything is run.
///
/// @param warm a JVM's warm-up on plain calls; on streams a JVM gets `warmStream`
/// @param rounds of P1, P2 and P10
/// @param lone rounds at one connection
/// @param streamRuns repetitions of P8
record Plan(
        Duration warm,
        Duration warmStream,
        Duration warmOther,
        int rounds,
        Duration slice,
        int lone,
        Duration loneSlice,
        int halfRounds,
        Duration halfSlice,
        int streamRuns,
        int jmhSeconds) {

    /// About seven minutes.
    static Plan full() {
        return new Plan(seconds(15), seconds(15), seconds(3), 10, seconds(2), 8, seconds(2), 4, seconds(4), 5, 2);
    }

    /// About a minute: shows that everything runs, and roughly where it stands.
    static Plan quick() {
        return new Plan(seconds(5), seconds(3), seconds(1), 3, seconds(1), 3, seconds(1), 2, seconds(2), 1, 1);
    }

    private static Duration seconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }
}
