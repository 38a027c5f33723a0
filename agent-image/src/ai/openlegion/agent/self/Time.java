package ai.openlegion.agent.self;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The time of day, the time that passes, and waiting for it; the only place where anything waits for time alone.
public interface Time {

    /// The time of day.
    Instant now();

    /// Nanoseconds since some moment; only differences mean anything.
    long nanos();

    /// Returns when that much has passed.
    void pause(Duration length) throws InterruptedException;

    /// The time of this machine.
    static Time of(InstantSource clock) {
        return new Time() {
            @Override
            public Instant now() {
                return clock.instant();
            }

            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public void pause(Duration length) throws InterruptedException {
                var lock = new ReentrantLock();
                var never = lock.newCondition();
                long end = System.nanoTime() + length.toNanos();
                lock.lockInterruptibly();
                try {
                    for (long left = length.toNanos(); left > 0; left = end - System.nanoTime()) {
                        var _ = never.await(left, TimeUnit.NANOSECONDS);
                    }
                } finally {
                    lock.unlock();
                }
            }
        };
    }
}
