package ai.openlegion.fabric;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// The readers of inboxes on one event loop: who is told about time, revoked tokens and the end. One timer serves them
/// all.
final class InboxReaders {

    static final int TICKS_A_SECOND = 4;

    private final StreamLimits limits;
    private final Set<InboxReader> open = new LinkedHashSet<>();
    private final Map<AgentId, Integer> byAgent = new HashMap<>();
    private int tick;

    InboxReaders(StreamLimits limits) {
        this.limits = limits;
    }

    StreamLimits limits() {
        return limits;
    }

    int tick() {
        return tick;
    }

    /// Begins to read for it, unless the agent has as many readers here as it may.
    void begin(InboxPoll poll) {
        if (enter(poll)) {
            poll.begin();
        } else {
            poll.refuse();
        }
    }

    /// Begins to read for it, unless the agent has as many readers here as it may.
    void begin(InboxStream stream) {
        if (enter(stream)) {
            stream.begin();
        } else {
            stream.refuse();
        }
    }

    private boolean enter(InboxReader reader) {
        if (byAgent.getOrDefault(reader.agent(), 0) >= limits.readersPerAgent()) {
            return false;
        }
        open.add(reader);
        byAgent.merge(reader.agent(), 1, Integer::sum);
        return true;
    }

    /// It has ended; twice is once.
    void leave(InboxReader reader) {
        if (open.remove(reader)) {
            byAgent.computeIfPresent(reader.agent(), (_, count) -> count == 1 ? null : count - 1);
        }
    }

    void onTick() {
        tick++;
        each(reader -> reader.onTick(tick));
    }

    void onFleet() {
        each(InboxReader::onFleet);
    }

    void onDrain() {
        each(InboxReader::onDrain);
    }

    /// A reader that ends leaves, so the walk is over a copy.
    private void each(Consumer<InboxReader> told) {
        if (!open.isEmpty()) {
            new ArrayList<>(open).forEach(told);
        }
    }
}
