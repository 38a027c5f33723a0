package ai.openlegion.workflow.draw;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.workflow.model.Workflow;
import ai.openlegion.workflow.model.WorkflowJson;
import ai.openlegion.workflow.run.StepStatus;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

final class DrawingTest {

    private static final TextDrawing.Style PLAIN = new TextDrawing.Style(false, false, 120);

    @Test
    void a_diamond_is_drawn_in_layers_and_every_line_leads_from_box_to_box() {
        String text = TextDrawing.draw(picture(diamond(), Map.of()), PLAIN);

        assertThat(text).isEqualTo("""
                demo
                a line

                               ┌───────────────────┐
                               │ start             │
                               │ researcher · find │
                               └─────────┬─────────┘
                                         │
                         ┌───────────────┼────────────────────────┐
                         ▼               ▼                        │
                ┌────────────────┐   ┌────────────────────────┐   │
                │ left           │   │ right                  │   │
                │ writer · draft │   │ qualifier · score_lead │   │
                └────────┬───────┘   └────────────┬───────────┘   │
                         │                        │               │
                         └───────────────┐  ┌─────│───────────────┘
                                      ┌──│──│─────┘
                                      ▼  ▼  ▼
                                ┌─────────────────┐
                                │ end             │
                                │ writer · finish │
                                └─────────────────┘
                """);
    }

    @Test
    void without_unicode_the_same_is_drawn_of_ascii() {
        String text = TextDrawing.draw(picture(diamond(), Map.of()), new TextDrawing.Style(true, false, 120));
        assertThat(text).contains("+---").contains("v").matches("\\p{ASCII}+");
    }

    @Test
    void a_run_shows_how_its_steps_stand_in_colour_where_that_is_wanted() {
        var states = Map.of(
                "start", new Picture.State(StepStatus.COMPLETE, "$0.02"),
                "left", new Picture.State(StepStatus.WAITING_APPROVAL, ""),
                "right", new Picture.State(StepStatus.FAILED, "3 attempts"),
                "end", new Picture.State(StepStatus.PENDING, ""));
        String plain = TextDrawing.draw(picture(diamond(), states), PLAIN);
        assertThat(plain)
                .contains("complete · $0.02", "waiting approval", "failed · 3 attempts", "pending")
                .doesNotContain("\u001b");

        String coloured = TextDrawing.draw(picture(diamond(), states), new TextDrawing.Style(false, true, 120));
        assertThat(coloured).contains("\u001b[32m", "\u001b[33m", "\u001b[31m");
        assertThat(coloured.replaceAll("\u001b\\[[0-9]*m", "")).isEqualTo(plain);
    }

    @Test
    void a_graph_that_is_wider_than_the_terminal_is_listed() {
        String text = TextDrawing.draw(picture(diamond(), Map.of()), new TextDrawing.Style(false, false, 40));
        assertThat(text).contains("layer 1", "layer 3", "← left, right").doesNotContain("┌");
    }

