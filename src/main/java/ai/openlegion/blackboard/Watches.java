package ai.openlegion.blackboard;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Glob;
import ai.openlegion.acl.Operation;
import ai.openlegion.acl.Policy;
import ai.openlegion.blackboard.Blackboard.Watch;
import ai.openlegion.identity.AgentId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Who watches which keys, compiled.
///
/// Confined to one event loop.
final class Watches {

    /// A pattern is compiled and matched once, however many agents watch it.
    private final Map<String, Watched> byPattern = new HashMap<>();

    /// Those of which it is not known yet whether they stand, and how often each was asked for.
    private final Map<Watch, Integer> open = new HashMap<>();

    /// A watch that was asked for: its agent hears of what changes from now on, also while the store has not answered.
    void begin(Watch watch) {
        Integer asked = open.get(watch);
        if (asked != null || !holds(watch)) {
            open.put(watch, asked == null ? 1 : asked + 1);
            add(watch);
        }
    }

    /// It did not come to stand; nothing changes if it stood before, or is asked for once more.
    void withdraw(Watch watch) {
        Integer asked = open.get(watch);
        if (asked == null) {
            return;
        }
        if (asked > 1) {
            open.put(watch, asked - 1);
            return;
        }
        open.remove(watch);
        Watched watched = byPattern.get(watch.pattern());
        if (watched != null) {
            watched.agents.remove(watch.agent());
            if (watched.agents.isEmpty()) {
                byPattern.remove(watch.pattern());
            }
        }
    }

    private boolean holds(Watch watch) {
        Watched watched = byPattern.get(watch.pattern());
        return watched != null && watched.agents.contains(watch.agent());
    }

    /// A watch that stands.
    void stands(Watch watch) {
        open.remove(watch);
        add(watch);
    }

    private void add(Watch watch) {
        var _ = byPattern
                .computeIfAbsent(watch.pattern(), pattern -> new Watched(Glob.compile(pattern), new TreeSet<>()))
                .agents
                .add(watch.agent());
    }

    void drop(Set<AgentId> agents) {
        open.keySet().removeIf(watch -> agents.contains(watch.agent()));
        byPattern.values().removeIf(watched -> {
            watched.agents.removeAll(agents);
            return watched.agents.isEmpty();
        });
    }

    /// The agents that watch anything.
    Set<AgentId> agents() {
        Set<AgentId> agents = new HashSet<>();
        byPattern.values().forEach(watched -> agents.addAll(watched.agents));
        return agents;
    }

    /// Who is to hear of a change to a key: those who watch it and may read it, but not its author.
    List<AgentId> of(String key, String author, Policy policy) {
        if (byPattern.isEmpty()) {
            return List.of();
        }
        Set<AgentId> watching = new TreeSet<>();
        for (Watched watched : byPattern.values()) {
            if (!watched.isOnly(author) && watched.glob.matches(key)) {
                watching.addAll(watched.agents);
            }
        }
        List<AgentId> recipients = new ArrayList<>();
        for (AgentId agent : watching) {
            if (!agent.value().equals(author) && mayRead(policy, agent, key)) {
                recipients.add(agent);
            }
        }
        return recipients;
    }

    static boolean mayRead(Policy policy, AgentId agent, String key) {
        return policy.decide(agent, Operation.READ, key) instanceof Decision.Allowed;
    }

    private record Watched(Glob glob, Set<AgentId> agents) {

        /// Whether nobody else watches, so that no match would matter: what an agent watches is to cost its own writes
        /// nothing.
        boolean isOnly(String author) {
            return agents.size() == 1 && agents.iterator().next().value().equals(author);
        }
    }
}
