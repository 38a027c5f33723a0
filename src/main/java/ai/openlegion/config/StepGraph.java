package ai.openlegion.config;

import ai.openlegion.config.StepReader.Draft;
import ai.openlegion.workflow.model.InputFrom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What steps of one workflow say of each other: each id once, no way round, and nothing of a step that may not be
/// over.
final class StepGraph {

    private final Map<String, Draft> steps = new LinkedHashMap<>();
    private final Map<String, Set<String>> edges = new LinkedHashMap<>();

    private StepGraph() {}

    /// Notes every problem.
    static void check(List<Draft> drafts) {
        StepGraph graph = new StepGraph();
        drafts.forEach(graph::add);
        drafts.forEach(graph::connect);
        Cycles.of(graph.edges).forEach(graph::cycle);
        drafts.forEach(graph::references);
    }

    private void add(Draft draft) {
        String id = draft.step().id();
        Draft earlier = id.isEmpty() ? null : steps.putIfAbsent(id, draft);
        if (earlier != null) {
            draft.entry()
                    .problem(
                            "id",
                            "is already the id of the step on line "
                                    + earlier.step().line());
        }
    }

    private void connect(Draft draft) {
        Set<String> dependsOn = new LinkedHashSet<>();
        for (Tree.Text name : draft.dependsOn()) {
            if (name.value().equals(draft.step().id())) {
                draft.entry().problem(name, "a step cannot depend on itself");
            } else if (!steps.containsKey(name.value())) {
                draft.entry().problem(name, nobody(name.value()));
            } else if (!dependsOn.add(name.value())) {
                draft.entry().problem(name, Tree.shown(name.value()) + " is given twice");
            }
        }
        var _ = edges.computeIfAbsent(draft.step().id(), _ -> new LinkedHashSet<>())
                .addAll(dependsOn);
    }

    private void cycle(String step, List<String> cycle) {
        Draft draft = steps.get(step);
        if (draft != null) {
            draft.entry().problem("depends_on", "is a cycle: " + Cycles.text(cycle) + ", each depends on the next");
        }
    }

    private void references(Draft draft) {
        Set<String> over = over(draft.step().id());
        if (draft.step().input() instanceof InputFrom.Result(var path)) {
            reference(draft, "input_from", path.step(), over);
        }
        if (draft.step().condition() != null) {
            draft.step().condition().steps().forEach(step -> reference(draft, "condition", step, over));
        }
        if (draft.step().forEach() != null) {
            reference(draft, "for_each", draft.step().forEach().list().step(), over);
        }
    }

    private void reference(Draft draft, String key, String step, Set<String> over) {
        if (step.equals(draft.step().id())) {
            draft.entry().problem(key, "names the step itself, which is not over when it begins");
        } else if (step.equals("trigger") && !steps.containsKey(step)) {
            draft.entry().problem(key, "of the trigger there is the payload alone: input_from: trigger.payload");
        } else if (!steps.containsKey(step)) {
            draft.entry().problem(key, nobody(step));
        } else if (!over.contains(step)) {
            draft.entry()
                    .problem(
                            key,
                            "names " + step + ", which may not be over: this step depends on it neither directly nor"
                                    + " through others; add it to depends_on");
        }
    }

    private String nobody(String name) {
        return "there is no step " + Tree.shown(name) + Nearest.hint(name, steps.keySet());
    }

    /* What a step depends on, directly or through others; of a step in a cycle also itself. */
    private Set<String> over(String step) {
        Set<String> over = new HashSet<>();
        Deque<String> left = new ArrayDeque<>(edges.getOrDefault(step, Set.of()));
        while (!left.isEmpty()) {
            String next = left.pop();
            if (over.add(next)) {
                left.addAll(edges.getOrDefault(next, Set.of()));
            }
        }
        return over;
    }
}
