package ai.openlegion.task;

import ai.openlegion.identity.AgentId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who works on what, and what waits: one task at a time for each agent, the others in the order they came.
final class Queues {

    private final Map<String, Work> byId = new LinkedHashMap<>();
    private final Map<AgentId, Deque<Work>> waiting = new HashMap<>();
    private final Map<AgentId, Work> current = new HashMap<>();

    @Nullable
    Work find(String taskId) {
        return byId.get(taskId);
    }

    Collection<Work> all() {
        return List.copyOf(byId.values());
    }

    @Nullable
    Work current(AgentId agent) {
        return current.get(agent);
    }

    Collection<Work> current() {
        return List.copyOf(current.values());
    }

    int waiting(AgentId agent) {
        Deque<Work> line = waiting.get(agent);
        return line == null ? 0 : line.size();
    }

    /// By agent, the one that runs first.
    List<Work> inOrder() {
        List<Work> works = new ArrayList<>(byId.values());
        works.sort(Comparator.comparing(Work::agent).thenComparing(work -> work.phase == Work.Phase.QUEUED));
        return works;
    }

    void add(Work work) {
        byId.put(work.id(), work);
        waiting.computeIfAbsent(work.agent(), _ -> new ArrayDeque<>()).add(work);
    }

    /// The next task of an agent that has none; null where it has one, none waits, or the next is not stored yet.
    @Nullable
    Work next(AgentId agent) {
        Deque<Work> line = waiting.get(agent);
        Work head = line == null || current.containsKey(agent) ? null : line.peek();
        if (line == null || head == null || !head.stored || head.phase != Work.Phase.QUEUED) {
            return null;
        }
        line.remove();
        current.put(agent, head);
        return head;
    }

    void remove(Work work) {
        byId.remove(work.id());
        current.remove(work.agent(), work);
        Deque<Work> line = waiting.get(work.agent());
        if (line != null) {
            line.remove(work);
            if (line.isEmpty()) {
                waiting.remove(work.agent());
            }
        }
    }
}
