package ai.openlegion.listener;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The connections of one listener on one event loop, and the seconds that pass for them; used on that loop only.
final class LoopConnections {

    private final EventExecutor loop;
    private final ConnectionLimits limits;
    private final Set<ClientConnection> all = new LinkedHashSet<>();
    private final Map<Object, Integer> waitingOf = new HashMap<>();
    private @Nullable ScheduledFuture<?> timer;
    private int waiting;
    private int tick;

    LoopConnections(EventExecutor loop, ConnectionLimits limits) {
        this.loop = loop;
        this.limits = limits;
    }

    /// Seconds since there was a first connection.
    int tick() {
        return tick;
    }

    void add(ClientConnection connection) {
        all.add(connection);
        if (timer == null) {
            timer = loop.scheduleAtFixedRate(this::onTick, 1, 1, TimeUnit.SECONDS);
        }
    }

    void remove(ClientConnection connection) {
        all.remove(connection);
        ScheduledFuture<?> running = timer;
        if (all.isEmpty() && running != null) {
            var _ = running.cancel(false);
            timer = null;
        }
    }

    /// Whether one more request of this owner may wait; half of the places are there for the others.
    boolean waits(Object owner) {
        int mine = waitingOf.getOrDefault(owner, 0);
        if (waiting >= limits.waiting() || mine >= (limits.waiting() + 1) / 2) {
            return false;
        }
        waiting++;
        waitingOf.put(owner, mine + 1);
        return true;
    }

    /// So many of this owner's wait no longer.
    void waitNoMore(Object owner, int howMany) {
        waiting -= howMany;
        var _ = waitingOf.computeIfPresent(owner, (_, mine) -> mine <= howMany ? null : mine - howMany);
    }

    /// Whether each of these tokens stands is asked once.
    void prove(Predicate<String> stands) {
        Map<String, Boolean> asked = new HashMap<>();
        all.forEach(connection -> connection.prove(token -> asked.computeIfAbsent(token, stands::test)));
    }

    private void onTick() {
        tick++;
        for (ClientConnection connection : new ArrayList<>(all)) {
            connection.onTick(tick);
        }
    }
}
