package ai.openlegion.supervisor;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// What has to go but did not yet: containers nobody takes over, volumes of agents that never come back. Each is tried
/// again until it is gone. For one event loop.
final class Leftovers {

    private static final Logger LOG = System.getLogger("openlegion.supervisor");

    private final InstantSource clock;
    private final List<Leftover> waiting = new ArrayList<>();

    private record Leftover(
            String what, Engine engine, Supplier<Future<Void>> work, Promise<Void> gone, long againAt) {}

    Leftovers(InstantSource clock) {
        this.clock = clock;
    }

    /// Done when it is gone, however often that has to be tried; never fails.
    ///
    /// @param what for the log
    /// @param work removes it, or fails
    Future<Void> remove(String what, Engine engine, Supplier<Future<Void>> work) {
        Promise<Void> gone = Promise.promise();
        attempt(new Leftover(what, engine, work, gone, 0));
        return gone.future();
    }

    private void attempt(Leftover one) {
        one.work()
                .get()
                .onSuccess(_ -> one.gone().complete())
                .onFailure(cause -> one.engine().isToBlameFor(cause).onSuccess(byEngine -> {
                    LOG.log(
                            Level.WARNING,
                            "not removed yet: " + one.what() + " by_engine=" + byEngine + " reason=\""
                                    + cause.getMessage() + '"');
                    waiting.add(new Leftover(
                            one.what(),
                            one.engine(),
                            one.work(),
                            one.gone(),
                            clock.millis() + Lifecycle.STOP_AGAIN_MILLIS));
                }));
    }

    /// Time has passed; what an engine keeps that does not answer waits for it.
    void onTick() {
        long now = clock.millis();
        List<Leftover> due = waiting.stream()
                .filter(one -> one.againAt() <= now && !one.engine().isLost())
                .toList();
        waiting.removeAll(due);
        due.forEach(this::attempt);
    }
}
