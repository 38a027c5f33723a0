package ai.openlegion.messaging;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Everything that one transaction stores, and who waits to hear that it did.
final class Batch {

    // Half of what a writer's group takes on; the ledger's own part of the group is not to wait behind more than that.
    private static final int MOST_CHANGES = 1000;
    private static final int MOST_BYTES = 4 << 20;

    /// A subscription that begins or ends.
    record SubscriptionChange(AgentId agent, String topic, boolean begins) {}

    private final List<NewItem> items = new ArrayList<>();
    private final List<Long> deletedRows = new ArrayList<>();
    private final List<SubscriptionChange> subscriptions = new ArrayList<>();
    private final Map<AgentId, Messaging.Registration> registrations = new LinkedHashMap<>();
    private final Set<AgentId> removedAgents = new LinkedHashSet<>();
    private final Set<AgentId> marks = new LinkedHashSet<>();
    private final List<Consumer<Boolean>> waiting = new ArrayList<>();
    private Map<AgentId, Mark> drawnMarks = Map.of();
    private long bytes;

    void add(NewItem item) {
        items.add(item);
        bytes += item.entry().bytes;
    }

    void delete(long row) {
        deletedRows.add(row);
    }

    void add(SubscriptionChange change) {
        subscriptions.add(change);
    }

    void register(AgentId agent, Messaging.Registration registration) {
        registrations.put(agent, registration);
    }

    /// The agent's subscriptions and registration go, and what its mark says is done.
    void remove(AgentId agent) {
        removedAgents.add(agent);
        registrations.remove(agent);
        subscriptions.removeIf(change -> change.agent().equals(agent));
        marks.add(agent);
    }

    /// The agent's mark is to be stored, as it is when the batch goes.
    void mark(AgentId agent) {
        marks.add(agent);
    }

    /// Calls back with whether the batch was stored.
    void whenDone(Consumer<Boolean> caller) {
        waiting.add(caller);
    }

    void draw(Map<AgentId, Mark> current) {
        drawnMarks = current;
    }

    void done(boolean stored) {
        waiting.forEach(caller -> caller.accept(stored));
    }

    boolean isEmpty() {
        return items.isEmpty()
                && deletedRows.isEmpty()
                && subscriptions.isEmpty()
                && registrations.isEmpty()
                && removedAgents.isEmpty()
                && marks.isEmpty();
    }

    /// Whether the next change belongs into the next transaction.
    boolean isFull() {
        return items.size() >= MOST_CHANGES
                || waiting.size() >= MOST_CHANGES
                || deletedRows.size() >= MOST_CHANGES
                || bytes >= MOST_BYTES;
    }

    /// What its items hold.
    long bytes() {
        return bytes;
    }

    List<NewItem> items() {
        return items;
    }

    List<Long> deletedRows() {
        return deletedRows;
    }

    List<SubscriptionChange> subscriptions() {
        return subscriptions;
    }

    Map<AgentId, Messaging.Registration> registrations() {
        return registrations;
    }

    Set<AgentId> removedAgents() {
        return removedAgents;
    }

    Set<AgentId> marks() {
        return marks;
    }

    Map<AgentId, Mark> drawnMarks() {
        return drawnMarks;
    }
}
