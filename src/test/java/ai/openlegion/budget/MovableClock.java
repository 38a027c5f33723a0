package ai.openlegion.budget;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/// A clock that a test moves by hand.
final class MovableClock implements InstantSource {

    /// A Sunday noon, in the middle of a day and a month.
    static final Instant NOON = Instant.parse("2026-11-15T12:00:00Z");

    private final AtomicLong millis = new AtomicLong(NOON.toEpochMilli());

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

    void set(String instant) {
        millis.set(Instant.parse(instant).toEpochMilli());
    }
}
