package ai.openlegion.bench;

import ai.openlegion.budget.LedgerBenchmark;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// P6: runs the JMH benchmarks, each in a fork of its own, with allocation counted.
final class Micro {
    private Micro() {}

    /// One benchmark's score.
    ///
    /// @param nanos time an operation @param error half of the 99.9 % interval @param bytes allocated an operation
    record Score(String name, double nanos, double error, double bytes) {
        String show() {
            String spread = Double.isNaN(error) ? "" : String.format(Locale.ROOT, " ± %.0f", error);
            return String.format(Locale.ROOT, "%.0f%s ns, %.0f B/op", nanos, spread, bytes);
        }
    }

    /// The scores, one a benchmark.
    static List<Score> run(Plan plan) throws RunnerException {
        var options = new OptionsBuilder()
                .include(LedgerBenchmark.class.getName())
                .include(PolicyBenchmark.class.getName())
                .addProfiler(GCProfiler.class)
                .forks(1)
                .jvmArgsAppend("-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow")
                .warmupIterations(plan.jmhWarm())
                .warmupTime(TimeValue.seconds(plan.jmhSeconds()))
                .measurementIterations(plan.jmhMeasured())
                .measurementTime(TimeValue.seconds(plan.jmhSeconds()))
                .verbosity(VerboseMode.SILENT)
                .build();
        var scores = new ArrayList<Score>();
        for (RunResult result : new Runner(options).run()) {
            var primary = result.getPrimaryResult();
            String name = result.getParams().getBenchmark();
            String charged = result.getParams().getParam("charged");
            scores.add(new Score(
                    name.substring(name.lastIndexOf('.') + 1)
                            + (charged == null || charged.equals("none") ? "" : " with " + charged),
                    primary.getScore(),
                    primary.getScoreError(),
                    allocated(result)));
        }
        return scores;
    }

    private static double allocated(RunResult result) {
        return result.getSecondaryResults().entrySet().stream()
                .filter(entry -> entry.getKey().endsWith("gc.alloc.rate.norm"))
                .mapToDouble(entry -> entry.getValue().getScore())
                .findFirst()
                .orElse(Double.NaN);
    }
}
