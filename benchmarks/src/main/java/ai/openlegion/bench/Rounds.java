package ai.openlegion.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// One measurement of several peers, interleaved: in each round every peer once, in an order that changes.
///
/// The machine's mood changes over minutes, so only figures of the same round are ever divided by one another.
final class Rounds {
    private static final long SEED = 20261122;

    /// How one peer is measured once.
    interface Measurement {
        Sample of(Peer peer) throws IOException, InterruptedException;
    }

    private final String title;
    private final Map<Peer, List<Sample>> samples = new LinkedHashMap<>();

    private Rounds(String title) {
        this.title = title;
    }

    /// Runs them all.
    static Rounds run(String title, Measurement measurement, int rounds, List<Peer> peers)
            throws IOException, InterruptedException {
        var result = new Rounds(title);
        peers.forEach(peer -> result.samples.put(peer, new ArrayList<>()));
        var order = new ArrayList<>(peers);
        var random = new Random(SEED);
        for (int round = 1; round <= rounds; round++) {
            Collections.shuffle(order, random);
            for (var peer : order) {
                result.samples.get(peer).add(measurement.of(peer));
            }
            System.out.println(title + ": round " + round + " of " + rounds);
        }
        return result;
    }

    String title() {
        return title;
    }

    List<Peer> peers() {
        return List.copyOf(samples.keySet());
    }

    /// One figure of one peer over the rounds.
    Spread of(Peer peer, ToDoubleFunction<Sample> figure) {
        return Spread.of(samples.get(peer).stream().mapToDouble(figure));
    }

    /// A figure made of two peers' samples of the same round, over the rounds.
    Spread pairs(Peer left, Peer right, ToDoubleBiFunction<Sample, Sample> figure) {
        var lefts = samples.get(left);
        var rights = samples.get(right);
        return Spread.of(IntStream.range(0, lefts.size())
                .mapToDouble(round -> figure.applyAsDouble(lefts.get(round), rights.get(round))));
    }

    /// CPU per request of the one over that of the other, round by round.
    Spread cpuRatio(Peer left, Peer right) {
        return pairs(left, right, (l, r) -> l.cpuMicros() / r.cpuMicros());
    }

    /// Calls that failed, over all rounds.
    long errors(Peer peer) {
        return samples.get(peer).stream().mapToLong(Sample::errors).sum();
    }
}
