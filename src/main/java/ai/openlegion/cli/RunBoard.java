package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.WCWidth;
import org.jspecify.annotations.Nullable;

/// A run on a terminal: a table of its steps that is redrawn in its place as they go on.
final class RunBoard implements AutoCloseable {
    private static final long REDRAW_MILLIS = 250;
    private static final int OTHER_ROWS = 5;
    private static final int USUAL_COLUMNS = 100;
    private static final int USUAL_ROWS = 40;

    private final Terminal terminal;
    private final String run;
    private final String workflow;
    private final Map<String, Row> rows = new LinkedHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("redraw").factory());
    private final int columns;
    private final int mostRows;

    // all guarded by this object's monitor
    private String status = "running";
    private long tokens;
    private String usd = "0";
    private Instant started = Instant.now();
    private @Nullable Instant finished;
    private @Nullable String error;
    private int drawn;
    private boolean changed = true;
    private boolean settled;

    /// A step on its line.
    private static final class Row {
        private final String id;
        private String status = "pending";
        private String agent = "-";
        private String tries = "";
        private String why = "";
        private @Nullable Instant started;
        private @Nullable Instant finished;
        private long tokens;
        private String usd = "";
        private List<String> request = List.of();

        private Row(String id) {
            this.id = id;
        }

        private boolean isOver() {
            return switch (status) {
                case "complete", "failed", "timeout", "cancelled", "skipped" -> true;
                default -> false; // open: what a later mesh calls it
            };
        }
    }

    /// @param state the run as it stands, for its steps; its events follow from the first on
    static RunBoard of(Terminal terminal, JsonObject state) {
        int width = 0;
        int height = 0;
        try (org.jline.terminal.Terminal real =
                TerminalBuilder.builder().system(true).dumb(true).build()) {
            width = real.getWidth();
            height = real.getHeight();
        } catch (IOException none) {
            // the usual size
        }
        return new RunBoard(terminal, state, width > 0 ? width : USUAL_COLUMNS, height > 0 ? height : USUAL_ROWS);
    }

    /// @param columns that the terminal is wide
    /// @param height of the terminal, in lines
    RunBoard(Terminal terminal, JsonObject state, int columns, int height) {
        this.terminal = terminal;
        run = RunWatch.text(state, "id");
        workflow = RunWatch.text(state, "workflow");
        for (JsonObject step : RunReport.objects(state.getJsonArray("steps"))) {
            String id = RunWatch.text(step, "id");
            rows.put(id, new Row(id));
        }
        this.columns = columns;
        mostRows = Math.max(1, height - OTHER_ROWS);
        var _ = timer.scheduleWithFixedDelay(this::redraw, REDRAW_MILLIS, REDRAW_MILLIS, TimeUnit.MILLISECONDS);
    }

    /// Something has happened in the run.
    synchronized void tell(String name, JsonObject data) {
        tokens = data.getLong("tokens", tokens);
        if (data.getValue("cost_usd") != null) {
            usd = Figures.usd(data, "cost_usd");
        }
        Row row = rows.get(RunWatch.text(data, "step"));
        switch (name) {
            case "run.started" -> started = time(data);
            case "run.finished" -> {
                finished = time(data);
                status = RunWatch.text(data, "status");
                error = data.getString("error");
            }
            default -> {} // open: what concerns a step
        }
        if (row != null) {
            step(name, row, data);
            status = rows.values().stream().anyMatch(each -> each.status.equals("waiting_approval"))
                    ? "waiting_approval"
                    : "running";
        }
        changed = true;
    }

    private void step(String name, Row row, JsonObject data) {
        row.request = List.of();
        switch (name) {
            case "step.started" -> {
                row.status = "running";
                row.started = row.started == null ? time(data) : row.started;
                row.agent = or(data, "agent", row.agent);
                row.tries = or(data, "attempt", row.tries);
            }
            case "step.retrying" -> {
                row.status = "retrying";
                row.why = RunWatch.text(data, "error");
            }
            case "step.waiting_approval" -> {
                row.status = "waiting_approval";
                row.request = RunReport.approval(
                        run,
                        row.id,
                        data.getValue("request"),
                        RunWatch.text(data, "digest"),
                        data.getString("expires_at"));
            }
            case "step.skipped" -> {
                row.status = "skipped";
                row.why = RunWatch.text(data, "reason").replace('_', ' ');
            }
            case "step.finished" -> {
                row.status = RunWatch.text(data, "status");
                row.finished = time(data);
                row.tries = or(data, "attempts", row.tries);
                row.tokens = data.getLong("step_tokens", 0L);
                row.usd = Figures.usd(data, "step_cost_usd");
                String error = RunWatch.text(data, "error");
                row.why = error.isEmpty() ? RunWatch.text(data, "reason").replace('_', ' ') : error;
            }
            default -> {} // open: what a later mesh tells besides
        }
    }

    /// The run as it stood in the end, which is the last that is drawn.
    synchronized void settle(JsonObject state) {
        settled = true;
        tokens = state.getLong("tokens", tokens);
        usd = Figures.usd(state, "cost_usd");
        for (JsonObject step : RunReport.objects(state.getJsonArray("steps"))) {
            Row row = rows.get(RunWatch.text(step, "id"));
            if (row != null) {
                row.tokens = step.getLong("tokens", 0L);
                row.usd = Figures.usd(step, "cost_usd");
            }
        }
        draw();
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    private synchronized void redraw() {
        // time passes also where nothing happens
        if (!settled && (changed || finished == null)) {
            draw();
        }
    }

    private void draw() {
        changed = false;
        StringBuilder out = new StringBuilder();
        if (drawn > 0) {
            out.append("\u001b[").append(drawn).append("A\r\u001b[J");
        }
        for (Row row : rows.values()) {
            row.request.forEach(line -> out.append(line).append('\n'));
            row.request = List.of();
        }
        List<String> lines = lines();
        lines.forEach(line -> out.append(line).append('\n'));
        drawn = lines.size();
        terminal.out().print(out);
        terminal.out().flush();
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        String time = RunReport.elapsed(Duration.between(started, finished == null ? Instant.now() : finished));
        int title = columns - 1 - 2 - status.length();
        lines.add(terminal.bold(cut(workflow + " " + run, title)) + "  " + RunReport.painted(terminal, status));
        int idWidth = 4;
        int agentWidth = 5;
        for (Row row : rows.values()) {
            idWidth = Math.max(idWidth, row.id.length());
            agentWidth = Math.max(agentWidth, row.agent.length());
        }
        String format = "  %-" + idWidth + "s  %-16s  %-" + agentWidth + "s  %5s  %8s  %8s  %12s  %s";
        lines.add(terminal.dim(
                cut(String.format(format, "STEP", "STATUS", "AGENT", "TRIES", "TIME", "TOKENS", "USD", "WHY"))));
        List<Row> shown = shown();
        for (Row row : shown) {
            String line = cut(String.format(
                            format,
                            row.id,
                            row.status,
                            row.agent,
                            row.tries,
                            time(row),
                            row.tokens == 0 ? "" : row.tokens,
                            row.usd,
                            row.why)
                    .stripTrailing());
            lines.add(row.status.equals("pending") ? terminal.dim(line) : paintedLine(line, row.status));
        }
        if (shown.size() < rows.size()) {
            lines.add(terminal.dim(cut("  and " + (rows.size() - shown.size()) + " more steps")));
        }
        lines.add(cut("  " + time + "  " + tokens + " tokens  $" + plain(usd)
                + (error == null ? "" : "  " + Terminal.harmless(error))));
        return lines;
    }

    private String paintedLine(String line, String step) {
        return switch (step) {
            case "complete" -> terminal.good(line);
            case "failed", "timeout", "cancelled" -> terminal.bad(line);
            case "waiting_approval", "retrying" -> terminal.warn(line);
            default -> line; // open: what a later mesh calls it
        };
    }

    /// The steps that fit, those first on which there is something to see: what runs, then what is over, then the rest.
    private List<Row> shown() {
        if (rows.size() <= mostRows) {
            return List.copyOf(rows.values());
        }
        List<Row> shown = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            for (Row row : rows.values()) {
                int its = row.isOver() ? 1 : row.status.equals("pending") ? 2 : 0;
                if (its == rank && shown.size() < mostRows - 1) {
                    shown.add(row);
                }
            }
        }
        return rows.values().stream().filter(shown::contains).toList();
    }

    private static String time(Row row) {
        Instant begun = row.started;
        return begun == null
                ? ""
                : RunReport.elapsed(Duration.between(begun, row.finished == null ? Instant.now() : row.finished));
    }

    /// A line that breaks would be drawn over in the wrong place.
    private String cut(String line) {
        return cut(line, columns - 1);
    }

    /* By the columns that a terminal gives each character: two for most of Chinese, none for an accent. */
    private static String cut(String line, int mostColumns) {
        int taken = 0;
        for (int at = 0; at < line.length(); at += Character.charCount(line.codePointAt(at))) {
            taken += Math.max(0, WCWidth.wcwidth(line.codePointAt(at)));
            if (taken > mostColumns) {
                return line.substring(0, at);
            }
        }
        return line;
    }

    private static String plain(String decimal) {
        return decimal.equals("-") ? "0" : new BigDecimal(decimal).toPlainString();
    }

    private static Instant time(JsonObject data) {
        String text = data.getString("time");
        return text == null ? Instant.now() : Instant.parse(text);
    }

    private static String or(JsonObject data, String member, String before) {
        String text = RunWatch.text(data, member);
        return text.isEmpty() ? before : text;
    }
}
