package ai.openlegion.messaging;

import ai.openlegion.identity.AgentId;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The readers that wait for items. Time is counted in ticks: a timer for each of thousands of readers, set and
/// cancelled with each item, would cost more than looking at all of them now and then.
final class Waiters {

    /// A reader that waits.
    ///
    /// @param after where it stands
    /// @param due the tick at which its wait is over
    record Waiter(AgentId agent, String reader, long after, int limit, long due, Promise<Inbox.Fetched> answer) {

        Waiter behind(long seq) {
            return new Waiter(agent, reader, seq, limit, due, answer);
        }
    }

    private final Map<AgentId, Map<String, Waiter>> waiting = new HashMap<>();

    int count(AgentId agent) {
        return waiting.getOrDefault(agent, Map.of()).size();
    }

    void add(Waiter waiter) {
        waiting.computeIfAbsent(waiter.agent(), _ -> new LinkedHashMap<>()).put(waiter.reader(), waiter);
    }

    /// Takes the waiting reader of that name; null when there is none.
    @Nullable
    Waiter take(AgentId agent, String reader) {
        Map<String, Waiter> readers = waiting.get(agent);
        Waiter waiter = readers == null ? null : readers.remove(reader);
        if (readers != null && readers.isEmpty()) {
            waiting.remove(agent);
        }
        return waiter;
    }

    /// Takes all who wait for this agent's items.
    List<Waiter> take(AgentId agent) {
        Map<String, Waiter> readers = waiting.remove(agent);
        return readers == null ? List.of() : List.copyOf(readers.values());
    }

    /// Takes all.
    List<Waiter> takeAll() {
        List<Waiter> all = new ArrayList<>();
        waiting.values().forEach(readers -> all.addAll(readers.values()));
        waiting.clear();
        return all;
    }

    /// Takes those whose wait is over at this tick.
    List<Waiter> takeDue(long tick) {
        List<Waiter> due = new ArrayList<>();
        waiting.values().removeIf(readers -> {
            readers.values().removeIf(waiter -> {
                boolean over = waiter.due() <= tick;
                if (over) {
                    due.add(waiter);
                }
                return over;
            });
            return readers.isEmpty();
        });
        return due;
    }
}
