package ai.openlegion.workflow.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The graph that the steps of a workflow make.
public final class Dag {

    private final Map<String, Set<String>> dependencies;
    private final Map<String, Set<String>> dependents;

    private Dag(Map<String, Set<String>> dependencies, Map<String, Set<String>> dependents) {
        this.dependencies = dependencies;
        this.dependents = dependents;
    }

    /// The graph of these steps. Dependencies that are none of the steps, and repeated ids, are left out.
    public static Dag of(List<Step> steps) {
        Map<String, Set<String>> dependencies = new LinkedHashMap<>();
        Map<String, Set<String>> dependents = new LinkedHashMap<>();
        for (Step step : steps) {
            dependencies.putIfAbsent(step.id(), new LinkedHashSet<>());
            dependents.putIfAbsent(step.id(), new LinkedHashSet<>());
        }
        for (Step step : steps) {
            for (String dependency : step.dependsOn()) {
                Set<String> theirs = dependents.get(dependency);
                if (theirs != null) {
                    theirs.add(step.id());
                    dependencies
                            .computeIfAbsent(step.id(), _ -> new LinkedHashSet<>())
                            .add(dependency);
                }
            }
        }
        return new Dag(dependencies, dependents);
    }

    /// A cycle as `b -> c -> a`, each needing the next and the last the first; a step that needs itself as `a -> a`.
    /// Empty where there is none. It ends with the step of it that stands first in the file.
    public Optional<String> cycle() {
        Deque<String> free = new ArrayDeque<>();
        Map<String, Integer> open = new LinkedHashMap<>();
        dependencies.forEach((step, needed) -> {
            open.put(step, needed.size());
            if (needed.isEmpty()) {
                free.add(step);
            }
        });
        while (!free.isEmpty()) {
            String done = free.remove();
            open.remove(done);
            for (String dependent : of(dependents, done)) {
                if (open.merge(dependent, -1, Integer::sum) == 0) {
                    free.add(dependent);
                }
            }
        }
        return open.isEmpty() ? Optional.empty() : Optional.of(path(open.keySet()));
    }

    /* Each step that is left needs another one that is left: following the first such need ends in a cycle. */
    private String path(Set<String> left) {
        List<String> walked = new ArrayList<>();
        String at = left.iterator().next();
        while (!walked.contains(at)) {
            walked.add(at);
            at = of(dependencies, at).stream()
                    .filter(left::contains)
                    .findFirst()
                    .orElseThrow();
        }
        List<String> cycle = new ArrayList<>(walked.subList(walked.indexOf(at), walked.size()));
        String first = dependencies.keySet().stream()
                .filter(cycle::contains)
                .findFirst()
                .orElseThrow();
        while (!cycle.getLast().equals(first)) {
            cycle.addLast(cycle.removeFirst());
        }
        return cycle.size() == 1 ? first + " -> " + first : String.join(" -> ", cycle);
    }

    /// All that a step depends on, directly or not; of an unknown one nothing.
    public Set<String> ancestors(String step) {
        return reach(dependencies, step);
    }

    /// All that depends on a step, directly or not; of an unknown one nothing.
    public Set<String> descendants(String step) {
        return reach(dependents, step);
    }

    private static Set<String> reach(Map<String, Set<String>> edges, String from) {
        Set<String> reached = new LinkedHashSet<>();
        Deque<String> next = new ArrayDeque<>(of(edges, from));
        while (!next.isEmpty()) {
            String step = next.remove();
            if (reached.add(step)) {
                next.addAll(of(edges, step));
            }
        }
        return reached;
    }

    /// The steps by their distance from the beginning: first those without dependencies, then those that need only
    /// these, and so on; in the order of the file. Steps in or behind a cycle are left out.
    public List<List<String>> levels() {
        List<List<String>> levels = new ArrayList<>();
        Set<String> placed = new LinkedHashSet<>();
        while (true) {
            List<String> level = new ArrayList<>();
            dependencies.forEach((step, needed) -> {
                if (!placed.contains(step) && placed.containsAll(needed)) {
                    level.add(step);
                }
            });
            if (level.isEmpty()) {
                return levels;
            }
            placed.addAll(level);
            levels.add(List.copyOf(level));
        }
    }

    private static Set<String> of(Map<String, Set<String>> edges, String step) {
        return edges.getOrDefault(step, Set.of());
    }
}
