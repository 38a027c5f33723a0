package ai.openlegion.bench;

import ai.openlegion.bench.BudgetStreams.Outcome;
import ai.openlegion.bench.Row.Verdict;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Holds what was measured against what was promised, one method a row of the table.
final class Rows {
    private Rows() {}

    static Row plainCall(Rounds json, Peer ours, Peer hop, Peer nginx) {
        var overHop = json.cpuRatio(ours, hop);
        var overNginx = json.cpuRatio(ours, nginx);
        return new Row(
                "P1",
                "JSON call, c=32: CPU/request ÷ bare Vert.x hop (÷ nginx)",
                "≤ 1.8 (≤ 3.0)",
                "≤ 1.4 (≤ 2.2)",
                overHop.show(2) + " (÷ nginx: " + overNginx.show(2) + ")",
                Verdict.atMost(overHop.median(), 1.8, 1.4).and(Verdict.atMost(overNginx.median(), 3.0, 2.2)));
    }

    static Row burst(Rounds sse, Peer ours, Peer nginx) {
        var ratio = sse.cpuRatio(ours, nginx);
        return new Row(
                "P2",
                "64-delta answer sent at once, every token metered: CPU ÷ nginx",
                "≤ 2.5",
                "≤ 1.3",
                ratio.show(2),
                Verdict.atMost(ratio.median(), 2.5, 1.3));
    }

    static Row latency(Rounds single, Rounds half, Peer ours, Peer hop) {
        var added = single.pairs(ours, hop, (we, bare) -> we.p50() - bare.p50());
        var tail = half.of(ours, sample -> sample.p99() / 1000);
        var bareTail = half.of(hop, sample -> sample.p99() / 1000);
        return new Row(
                "P4",
                "added p50 at c=1 over the bare Vert.x hop; p99 at half load",
                "≤ 60 µs; ≤ 1 ms",
                "≤ 25 µs; ≤ 0.3 ms",
                added.show(0) + " µs; " + tail.show(2) + " ms (bare hop at the same rate: " + bareTail.show(2) + ")",
                Verdict.atMost(added.median(), 60, 25).and(Verdict.atMost(tail.median(), 1, 0.3)));
    }

    static Row micro(List<Micro.Score> scores) {
        var verdict = scores.isEmpty() ? Verdict.NOT_RUN : Verdict.MOONSHOT;
        for (var score : scores) {
            verdict = verdict.and(
                    score.name().startsWith("decide") ? decision(score) : Verdict.atMost(score.nanos(), 1000, 200));
        }
        return new Row(
                "P6",
                "hold + settle (JMH); permission decision",
                "≤ 1 µs; ≤ 200 ns",
                "≤ 200 ns; ≤ 50 ns; 0 B/op",
                scores.stream().map(score -> score.name() + " " + score.show()).collect(Collectors.joining("; ")),
                verdict);
    }

    private static Verdict decision(Micro.Score score) {
        var verdict = Verdict.atMost(score.nanos(), 200, 50);
        // JMH's own counters leave a fraction of a byte an operation.
        return score.bytes() < 0.5 ? verdict : verdict.and(Verdict.TARGET);
    }

    static Row budget(List<Outcome> outcomes) {
        long over = outcomes.stream().mapToLong(Outcome::overshoot).max().orElse(0);
        long failed = outcomes.stream().mapToLong(Outcome::failed).sum();
        var share = Spread.of(outcomes.stream().mapToDouble(outcome -> outcome.share() * 100));
        long refused = outcomes.stream().mapToLong(Outcome::refused).sum();
        var verdict = over > 0 || failed > 0 ? Verdict.MISSED : Verdict.atMost(-share.min(), -98.7, -99.9);
        return new Row(
                "P8",
                "128 streams on a 20,000-token budget, log-normal lengths (median 150), counted at the upstream: overshoot;"
                        + " share used",
                "0; ≥ 98.7 %",
                "0; ≥ 99.9 %",
                String.format(
                        Locale.ROOT,
                        "%d tokens; %s %% over %d runs (refused and asked again %,d times; failed %d)",
                        over,
                        share.show(2),
                        outcomes.size(),
                        refused,
                        failed),
                verdict);
    }

    static Row throughput(Rounds json, Peer ours, Peer portkey) {
        var ratio = json.pairs(ours, portkey, (we, they) -> we.perSecond() / they.perSecond());
        return new Row(
                "P10",
                "throughput against Portkey, same run",
                "≥ 10×",
                "≥ 20×",
                ratio.show(1) + " ×",
                Verdict.atMost(-ratio.median(), -10, -20));
    }
}
