package ai.openlegion.workflow.draw;

import ai.openlegion.workflow.draw.Layers.Node;
import ai.openlegion.workflow.model.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A picture as SVG: one file without scripts, fonts or links, readable on light and on dark ground.
public final class SvgDrawing {

    private static final int BOX_CHARS = 36;
    private static final int BOX_WIDTH = 280;
    private static final int LINE = 18;
    private static final int PASS_WIDTH = 24;
    private static final int GAP = 32;
    private static final int BETWEEN_ROWS = 56;
    private static final int MARGIN = 24;
    private static final int LEAST_WIDTH = 640;
    private static final int NOTE_CHARS = 150;
    private static final int NOTE_WIDTH = 7;

    private static final String STYLE = """
            <style>
            svg { font: 13px system-ui, sans-serif; }
            .ground { fill: #ffffff; }
            text { fill: #1f2328; }
            .title { font-size: 17px; font-weight: 600; }
            .id { font-weight: 600; }
            .said { fill: #59636e; }
            .box { fill: #f6f8fa; stroke: #8c959f; stroke-width: 1.5; }
            .line { fill: none; stroke: #8c959f; stroke-width: 1.5; }
            .tip { fill: #8c959f; }
            .running .box, .retrying .box { stroke: #0969da; stroke-width: 2.5; }
            .waiting_approval .box { stroke: #9a6700; stroke-width: 2.5; stroke-dasharray: 6 3; }
            .complete .box { stroke: #1a7f37; stroke-width: 2.5; }
            .failed .box, .timeout .box, .cancelled .box { stroke: #cf222e; stroke-width: 2.5; }
            .skipped .box { stroke-dasharray: 3 3; }
            .running .state, .retrying .state { fill: #0969da; }
            .waiting_approval .state { fill: #9a6700; }
            .complete .state { fill: #1a7f37; }
            .failed .state, .timeout .state, .cancelled .state { fill: #cf222e; }
            @media (prefers-color-scheme: dark) {
            .ground { fill: #0d1117; }
            text { fill: #e6edf3; }
            .said { fill: #9198a1; }
            .box { fill: #161b22; stroke: #6e7681; }
            .line { stroke: #6e7681; }
            .tip { fill: #6e7681; }
            .running .box, .retrying .box { stroke: #4493f8; }
            .waiting_approval .box { stroke: #d29922; }
            .complete .box { stroke: #3fb950; }
            .failed .box, .timeout .box, .cancelled .box { stroke: #f85149; }
            .running .state, .retrying .state { fill: #4493f8; }
            .waiting_approval .state { fill: #d29922; }
            .complete .state { fill: #3fb950; }
            .failed .state, .timeout .state, .cancelled .state { fill: #f85149; }
            }
            </style>
            <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" \
            orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>
            """;

    private final Picture picture;
    private final Layers layers;
    private final List<Integer> tops = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();

    private SvgDrawing(Picture picture) {
        this.picture = picture;
        layers = Layers.of(picture.workflow());
    }

    /// The picture as an SVG document.
    public static String draw(Picture picture) {
        return new SvgDrawing(picture).draw();
    }

    private String draw() {
        for (List<Node> row : layers.rows()) {
            row.forEach(node -> node.width = node.step == null ? PASS_WIDTH : BOX_WIDTH);
        }
        int graph = layers.place(GAP);
        int width = Math.max(Math.max(graph, noteWidth()) + 2 * MARGIN, LEAST_WIDTH);
        int left = (width - graph) / 2;
        int y = MARGIN + LINE;
        text(MARGIN, y, "title", picture.title());
        for (String line : picture.head()) {
            y += LINE;
            text(MARGIN, y, "said", Marks.cut(line, NOTE_CHARS));
        }
        y += MARGIN;
        for (List<Node> row : layers.rows()) {
            tops.add(y);
            y += height(row) + BETWEEN_ROWS;
        }
        for (int i = 0; i < layers.rows().size(); i++) {
            for (Node node : layers.rows().get(i)) {
                node.x += left;
            }
        }
        for (int i = 0; i < layers.rows().size(); i++) {
            for (Node node : layers.rows().get(i)) {
                lines(node, i);
                box(node, i);
            }
        }
        y = notes(y - BETWEEN_ROWS + MARGIN);
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"" + width + "\" height=\""
                + (y + MARGIN) + "\" viewBox=\"0 0 " + width + " " + (y + MARGIN) + "\">\n<title>"
                + escaped(picture.title()) + "</title>\n" + STYLE
                + "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n" + body + "</svg>\n";
    }

