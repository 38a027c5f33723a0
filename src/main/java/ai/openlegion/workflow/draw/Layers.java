package ai.openlegion.workflow.draw;

import ai.openlegion.workflow.model.Dag;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A graph in layers: each step below all it depends on, and each line going from one layer to the next.
///
/// A line that passes layers has a place in each of them, so that no box stands in its way.
final class Layers {

    private static final int SWEEPS = 4;

    private final List<List<Node>> rows = new ArrayList<>();

    private Layers() {}

    /// A place in a layer: a step's box, or a line that passes.
    static final class Node {
        final @Nullable Step step;

        /// The number, from 1, of the step whose line it is, or of the step itself.
        final int source;

        final List<Node> above = new ArrayList<>();
        final List<Node> below = new ArrayList<>();
        double rank;

        /// Where its box begins; the unit is the drawing's.
        int x;

        int width;

        Node(@Nullable Step step, int source) {
            this.step = step;
            this.source = source;
        }

        int centre() {
            return x + width / 2;
        }
    }

    static Layers of(Workflow workflow) {
        Layers layers = new Layers();
        Map<String, Step> steps = new LinkedHashMap<>();
        workflow.steps().forEach(step -> steps.put(step.id(), step));
        Map<String, Integer> depth = new HashMap<>();
        Map<String, Node> boxes = new HashMap<>();
        List<List<String>> levels = Dag.of(workflow.steps()).levels();
        for (int level = 0; level < levels.size(); level++) {
            List<Node> row = new ArrayList<>();
            for (String id : levels.get(level)) {
                Node node = new Node(steps.get(id), boxes.size() + 1);
                depth.put(id, level);
                boxes.put(id, node);
                row.add(node);
            }
            layers.rows.add(row);
        }
        for (List<String> level : levels) {
            for (String id : level) {
                layers.connect(id, steps, depth, boxes);
            }
        }
        layers.order();
        return layers;
    }

    /// Draws the lines of a step to those that depend on it; one that passes a layer passes it once for all of them.
    private void connect(String id, Map<String, Step> steps, Map<String, Integer> depth, Map<String, Node> boxes) {
        int from = depth.getOrDefault(id, 0);
        Map<Integer, Node> passing = new HashMap<>();
        Node source = boxes.get(id);
        if (source == null) {
            return;
        }
        steps.values().stream()
                .filter(step -> step.dependsOn().contains(id) && boxes.containsKey(step.id()))
                .forEach(step -> {
                    Node last = source;
                    for (int level = from + 1; level < depth.getOrDefault(step.id(), 0); level++) {
                        Node pass = passing.get(level);
                        if (pass == null) {
                            pass = new Node(null, source.source);
                            passing.put(level, pass);
                            rows.get(level).add(pass);
                            join(last, pass);
                        }
                        last = pass;
                    }
                    join(last, boxes.get(step.id()));
                });
    }

    private static void join(@Nullable Node above, @Nullable Node below) {
        if (above != null && below != null) {
            above.below.add(below);
            below.above.add(above);
        }
    }

    /// Puts each place near those it is joined with, so that few lines cross.
    private void order() {
        number();
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            boolean down = sweep % 2 == 0;
            for (int i = 0; i < rows.size(); i++) {
                List<Node> row = rows.get(down ? i : rows.size() - 1 - i);
                for (Node node : row) {
                    List<Node> others = down ? node.above : node.below;
                    node.rank = others.stream()
                            .mapToDouble(other -> other.rank)
                            .average()
                            .orElse(node.rank);
                }
                row.sort(Comparator.comparingDouble(node -> node.rank));
                number(row);
            }
        }
    }

    private void number() {
        rows.forEach(Layers::number);
    }

    /* From -1 to 1: rows of different lengths are compared. */
    private static void number(List<Node> row) {
        for (int i = 0; i < row.size(); i++) {
            row.get(i).rank = (i + 0.5) * 2 / row.size() - 1;
        }
    }

    List<List<Node>> rows() {
        return rows;
    }

    /// Sets where each place stands, each row in the middle, and gives the width of all.
    ///
    /// @param gap between two places; widths are set
    int place(int gap) {
        int widest = 0;
        for (List<Node> row : rows) {
            widest = Math.max(widest, width(row, gap));
        }
        for (List<Node> row : rows) {
            int x = (widest - width(row, gap)) / 2;
            for (Node node : row) {
                node.x = x;
                x += node.width + gap;
            }
        }
        return widest;
    }

    private static int width(List<Node> row, int gap) {
        return row.stream().mapToInt(node -> node.width + gap).sum() - gap;
    }
}
