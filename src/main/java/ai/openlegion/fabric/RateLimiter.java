package ai.openlegion.fabric;

import static java.util.Objects.requireNonNull;

import ai.openlegion.identity.AgentId;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// How much of its rates each agent has used, for all event loops together and without a lock.
public final class RateLimiter {

    private static final long SECOND = 1_000_000_000L;

    private final InstantSource clock;
    private final Map<Crossing, Gcra> rates = new EnumMap<>(Crossing.class);
    private final Map<AgentId, Map<Crossing, AtomicLong>> used = new ConcurrentHashMap<>();

    public RateLimiter(RateLimits limits, InstantSource clock) {
        this.clock = clock;
        for (Crossing crossing : Crossing.values()) {
            rates.put(crossing, Gcra.perMinute(limits.of(crossing)));
        }
    }

    /// Counts a request: 0 where it may go on, else the whole seconds after which one would, from 1.
    long charge(AgentId agent, Crossing crossing) {
        Map<Crossing, AtomicLong> known = used.get(agent);
        AtomicLong mine =
                requireNonNull((known == null ? used.computeIfAbsent(agent, _ -> unused()) : known).get(crossing));
        Gcra rate = requireNonNull(rates.get(crossing));
        long now = clock.millis() * 1_000_000;
        while (true) {
            long even = mine.get();
            long next = rate.next(even, now);
            if (next < 0) {
                return (SECOND - 1 - next) / SECOND;
            }
            if (mine.compareAndSet(even, next)) {
                return 0;
            }
        }
    }

    /// Counts a call of a service: 0 where it may go on, else the whole seconds after which one would, from 1.
    public long chargeService(AgentId agent) {
        return charge(agent, Crossing.SERVICE);
    }

    private static Map<Crossing, AtomicLong> unused() {
        Map<Crossing, AtomicLong> counts = new EnumMap<>(Crossing.class);
        for (Crossing crossing : Crossing.values()) {
            counts.put(crossing, new AtomicLong());
        }
        return counts;
    }

    /// Forgets agents that are gone.
    void retain(Set<AgentId> agents) {
        used.keySet().retainAll(agents);
    }
}