    @Test
    void every_dependency_of_random_graphs_can_be_followed_awordya_line() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            Workflow workflow = randomWorkflow(random);
            String text = TextDrawing.draw(
                    new Picture("t", List.of(), workflow, Map.of(), Map.of()),
                    new TextDrawing.Style(false, false, 5_000));
            Followed graph = new Followed(text);
            assertThat(graph.edges())
                    .as("round %d\n%s", round, text)
                    .containsExactlyInAnyOrderElementsOf(workflow.steps().stream()
                            .flatMap(step -> step.dependsOn().stream().map(from -> from + ">" + step.id()))
                            .toList());
        }
    }

    @Test
    void hostile_names_stay_text_in_every_form() throws Exception {
        String evil = "</text><script>alert(1)</script>\u001b[2J\u202e\"'&\n]]>";
        Workflow workflow = workflow(step("a", "researcher", evil, ""));
        Picture picture =
                new Picture(evil, List.of(evil), workflow, Map.of(), Map.of("a", List.of(evil + "--> x %% ]")));

        String svg = SvgDrawing.draw(picture);
        Document parsed = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertThat(parsed.getElementsByTagName("script").getLength()).isZero();
        assertThat(svg).doesNotContain("<script", "\u001b", "\u202e", "href", "http://127", "@import");

        assertThat(TextDrawing.draw(picture, PLAIN)).doesNotContain("\u001b", "\u202e");
        String mermaid = MermaidDrawing.draw(picture);
        assertThat(mermaid).doesNotContain("<script", "\u001b").contains("#60;/text#62;");
        assertThat(mermaid.lines().filter(line -> line.contains("[\""))).hasSize(1);
    }

    @Test
    void mermaid_has_each_step_and_each_dependency_once() {
        String mermaid = MermaidDrawing.draw(
                picture(diamond(), Map.of("end", new Picture.State(StepStatus.SKIPPED, "condition not met"))));
        assertThat(mermaid)
                .startsWith("flowchart TD\n")
                .contains("s0[\"start<br/>researcher · find\"]", "s3[\"end<br/>", ":::skipped", "classDef skipped")
                .contains("s0 --> s1", "s0 --> s2", "s1 --> s3", "s2 --> s3");
    }

    @Test
    void svg_is_one_file_that_draws_each_step_and_is_readable_in_the_dark() throws Exception {
        String svg = SvgDrawing.draw(picture(diamond(), Map.of("left", new Picture.State(StepStatus.RUNNING, ""))));
        Document parsed = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertThat(parsed.getElementsByTagName("rect").getLength())
                .as("four boxes and the ground")
                .isEqualTo(5);
        assertThat(parsed.getElementsByTagName("image").getLength()).isZero();
        assertThat(svg)
                .contains("prefers-color-scheme: dark", "class=\"running\"")
                .doesNotContain("url(http");
    }

    @Test
    void svg_is_no_wider_for_what_an_agent_wrote() {
        var wordy = new Picture("demo", List.of("failed: " + "x".repeat(4_096)), diamond(), Map.of(), Map.of());
        String svg = SvgDrawing.draw(wordy);
        assertThat(svg).contains("failed: xxx").doesNotContain("x".repeat(200));
        Matcher width = Pattern.compile("<svg [^>]*width=\"(\\d+)\"").matcher(svg);
        assertThat(width.find()).isTrue();
        assertThat(Integer.parseInt(width.group(1))).isLessThan(1_200);
    }

    private static Picture picture(Workflow workflow, Map<String, Picture.State> states) {
        return new Picture("demo", List.of("a line"), workflow, states, Map.of());
    }

    private static Workflow diamond() {
        return workflow(
                step("start", "researcher", "find", ""),
                step("left", "writer", "draft", "\"start\""),
                step("right", "qualifier", "score_lead", "\"start\""),
                step("end", "writer", "finish", "\"left\",\"right\",\"start\""));
    }

    private static Workflow workflow(String... steps) {
        return WorkflowJson.read("{\"name\":\"demo\",\"file\":\"demo.yaml\",\"timeout\":600,\"steps\":["
                + String.join(",", steps) + "]}");
    }

    private static String step(String id, String agent, String type, String after) {
        return "{\"id\":\"" + id + "\",\"line\":1,\"agent\":\"" + agent + "\",\"task_type\":"
                + ai.openlegion.json.Members.quoted(type) + ",\"depends_on\":[" + after
                + "],\"timeout\":120,\"on_failure\":\"abort\",\"max_retries\":3,\"requires_approval\":false,"
                + "\"approval_timeout\":3600}";
    }

    private static Workflow randomWorkflow(Random random) {
        int count = 2 + random.nextInt(11);
        List<String> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String after = IntStream.range(0, i)
                    .filter(earlier -> random.nextInt(3) == 0)
                    .mapToObj(earlier -> "\"s" + earlier + "\"")
                    .collect(Collectors.joining(","));
            steps.add(step("s" + i, "an_agent_of_a_name", "does", after));
        }
        return workflow(steps.toArray(String[]::new));
    }

    /// A drawing read back, as an eye would: from each box's lower edge along the lines to the arrows below.
    private static final class Followed {
        private final List<String> rows;
        private final Map<String, String> boxes = new HashMap<>();

        Followed(String text) {
            rows = text.lines().toList();
            for (int y = 0; y < rows.size(); y++) {
                var matcher = java.util.regex.Pattern.compile("│ (s\\d+) +│").matcher(rows.get(y));
                int from = 0;
                while (matcher.find(from)) {
                    for (int x = matcher.start(); x < matcher.end(); x++) {
                        boxes.put(y + ":" + x, matcher.group(1));
                    }
                    from = matcher.end() - 1;
                }
            }
        }

        List<String> edges() {
            List<String> edges = new ArrayList<>();
            boxes.forEach((place, id) -> {
                int y = Integer.parseInt(place.split(":")[0]);
                int x = Integer.parseInt(place.split(":")[1]);
                int bottom = y + 2;
                if (at(bottom, x) == '┬') {
                    follow(bottom + 1, x, 1, 0, id, edges);
                }
            });
            return edges;
        }

        /// @param dy 1 = comes from above; @param dx -1 or 1 = comes along the row
        private void follow(int y, int x, int dy, int dx, String from, List<String> edges) {
            char c = at(y, x);
            if (c == '▼') {
                edges.add(from + ">" + boxes.get((y + 2) + ":" + x));
                return;
            }
            int open = "╵╷│╴┘┐┤╶└┌├─┴┬┼".indexOf(c) + 1;
            assertThat(open)
                    .as("row %d column %d of %s\n%s", y, x, from, String.join("\n", rows))
                    .isPositive();
            if (dx != 0 && (open & (Canvas.LEFT | Canvas.RIGHT)) == 0) {
                // another line passes over this one
                follow(y, x + dx, 0, dx, from, edges);
                return;
            }
            if ((open & Canvas.DOWN) != 0) {
                follow(y + 1, x, 1, 0, from, edges);
            }
            if ((open & Canvas.LEFT) != 0 && dx <= 0) {
                follow(y, x - 1, 0, -1, from, edges);
            }
            if ((open & Canvas.RIGHT) != 0 && dx >= 0) {
                follow(y, x + 1, 0, 1, from, edges);
            }
        }

        private char at(int y, int x) {
            return y < rows.size() && x >= 0 && x < rows.get(y).length()
                    ? rows.get(y).charAt(x)
                    : ' ';
        }
    }
}