    private int height(List<Node> row) {
        return row.stream().mapToInt(this::height).max().orElse(0);
    }

    private int height(Node node) {
        Step step = node.step;
        if (step == null) {
            return 0;
        }
        boolean inRun = picture.states().containsKey(step.id());
        return (Marks.lines(step, " · ", BOX_CHARS).size() + (inRun ? 1 : 0)) * LINE + 18;
    }

    private int top(int row) {
        return tops.get(row);
    }

    /// The lines to the places below, and through the layer where the place is a passing line's.
    private void lines(Node node, int row) {
        int bottom = top(row) + (node.step == null ? height(layers.rows().get(row)) : height(node));
        if (node.step == null) {
            line("M" + node.centre() + " " + top(row) + "V" + bottom, false);
        }
        for (Node target : node.below) {
            int end = top(row + 1);
            int bend = (end - bottom) / 2;
            line(
                    "M" + node.centre() + " " + bottom + "C" + node.centre() + " " + (bottom + bend) + " "
                            + target.centre() + " " + (end - bend) + " " + target.centre() + " " + end,
                    target.step != null);
        }
    }

    private void line(String path, boolean tip) {
        body.append("<path class=\"line\" d=\"")
                .append(path)
                .append(tip ? "\" marker-end=\"url(#tip)\"/>\n" : "\"/>\n");
    }

    private void box(Node node, int row) {
        Step step = node.step;
        if (step == null) {
            return;
        }
        Picture.State state = picture.states().get(step.id());
        body.append("<g class=\"")
                .append(state == null ? "step" : state.status().word())
                .append("\"><title>")
                .append(escaped(title(step)))
                .append("</title>\n<rect class=\"box\" x=\"")
                .append(node.x)
                .append("\" y=\"")
                .append(top(row))
                .append("\" width=\"")
                .append(node.width)
                .append("\" height=\"")
                .append(height(node))
                .append("\" rx=\"8\"/>\n");
        int y = top(row) + 4;
        boolean first = true;
        for (String line : Marks.lines(step, " · ", BOX_CHARS)) {
            y += LINE;
            text(node.x + 14, y, first ? "id" : "said", line);
            first = false;
        }
        if (state != null) {
            String word = state.status().word().replace('_', ' ');
            text(
                    node.x + 14,
                    y + LINE,
                    "state",
                    Marks.cut(state.more().isEmpty() ? word : word + " · " + state.more(), BOX_CHARS));
        }
        body.append("</g>\n");
    }

    private String title(Step step) {
        List<String> all = new ArrayList<>(Marks.lines(step, " · ", Integer.MAX_VALUE));
        all.addAll(picture.notes().getOrDefault(step.id(), List.of()));
        return String.join("\n", all);
    }

    private int notes(int from) {
        int y = from;
        for (Step step : picture.workflow().steps()) {
            List<String> lines = picture.notes().getOrDefault(step.id(), List.of());
            if (!lines.isEmpty()) {
                y += LINE + 6;
                text(MARGIN, y, "id", step.id());
                for (String line : lines) {
                    y += LINE;
                    text(MARGIN + 14, y, "said", Marks.cut(line, NOTE_CHARS));
                }
            }
        }
        return y;
    }

    private int noteWidth() {
        int longest = 0;
        for (List<String> lines : picture.notes().values()) {
            for (String line : lines) {
                longest = Math.max(longest, Math.min(line.length(), NOTE_CHARS));
            }
        }
        for (String line : picture.head()) {
            longest = Math.max(longest, Math.min(line.length(), NOTE_CHARS));
        }
        return longest * NOTE_WIDTH;
    }

    private void text(int x, int y, String kind, String words) {
        body.append(String.format(Locale.ROOT, "<text class=\"%s\" x=\"%d\" y=\"%d\">", kind, x, y))
                .append(escaped(words))
                .append("</text>\n");
    }

    /// A text as XML takes it: what XML cannot hold, such as most control characters, becomes `?`.
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(isHeld(c) ? c : '?'); // open: any other character
            }
        });
        return escaped.toString();
    }

    private static boolean isHeld(int c) {
        boolean steers = Character.getType(c) == Character.FORMAT || (Character.isISOControl(c) && c != '\n');
        return !steers && c != 0xfffe && c != 0xffff && (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE);
    }
}
