package ai.openlegion.bench;

import java.util.Locale;
import java.util.stream.DoubleStream;

/// The least, the middle and the greatest of one figure over the rounds.
record Spread(double min, double median, double max) {

    /// The spread of the figures; at least one.
    static Spread of(DoubleStream figures) {
        double[] sorted = figures.sorted().toArray();
        int half = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }

    /// `median (min–max)` with that many decimals.
    String show(int decimals) {
        String number = "%,." + decimals + "f";
        return String.format(Locale.ROOT, number + " (" + number + "–" + number + ")", median, min, max);
    }
}
