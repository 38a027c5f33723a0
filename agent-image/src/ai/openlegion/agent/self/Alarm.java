package ai.openlegion.agent.self;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Interrupts the thread that set it when its work has taken too long, or when somebody else ends it.
public final class Alarm {

    private final Thread thread = Thread.currentThread();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private Optional<String> rung = Optional.empty();
    private boolean off;

    private Alarm() {}

    /// Sets one for the calling thread, which must turn it [#off].
    ///
    /// @param why it would ring
    public static Alarm after(Duration limit, String why) {
        var alarm = new Alarm();
        var _ = alarm.over
                .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(late -> {
                    alarm.ring(why);
                    return null;
                });
        return alarm;
    }

    /// Interrupts the thread now, unless the work is over.
    public synchronized void ring(String why) {
        if (!off && rung.isEmpty()) {
            rung = Optional.of(why);
            thread.interrupt();
        }
    }

    /// Says that the work is over, and takes back an interrupt of this alarm.
    ///
    /// @return why it rang, if it did
    public synchronized Optional<String> off() {
        if (!off) {
            off = true;
            var _ = over.complete(null);
            if (rung.isPresent()) {
                var _ = Thread.interrupted();
            }
        }
        return rung;
    }
}
