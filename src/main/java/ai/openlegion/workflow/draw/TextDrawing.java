package ai.openlegion.workflow.draw;

import ai.openlegion.workflow.draw.Layers.Node;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.run.StepStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A picture as text for a terminal.
public final class TextDrawing {

    private static final int BOX_CHARS = 34;
    private static final int GAP = 3;
    private static final int NARROWEST = 40;

    private final Picture picture;
    private final Style style;
    private final String between;
    private final Layers layers;
    private final Map<Node, List<String>> contents = new HashMap<>();

    /// How it is shown.
    ///
    /// @param ascii whether only ASCII may be used for lines
    /// @param coloured whether colours are shown
    /// @param columns that there are; a graph that needs more is listed instead
    public record Style(boolean ascii, boolean coloured, int columns) {}

    private TextDrawing(Picture picture, Style style) {
        this.picture = picture;
        this.style = style;
        between = style.ascii() ? ", " : " · ";
        layers = Layers.of(picture.workflow());
    }

    /// The picture in lines, each ended by a line feed.
    public static String draw(Picture picture, Style style) {
        return new TextDrawing(picture, style).draw();
    }

    private String draw() {
        StringBuilder out = new StringBuilder();
        out.append(paint(Marks.plain(picture.title()), 1)).append('\n');
        picture.head().forEach(line -> out.append(said(line)).append('\n'));
        out.append('\n');
        for (List<Node> row : layers.rows()) {
            for (Node node : row) {
                contents.put(node, content(node));
                node.width = node.step == null
                        ? 1
                        : contents.get(node).stream()
                                        .mapToInt(String::length)
                                        .max()
                                        .orElse(0)
                                + 4;
            }
        }
        int width = layers.place(GAP);
        if (width <= Math.max(NARROWEST, style.columns())) {
            graph(out, width);
        } else {
            list(out);
        }
        notes(out);
        return out.toString();
    }

    private List<String> content(Node node) {
        Step step = node.step;
        if (step == null) {
            return List.of();
        }
        List<String> lines = new ArrayList<>(Marks.lines(step, between, BOX_CHARS));
        Picture.State state = picture.states().get(step.id());
        if (state != null) {
            lines.add(Marks.cut(status(state), BOX_CHARS));
        }
        return lines;
    }

    private String status(Picture.State state) {
        String word = state.status().word().replace('_', ' ');
        return state.more().isEmpty() ? word : word + between + state.more();
    }

    private void graph(StringBuilder out, int width) {
        List<List<Node>> rows = layers.rows();
        int total = 0;
        List<Channel> channels = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            Channel channel = i + 1 < rows.size() ? new Channel(rows.get(i)) : null;
            total += height(rows.get(i));
            if (channel != null) {
                channels.add(channel);
                total += channel.height();
            }
        }
        // a line at the edge may have given way to another
        Canvas canvas = new Canvas(width + 2, Math.max(total, 1));
        int y = 0;
        for (int i = 0; i < rows.size(); i++) {
            int height = height(rows.get(i));
            for (Node node : rows.get(i)) {
                box(canvas, node, y, height);
            }
            y += height;
            if (i < channels.size()) {
                channels.get(i).draw(canvas, y, style.ascii());
                y += channels.get(i).height();
            }
        }
        for (int row = 0; row < canvas.rows(); row++) {
            out.append(canvas.line(row, style.ascii(), style.coloured())).append('\n');
        }
    }

    private int height(List<Node> row) {
        return 2
                + row.stream()
                        .mapToInt(node -> contents.getOrDefault(node, List.of()).size())
                        .max()
                        .orElse(0);
    }

    private void box(Canvas canvas, Node node, int y, int height) {
        Step step = node.step;
        if (step == null) {
            canvas.down(node.centre(), y, y + height - 1, node.source);
            canvas.join(y, node.centre(), Canvas.UP, node.source);
            canvas.join(y + height - 1, node.centre(), Canvas.DOWN, node.source);
            return;
        }
        Picture.State state = picture.states().get(step.id());
        int colour = state == null ? 0 : colour(state.status());
        canvas.box(y, node.x, node.width, height, colour);
        List<String> lines = contents.getOrDefault(node, List.of());
        for (int i = 0; i < lines.size(); i++) {
            boolean last = state != null && i == lines.size() - 1;
            canvas.write(y + 1 + i, node.x + 2, lines.get(i), i == 0 ? 1 : last ? colour : 0);
        }
    }

    /// The graph as a list by layers: for one that is wider than the terminal.
    private void list(StringBuilder out) {
        int layer = 0;
        for (List<Node> row : layers.rows()) {
            layer++;
            out.append(paint("layer " + layer, 2)).append('\n');
            for (Node node : row) {
                Step step = node.step;
                if (step == null) {
                    continue;
                }
                List<String> lines = contents.getOrDefault(node, List.of());
                Picture.State state = picture.states().get(step.id());
                out.append("  ").append(paint(lines.getFirst(), 1));
                for (int i = 1; i < lines.size(); i++) {
                    boolean last = i == lines.size() - 1;
                    out.append("  ")
                            .append(last && state != null ? paint(lines.get(i), colour(state.status())) : lines.get(i));
                }
                if (!step.dependsOn().isEmpty()) {
                    out.append(style.ascii() ? "  <- " : "  ← ").append(String.join(", ", step.dependsOn()));
                }
                out.append('\n');
            }
        }
    }

    private void notes(StringBuilder out) {
        Set<String> told = new HashSet<>();
        for (Step step : picture.workflow().steps()) {
            List<String> lines = picture.notes().getOrDefault(step.id(), List.of());
            if (!lines.isEmpty() && told.add(step.id())) {
                out.append('\n').append(paint(Marks.plain(step.id()), 1)).append('\n');
                lines.forEach(line -> out.append("  ").append(said(line)).append('\n'));
            }
        }
    }

    private String said(String line) {
        return Marks.plain(style.ascii() ? line.replace(" · ", ", ") : line);
    }

    private String paint(String text, int colour) {
        return style.coloured() && colour != 0 ? "\u001b[" + colour + "m" + text + "\u001b[0m" : text;
    }

    private static int colour(StepStatus status) {
        return switch (status) {
            case PENDING, SKIPPED -> 2;
            case RUNNING -> 36;
            case RETRYING, WAITING_APPROVAL -> 33;
            case COMPLETE -> 32;
            case FAILED, TIMEOUT, CANCELLED -> 31;
        };
    }
}
