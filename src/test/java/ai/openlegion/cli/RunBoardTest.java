package ai.openlegion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The live table, as a terminal that obeys its cursor movements shows it.
@Timeout(60)
final class RunBoardTest {

    private static final Pattern UP = Pattern.compile("\u001b\\[(\\d+)A\r\u001b\\[J");

    @Test
    void the_table_is_redrawn_in_its_place_and_ends_as_the_run_does() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(new PrintStream(bytes, true, StandardCharsets.UTF_8), System.err, false, true);
        try (RunBoard board = new RunBoard(terminal, state(), 100, 40)) {
            board.tell("run.started", event("{'tokens':0,'cost_usd':0}"));
            board.tell("step.started", event("{'step':'a','agent':'worker','attempt':1,'tokens':0,'cost_usd':0}"));
            board.tell(
                    "step.waiting_approval",
                    event("{'step':'b','request':{'task_type':'\u202ewrite'},'digest':'abc','tokens':5,'cost_usd':1}"));
            board.settle(state());
            board.tell("step.finished", event("{'step':'a','status':'failed','error':'\u001b[2Jno','attempts':3}"));
            board.tell("run.finished", event("{'status':'failed','error':'a failed','tokens':7,'cost_usd':0.5}"));
            board.settle(state());
        }
        String written = bytes.toString(StandardCharsets.UTF_8);
        assertThat(written).doesNotContain("\u202e", "\u001b[2J").contains("\u001b[");

        List<String> screen = screen(written);

        String all = String.join("\n", screen);
        assertThat(screen.stream().filter(line -> line.contains("STATUS")))
                .as("one table only\n%s", all)
                .hasSize(1);
        assertThat(screen.stream().filter(line -> line.startsWith("openlegion workflow approve wf_1 b --digest abc")))
                .as("what waited stays above the table, once")
                .hasSize(1);
        assertThat(all).containsPattern("a +failed +worker +3 ").contains("a failed", "7 tokens  $0.5");
    }

    @Test
    void no_line_is_wider_than_the_terminal_and_no_table_higher() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(new PrintStream(bytes, true, StandardCharsets.UTF_8), System.err, false, true);
        JsonObject state = state().put("workflow", "漢".repeat(60));
        for (int i = 0; i < 20; i++) {
            state.getJsonArray("steps").add(new JsonObject().put("id", "s" + i));
        }
        try (RunBoard board = new RunBoard(terminal, state, 100, 9)) {
            board.tell(
                    "step.finished", event("{'step':'a','status':'failed','error':'%s'}".formatted("😀".repeat(50))));
            board.tell("run.finished", event("{'status':'failed','error':'%s'}".formatted("漢字".repeat(40))));
            board.settle(state);
        }
        List<String> screen = screen(bytes.toString(StandardCharsets.UTF_8));
        assertThat(screen).hasSizeLessThan(9);
        assertThat(screen).anyMatch(line -> line.contains("😀")).anyMatch(line -> line.contains("漢字"));
        for (String line : screen) {
            assertThat(new AttributedString(line.replaceAll("\u001b\\[[0-9;]*m", "")).columnLength())
                    .as(line)
                    .isLessThan(100);
        }
    }

    /// What a terminal shows after these bytes.
    private static List<String> screen(String written) {
        List<String> lines = new ArrayList<>();
        String rest = written;
        Matcher up = UP.matcher(rest);
        int from = 0;
        while (up.find()) {
            lines.addAll(rest.substring(from, up.start()).lines().toList());
            int count = Integer.parseInt(up.group(1));
            assertThat(count).isLessThanOrEqualTo(lines.size());
            lines = new ArrayList<>(lines.subList(0, lines.size() - count));
            from = up.end();
        }
        lines.addAll(rest.substring(from).lines().toList());
        return lines;
    }

    private static JsonObject event(String json) {
        return new JsonObject(json.replace('\'', '"').replace("\u001b", "\\u001b")).put("time", "2026-11-22T10:00:00Z");
    }

    private static JsonObject state() {
        return new JsonObject()
                .put("id", "wf_1")
                .put("workflow", "pipeline")
                .put("tokens", 7)
                .put("cost_usd", 0.5)
                .put(
                        "steps",
                        new JsonArray()
                                .add(new JsonObject().put("id", "a").put("cost_usd", 0))
                                .add(new JsonObject().put("id", "b").put("cost_usd", 0)));
    }
}
