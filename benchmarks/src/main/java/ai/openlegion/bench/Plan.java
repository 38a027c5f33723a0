package ai.openlegion.bench;

import java.time.Duration;

/// How long everything is run.
///
/// @param warm a JVM's warm-up on plain calls; on streams it gets `warmStream`; what is no JVM gets `warmOther`
/// @param rounds of P1, P2 and P10, each `slice` long
/// @param lone rounds at one connection
/// @param halfRounds rounds at half load
/// @param streamRuns repetitions of P8
/// @param pacedRounds of P3, each `pacedSeconds` long; of its and P5's streams there is one in `pacedShare`
/// @param cuts of P9; as many warm it
/// @param starts pairs of P7
/// @param bareStream whether the bare hop streams too: it only shows what a write per delta costs
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
        int pacedRounds,
        int pacedSeconds,
        int pacedShare,
        int cuts,
        int starts,
        boolean bareStream,
        int jmhWarm,
        int jmhMeasured,
        int jmhSeconds) {

    /// About thirteen minutes.
    static Plan full() {
        return new Plan(
                seconds(15),
                seconds(15),
                seconds(3),
                10,
                seconds(2),
                8,
                seconds(2),
                4,
                seconds(4),
                5,
                3,
                30,
                1,
                500,
                10,
                true,
                2,
                3,
                2);
    }

    /// Two minutes and a half: shows that everything runs, and roughly where it stands.
    static Plan quick() {
        return new Plan(
                seconds(7),
                seconds(4),
                seconds(1),
                3,
                seconds(1),
                2,
                seconds(1),
                1,
                seconds(2),
                1,
                1,
                5,
                5,
                100,
                3,
                false,
                1,
                2,
                1);
    }

    /// How many streams stand for so many.
    int pacedStreams(int promised) {
        return promised / pacedShare;
    }

    private static Duration seconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }
}
