package ai.openlegion.budget;

import java.util.Random;

/// Random quotes, limits and outcomes of a size at which everything gets tight now and then.
final class RandomMoney {

    private final Random random;
    private final boolean cheating;

    /// @param cheating whether providers sometimes bill more than was held
    RandomMoney(Random random, boolean cheating) {
        this.random = random;
        this.cheating = cheating;
    }

    Quote quote() {
        int dice = random.nextInt(20);
        if (dice == 0) {
            return new Quote(random.nextInt(40), 1, 0, 0, 100, 16);
        }
        if (dice == 1) {
            return new Quote(Long.MAX_VALUE, 1, 1, 1);
        }
        if (dice == 2) {
            return new Quote(10, Long.MAX_VALUE / 3, 100, 16);
        }
        int choices = 1 + random.nextInt(2);
        return new Quote(
                random.nextInt(60),
                choices,
                random.nextInt(60),
                choices * (1L + random.nextInt(3)),
                random.nextInt(400),
                16);
    }

    Limits limits() {
        int dice = random.nextInt(8);
        if (dice == 0) {
            return new Limits(0, 5_000);
        }
        if (dice == 1) {
            return new Limits(Limits.UNLIMITED, 10_000);
        }
        if (dice == 2) {
            return Limits.NONE;
        }
        return new Limits(500 + random.nextInt(4_000), 2_000 + random.nextInt(20_000));
    }

    Outcome outcome(TrueBooks.Call call) {
        long pico = call.hold.pico();
        // an honest provider uses no more tokens than its maximum
        long in = call.hold.task == null ? 5 : Math.min(5, call.hold.taskInputTokens);
        long out = call.hold.task == null ? 9 : Math.min(9, call.hold.taskTokens - in);
        if (cheating && random.nextInt(25) == 0) {
            long billed = pico + 1 + random.nextInt(500);
            return new Outcome(call.request, 1, "m/x", in, out, 0, billed, 0, Basis.USAGE);
        }
        long spent = (long) (pico * random.nextDouble());
        int dice = random.nextInt(4);
        if (dice == 0) {
            return new Outcome(call.request, 1, "m/y", in, out, 0, spent, pico - spent, Basis.UPPER_BOUND);
        }
        if (dice == 1) {
            return Outcome.released(call.request, 1, "m/x");
        }
        if (dice == 2) {
            return new Outcome(call.request, 1, "m/x", in, out, 0, pico, 0, Basis.DELTAS);
        }
        return new Outcome(call.request, 1, "m/x", in, out, Math.min(2, in), spent, 0, Basis.USAGE);
    }
}
