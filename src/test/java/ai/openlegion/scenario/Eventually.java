package ai.openlegion.scenario;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/// Waiting for a condition of a real process, with a deadline instead of a guess.
public final class Eventually {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration STEP = Duration.ofMillis(5);
    private static final Duration STILL = Duration.ofMillis(400);

    private Eventually() {}

    /// Returns when the condition holds; fails the test after half a minute.
    public static void until(String what, BooleanSupplier condition) {
        until(what, LIMIT, condition);
    }

    /// Returns when the condition holds; fails the test after `limit`.
    public static void until(String what, Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            LockSupport.parkNanos(STEP.toNanos());
        }
    }

    /// The value of a growing figure once it has stood still.
    public static long settled(String what, LongSupplier figure) {
        long[] seen = {figure.getAsLong(), System.nanoTime()};
        until(what + " stands still", () -> {
            long now = figure.getAsLong();
            if (now != seen[0]) {
                seen[0] = now;
                seen[1] = System.nanoTime();
            }
            return System.nanoTime() - seen[1] > STILL.toNanos();
        });
        return seen[0];
    }
}
