package ai.openlegion.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A run as it stands, for people. What agents wrote in it steers no terminal.
final class RunReport {
    private static final int RESULT_CHARS = 400;
    private static final List<String> COLUMNS =
            List.of("STEP", "STATUS", "AGENT", "TRIES", "TIME", "TOKENS", "USD", "WHY");

    private RunReport() {}

    /// Prints a run: how it stands, its steps, what waits for approval.
    ///
    /// @param results whether what the steps gave is printed too
    static void print(Terminal terminal, JsonObject run, boolean results) {
        String error = run.getString("error");
        terminal.print(terminal.bold(text(run, "workflow") + " " + text(run, "id")) + "  "
                + painted(terminal, text(run, "status")) + "  " + elapsed(run) + "  "
                + figures(run, "tokens", "cost_usd")
                + (error == null ? "" : "  " + terminal.bad(Terminal.harmless(error))));
        List<List<String>> rows = new ArrayList<>();
        List<JsonObject> steps = objects(run.getJsonArray("steps"));
        for (JsonObject step : steps) {
            rows.add(row(step));
        }
        terminal.table(COLUMNS, rows);
        for (JsonObject step : steps) {
            Object result = step.getValue("result");
            if (results && result != null) {
                String shown = result.toString();
                terminal.print(terminal.bold(text(step, "id")) + "  "
                        + Terminal.harmless(
                                shown.length() <= RESULT_CHARS ? shown : shown.substring(0, RESULT_CHARS) + "..."));
            }
        }
        for (JsonObject step : steps) {
            printRequest(terminal, text(run, "id"), step);
        }
    }

    /// Prints one step of a run, with all it gave.
    static void printStep(Terminal terminal, String run, JsonObject step) {
        terminal.table(COLUMNS, List.of(row(step)));
        Object result = step.getValue("result");
        if (result != null) {
            lines(result).forEach(line -> terminal.print(Terminal.harmless(line)));
        }
        printRequest(terminal, run, step);
    }

    private static void printRequest(Terminal terminal, String run, JsonObject step) {
        JsonObject request = step.getJsonObject("request");
        if (request != null) {
            approval(run, text(step, "id"), request, request.getString("digest", ""), null)
                    .forEach(terminal::print);
        }
    }

    private static List<String> lines(Object json) {
        String pretty = json instanceof JsonObject object
                ? object.encodePrettily()
                : json instanceof JsonArray array ? array.encodePrettily() : String.valueOf(json);
        return List.of(pretty.split("\n", -1));
    }

    private static List<String> row(JsonObject step) {
        Integer items = step.getInteger("items");
        String reason = step.getString("reason");
        String error = step.getString("error");
        return List.of(
                text(step, "id"),
                text(step, "status") + (items == null ? "" : " " + step.getInteger("items_done", 0) + "/" + items),
                Objects.requireNonNullElse(step.getString("agent"), "-"),
                String.valueOf(step.getInteger("attempts", 0)),
                elapsed(step),
                String.valueOf(step.getLong("tokens", 0L)),
                Figures.usd(step, "cost_usd"),
                error != null ? error : reason != null ? reason : "");
    }

    /// What waits for approval, word for word, and the commands that decide on exactly that.
    static List<String> approval(String run, String step, Object request, String digest, @Nullable String expires) {
        List<String> lines = new ArrayList<>();
        lines.add(step + " waits for approval of exactly this" + (expires == null ? "" : ", until " + expires) + ":");
        for (String line : lines(request)) {
            lines.add("  " + Terminal.harmless(line));
        }
        String bound = digest.isEmpty() ? "" : " --digest " + Terminal.harmless(digest);
        lines.add("openlegion workflow approve " + run + " " + step + bound);
        lines.add("openlegion workflow reject " + run + " " + step + bound);
        return lines;
    }

    static String painted(Terminal terminal, String status) {
        return switch (status) {
            case "complete" -> terminal.good(status);
            case "failed", "timeout", "cancelled" -> terminal.bad(status);
            case "waiting_approval", "retrying" -> terminal.warn(status);
            default -> status; // open: what a later mesh calls it
        };
    }

    private static String figures(JsonObject json, String tokens, String usd) {
        return json.getLong(tokens, 0L) + " tokens  $" + Figures.usd(json, usd);
    }

    private static String elapsed(JsonObject json) {
        String started = json.getString("started_at");
        String finished = json.getString("finished_at");
        return started == null
                ? "-"
                : elapsed(Duration.between(
                        Instant.parse(started), finished == null ? Instant.now() : Instant.parse(finished)));
    }

    /// A while as people read it: `0.4 s`, `12 s`, `3:07`, `1:02:00`.
    static String elapsed(Duration time) {
        long millis = Math.max(0, time.toMillis());
        long seconds = millis / 1_000;
        if (seconds < 10) {
            return seconds + "." + millis % 1_000 / 100 + " s";
        }
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3_600
                ? String.format("%d:%02d", seconds / 60, seconds % 60)
                : String.format("%d:%02d:%02d", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }

    static List<JsonObject> objects(@Nullable JsonArray array) {
        List<JsonObject> objects = new ArrayList<>();
        if (array != null) {
            for (Object each : array) {
                if (each instanceof JsonObject object) {
                    objects.add(object);
                }
            }
        }
        return objects;
    }

    private static String text(JsonObject json, String name) {
        Object value = json.getValue(name);
        return value == null ? "" : Terminal.harmless(String.valueOf(value));
    }
}
