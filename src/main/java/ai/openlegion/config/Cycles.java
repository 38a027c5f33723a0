package ai.openlegion.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The ways round in a graph that should have none.
final class Cycles {

    private final Map<String, ? extends Iterable<String>> edges;
    private final Map<String, List<String>> found = new LinkedHashMap<>();
    private final Set<String> done = new HashSet<>();

    private Cycles(Map<String, ? extends Iterable<String>> edges) {
        this.edges = edges;
    }

    /// One cycle for each of some nodes, from that node round to itself; without these nodes the graph has none.
    ///
    /// @param edges from each node; those to nodes without an entry lead nowhere
    static Map<String, List<String>> of(Map<String, ? extends Iterable<String>> edges) {
        Cycles cycles = new Cycles(edges);
        edges.keySet().forEach(cycles::walk);
        return cycles.found;
    }

    /// `a → b → a`.
    static String text(List<String> cycle) {
        return String.join(" → ", cycle);
    }

    /* Depth first, without recursion: an edge back to a node that is still open closes a cycle. */
    private void walk(String start) {
        if (done.contains(start)) {
            return;
        }
        List<String> open = new ArrayList<>();
        Set<String> isOpen = new HashSet<>();
        Deque<Iterator<String>> left = new ArrayDeque<>();
        open.add(start);
        boolean _ = isOpen.add(start);
        left.push(next(start));
        while (!left.isEmpty()) {
            if (!left.peek().hasNext()) {
                left.pop();
                String closed = open.removeLast();
                isOpen.remove(closed);
                boolean _ = done.add(closed);
                continue;
            }
            String to = left.peek().next();
            if (isOpen.contains(to)) {
                List<String> cycle = new ArrayList<>(open.subList(open.indexOf(to), open.size()));
                cycle.add(to);
                var _ = found.putIfAbsent(to, cycle);
            } else if (edges.containsKey(to) && !done.contains(to)) {
                open.add(to);
                boolean _ = isOpen.add(to);
                left.push(next(to));
            }
        }
    }

    private Iterator<String> next(String node) {
        Iterable<String> to = edges.get(node);
        return to == null ? List.<String>of().iterator() : to.iterator();
    }
}
