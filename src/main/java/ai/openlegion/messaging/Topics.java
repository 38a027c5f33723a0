package ai.openlegion.messaging;

import ai.openlegion.identity.AgentId;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Who subscribed to what, by exact names.
final class Topics {

    private final Map<String, Set<AgentId>> subscribers = new HashMap<>();
    private final Map<AgentId, Set<String>> topics = new HashMap<>();

    /// Subscribes; whether that is new.
    boolean add(AgentId agent, String topic) {
        boolean added = topics.computeIfAbsent(agent, _ -> new TreeSet<>()).add(topic);
        if (added) {
            subscribers.computeIfAbsent(topic, _ -> new LinkedHashSet<>()).add(agent);
        }
        return added;
    }

    /// Ends a subscription; whether there was one.
    boolean remove(AgentId agent, String topic) {
        Set<String> own = topics.get(agent);
        if (own == null || !own.remove(topic)) {
            return false;
        }
        if (own.isEmpty()) {
            topics.remove(agent);
        }
        Set<AgentId> others = subscribers.get(topic);
        if (others != null && others.remove(agent) && others.isEmpty()) {
            subscribers.remove(topic);
        }
        return true;
    }

    /// Whether that subscription stands.
    boolean has(AgentId agent, String topic) {
        return topics.getOrDefault(agent, Set.of()).contains(topic);
    }

    /// Who subscribed to a topic, in the order of subscribing.
    Collection<AgentId> of(String topic) {
        return subscribers.getOrDefault(topic, Set.of());
    }

    /// What an agent subscribed to, in order.
    List<String> of(AgentId agent) {
        return List.copyOf(topics.getOrDefault(agent, Set.of()));
    }

    int count(AgentId agent) {
        return topics.getOrDefault(agent, Set.of()).size();
    }

    Set<AgentId> agents() {
        return Set.copyOf(topics.keySet());
    }
}
