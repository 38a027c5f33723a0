package ai.openlegion.workflow.draw;

import ai.openlegion.workflow.draw.Layers.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The lines between a layer and the next, each source's on a track of its own, so that every line can be followed.
final class Channel {

    private final List<Net> nets = new ArrayList<>();
    private int tracks;

    /// The lines of one place to those below it.
    private static final class Net {
        final Node source;
        final Map<Node, Integer> targets = new LinkedHashMap<>();
        int track;

        Net(Node source) {
            this.source = source;
        }

        int out() {
            return source.centre();
        }

        int left() {
            return Math.min(
                    out(),
                    targets.values().stream().min(Comparator.naturalOrder()).orElse(out()));
        }

        int right() {
            return Math.max(
                    out(),
                    targets.values().stream().max(Comparator.naturalOrder()).orElse(out()));
        }

        boolean isStraight() {
            return left() == right();
        }
    }

    /// @param row the upper layer; the places of both layers are set
    Channel(List<Node> row) {
        Map<Integer, Net> columns = new HashMap<>();
        for (Node node : row) {
            if (!node.below.isEmpty()) {
                Net net = new Net(node);
                nets.add(net);
                columns.put(net.out(), net);
            }
        }
        // those that can come straight down first, so that no other takes their column
        for (boolean straight : new boolean[] {true, false}) {
            for (Net net : nets) {
                for (Node target : net.source.below) {
                    if (!net.targets.containsKey(target) && isAbove(net, target) == straight) {
                        net.targets.put(target, port(net, target, straight, columns));
                    }
                }
            }
        }
        assignTracks();
    }

    private static boolean isAbove(Net net, Node target) {
        return target.step == null
                ? net.out() == target.centre()
                : net.out() > target.x && net.out() < target.x + target.width - 1;
    }

    /// The column in which a line comes down to its target: one that nobody else uses, next to the target's middle.
    private static int port(Net net, Node target, boolean straight, Map<Integer, Net> columns) {
        if (straight) {
            return net.out();
        }
        int middle = target.centre();
        if (target.step == null) {
            return aside(net, target, columns);
        } else {
            for (int apart : new int[] {2, 1, 0}) {
                for (int off = 0; off < 2 * target.width; off++) {
                    int away = off % 2 == 0 ? off / 2 : -(off + 1) / 2;
                    int column = middle + (net.out() < middle ? -away : away);
                    if (column > target.x && column < target.x + target.width - 1 && isFree(column, apart, columns)) {
                        columns.put(column, net);
                        return column;
                    }
                }
            }
        }
        // more lines than columns: those that share one lead to the same box
        return middle;
    }

    private static boolean isFree(int column, int apart, Map<Integer, Net> columns) {
        for (int near = column - apart; near <= column + apart; near++) {
            if (columns.containsKey(near)) {
                return false;
            }
        }
        return true;
    }

    /* A line that passes the next layer gives way by a column to one that comes down in its own. */
    private static int aside(Net net, Node passing, Map<Integer, Net> columns) {
        int middle = passing.centre();
        for (int column : new int[] {middle, middle + 1, middle - 1}) {
            if (column >= 0 && !columns.containsKey(column)) {
                columns.put(column, net);
                passing.x = column;
                return column;
            }
        }
        return middle;
    }

    private void assignTracks() {
        List<Integer> ends = new ArrayList<>();
        List<Net> bent =
                new ArrayList<>(nets.stream().filter(net -> !net.isStraight()).toList());
        bent.sort(Comparator.comparingInt(Net::left));
        for (Net net : bent) {
            int track = 0;
            while (track < ends.size() && ends.get(track) >= net.left() - 1) {
                track++;
            }
            if (track == ends.size()) {
                ends.add(net.right());
            } else {
                ends.set(track, net.right());
            }
            net.track = track;
        }
        tracks = ends.size();
    }

    /// In rows: the tracks between a row below the boxes and the arrows' row.
    int height() {
        return tracks + 2;
    }

    void draw(Canvas canvas, int top, boolean ascii) {
        int bottom = top + height() - 1;
        for (Net net : nets) {
            int owner = net.source.source;
            if (net.isStraight()) {
                canvas.down(net.out(), top, bottom, owner);
                canvas.join(top, net.out(), Canvas.UP, owner);
            } else {
                int row = top + 1 + net.track;
                canvas.across(row, net.left(), net.right(), owner);
                canvas.down(net.out(), top, row, owner);
                canvas.join(top, net.out(), Canvas.UP, owner);
                net.targets.values().forEach(column -> canvas.down(column, row, bottom, owner));
            }
            if (net.source.step != null) {
                canvas.join(top - 1, net.out(), Canvas.DOWN, 0);
            }
            net.targets.forEach((target, column) -> {
                canvas.join(bottom, column, Canvas.DOWN, owner);
                if (target.step != null) {
                    canvas.write(bottom, column, ascii ? "v" : "▼", 0);
                }
            });
        }
    }
}
