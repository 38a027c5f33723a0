package ai.openlegion.blackboard;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/// A clock that a test moves by hand.
final class MovableClock implements InstantSource {

    static final long NOON = Instant.parse("2026-11-15T12:00:00Z").toEpochMilli();

    private final AtomicLong millis = new AtomicLong(NOON);

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public long millis() {
        return millis.get();
    }

    void advance(long byMillis) {
        long _ = millis.addAndGet(byMillis);
    }
}
