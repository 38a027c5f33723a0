package ai.openlegion.messaging;

import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What inboxes are to do, in the simplest words: lists in memory.
final class InboxModel {

    /// An item as a reader sees it.
    record Seen(long seq, String payload) {}

    private record Held(long seq, String payload, int bytes, long expiresMillis, boolean pushed) {}

    private static final class Box {
        private List<Held> items = new ArrayList<>();
        private final Set<String> topics = new TreeSet<>();
        private long acked;
        private long last;
    }

    private final InboxLimits limits;
    private final Map<AgentId, Box> boxes = new TreeMap<>();
    private final Map<AgentId, Long> former = new TreeMap<>();

    InboxModel(InboxLimits limits) {
        this.limits = limits;
    }

    InboxModel copy() {
        InboxModel copy = new InboxModel(limits);
        boxes.forEach((agent, box) -> {
            Box twin = new Box();
            twin.items.addAll(box.items);
            twin.topics.addAll(box.topics);
            twin.acked = box.acked;
            twin.last = box.last;
            copy.boxes.put(agent, twin);
        });
        copy.former.putAll(former);
        return copy;
    }

    void configure(Set<AgentId> agents) {
        for (AgentId agent : List.copyOf(boxes.keySet())) {
            if (!agents.contains(agent)) {
                former.put(agent, box(agent).last);
                boxes.remove(agent);
            }
        }
        for (AgentId agent : agents) {
            boxes.computeIfAbsent(agent, _ -> {
                Box box = new Box();
                box.last = former.getOrDefault(agent, 0L);
                box.acked = box.last;
                return box;
            });
        }
    }

    /// The place the item gets; 0 = there is no room, below 0 = there is no such agent.
    long send(AgentId to, String payload, int bytes, long now, long ttlSeconds) {
        Box box = boxes.get(to);
        if (box == null) {
            return -1;
        }
        box.items.removeIf(item -> item.expiresMillis <= now);
        List<Held> fixed = box.items.stream().filter(item -> !item.pushed).toList();
        if (fixed.size() >= limits.items() || bytes(fixed) + bytes > limits.bytes()) {
            return 0;
        }
        while (box.items.size() >= limits.items() || bytes(box.items) + bytes > limits.bytes()) {
            Held oldest = box.items.stream()
                    .filter(Held::pushed)
                    .min(Comparator.comparingLong(Held::seq))
                    .orElseThrow();
            box.items.remove(oldest);
        }
        box.last++;
        long keptMillis = ttlSeconds > 0 ? ttlSeconds * 1000 : limits.days() * 86_400_000L;
        box.items.add(new Held(box.last, payload, bytes, now + keptMillis, false));
        return box.last;
    }

    /// How many get it.
    int publish(String topic, String payload, int bytes, long now) {
        int notified = 0;
        for (AgentId agent : boxes.keySet()) {
            if (box(agent).topics.contains(topic) && send(agent, payload, bytes, now, 0) > 0) {
                notified++;
            }
        }
        return notified;
    }

    boolean subscribe(AgentId agent, String topic) {
        Set<String> topics = box(agent).topics;
        return topics.contains(topic) || (topics.size() < limits.subscriptions() && topics.add(topic));
    }

    void unsubscribe(AgentId agent, String topic) {
        boolean _ = box(agent).topics.remove(topic);
    }

    /// Whether the place is there to be acknowledged.
    boolean ack(AgentId agent, long upTo) {
        Box box = box(agent);
        if (upTo > box.last) {
            return false;
        }
        box.acked = Math.max(box.acked, upTo);
        box.items.removeIf(item -> item.seq <= upTo);
        return true;
    }

    void push(AgentId agent, long seq) {
        Box box = box(agent);
        box.items.replaceAll(
                item -> item.seq == seq ? new Held(seq, item.payload, item.bytes, item.expiresMillis, true) : item);
    }

    boolean has(AgentId agent) {
        return boxes.containsKey(agent);
    }

    long last(AgentId agent) {
        return box(agent).last;
    }

    List<Seen> items(AgentId agent, long now) {
        return box(agent).items.stream()
                .filter(item -> item.expiresMillis > now)
                .map(item -> new Seen(item.seq, item.payload))
                .toList();
    }

    /// Everything that can be told of an agent.
    String describe(AgentId agent, long now) {
        Box box = boxes.get(agent);
        return box == null ? "gone" : describe(items(agent, now), box.acked, box.last, List.copyOf(box.topics));
    }

    static String describe(List<Seen> items, long acked, long last, List<String> topics) {
        return "items=" + items + " acked=" + acked + " last=" + last + " topics=" + topics;
    }

    private Box box(AgentId agent) {
        Box box = boxes.get(agent);
        if (box == null) {
            throw new IllegalArgumentException("no " + agent);
        }
        return box;
    }

    private static int bytes(List<Held> items) {
        return items.stream().mapToInt(Held::bytes).sum();
    }
}
