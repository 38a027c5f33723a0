package ai.openlegion.blackboard;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A clock that a test moves by hand.
final class MovableClock implements InstantSource {

    static final long NOON = Instant.parse("2026-11-15T12:00:00Z").toEpochMilli();

    private final AtomicLong millis = new AtomicLong(NOON);
    private final AtomicInteger looksLeft = new AtomicInteger();
    private volatile long leap;

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public long millis() {
        if (looksLeft.get() > 0 && looksLeft.decrementAndGet() == 0) {
            advance(leap);
        }
        return millis.get();
    }

    void advance(long byMillis) {
        long _ = millis.addAndGet(byMillis);
    }

    /// Goes on when somebody looks for the so manieth time from now, before it answers.
    void advanceAtLook(int look, long byMillis) {
        leap = byMillis;
        looksLeft.set(look);
    }
}
