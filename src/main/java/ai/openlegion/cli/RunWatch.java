package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Follows a run to its end: a live table on a terminal, one line an event elsewhere.
final class RunWatch {
    private static final String EVENT = "event: ";
    private static final String DATA = "data: ";
    private static final String ID = "id: ";

    /// A mesh that is started again needs some seconds.
    private static final int MOST_TRIES = 30;

    private static final long PAUSE_MILLIS = 1_000;

    private final OpenLegion root;
    private final Terminal terminal;
    private final MeshClient mesh;
    private final String run;
    private final boolean json;
    private String lastId = "0";

    RunWatch(OpenLegion root, MeshClient mesh, String run, boolean json) {
        this.root = root;
        this.terminal = root.terminal();
        this.mesh = mesh;
        this.run = run;
        this.json = json;
    }

    /// Follows it; @return 0 when it is complete, else 1
    int follow() throws CommandFailure {
        Thread interrupted = new Thread(this::sayHowToGoOn, "ctrl-c");
        try (BufferedReader events = stream()) {
            Runtime.getRuntime().addShutdownHook(interrupted);
            JsonObject last = isLive() ? live(events) : read(events, this::line);
            if (!json && !isLive()) {
                report(state -> RunReport.print(terminal, state, false));
            }
            return "complete".equals(last.getString("status")) ? 0 : 1;
        } catch (IOException closing) {
            throw ended();
        } finally {
            release(interrupted);
        }
    }

    private BufferedReader stream() throws CommandFailure {
        return mesh.stream(WorkflowCommand.runPath(run) + "/events?after=" + lastId);
    }

    /* How the run ended is known by now, and is what the command says by its exit code. */
    private void report(Consumer<JsonObject> print) {
        try {
            print.accept(mesh.demand("GET", WorkflowCommand.runPath(run), null).json());
        } catch (CommandFailure silent) {
            terminal.error("the run is over, and cannot be shown: " + silent.message());
        }
    }

    private static void release(Thread hook) {
        try {
            var _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // Ctrl-C: the hook speaks
        }
    }

    /* The process ends by Ctrl-C; the run does not. */
    private void sayHowToGoOn() {
        terminal.err().println();
        terminal.error("the run goes on; follow it with: openlegion workflow watch " + run
                + ", or end it with: openlegion workflow cancel " + run);
    }

    private CommandFailure ended() {
        return CommandFailure.failed(
                "the mesh ended the stream; the run goes on, follow it with: openlegion workflow watch " + run);
    }

    private boolean isLive() {
        String kind = root.environment().getOrDefault("TERM", "dumb");
        return terminal.isTerminal() && !json && !kind.equals("dumb");
    }

    private JsonObject live(BufferedReader events) throws CommandFailure {
        JsonObject now = mesh.demand("GET", WorkflowCommand.runPath(run), null).json();
        try (RunBoard board = RunBoard.of(terminal, now)) {
            JsonObject last = read(events, board::tell);
            report(board::settle);
            return last;
        }
    }

    /// Hears an event.
    private interface Listener {
        void hear(String name, JsonObject data);
    }

    /// Reads to the last event, which it gives back. Where the stream breaks, because the mesh was started again or
    /// something between had enough of it, it goes on behind the last event that came.
    private JsonObject read(BufferedReader events, Listener listener) throws CommandFailure {
        JsonObject last = some(events, listener);
        for (int tries = 0; last == null; tries++) {
            if (tries == MOST_TRIES) {
                throw ended();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
            String before = lastId;
            try (BufferedReader more = stream()) {
                last = some(more, listener);
            } catch (CommandFailure | IOException stillSilent) {
                continue;
            }
            tries = before.equals(lastId) ? tries : 0;
        }
        return last;
    }

    private @Nullable JsonObject some(BufferedReader events, Listener listener) {
        try {
            return upToTheEnd(events, listener);
        } catch (IOException | UncheckedIOException broken) {
            return null;
        }
    }

    private @Nullable JsonObject upToTheEnd(BufferedReader events, Listener listener) throws IOException {
        String name = "";
        String id = lastId;
        for (String line = events.readLine(); line != null; line = events.readLine()) {
            if (line.startsWith(EVENT)) {
                name = line.substring(EVENT.length());
            } else if (line.startsWith(ID)) {
                id = line.substring(ID.length());
            } else if (line.startsWith(DATA)) {
                lastId = id;
                String text = line.substring(DATA.length());
                JsonObject data = new JsonObject(text);
                if (json) {
                    terminal.json(text);
                } else {
                    listener.hear(name, data);
                }
                if (name.equals("run.finished")) {
                    return data;
                }
            }
        }
        return null;
    }

    private void line(String name, JsonObject data) {
        StringBuilder line = new StringBuilder();
        line.append(
                String.format("%-24s  %-21s  %-16s", text(data, "time"), Terminal.harmless(name), text(data, "step")));
        add(line, "", data, "agent");
        add(line, "", data, "status");
        add(line, "attempt ", data, "attempt");
        add(line, "items ", data, "items");
        add(line, "", data, "reason");
        add(line, "error: ", data, "error");
        add(line, "due ", data, "due_at");
        line.append("  ")
                .append(data.getLong("tokens", 0L))
                .append(" tokens  $")
                .append(Figures.usd(data, "cost_usd"));
        terminal.print(line.toString());
        Object request = data.getValue("request");
        if (name.equals("run.started")) {
            terminal.print("  " + text(data, "workflow") + " as " + run);
        }
        if (request != null) {
            RunReport.approval(run, text(data, "step"), request, text(data, "digest"), data.getString("expires_at"))
                    .forEach(each -> terminal.print("  " + each));
        }
    }

    private static void add(StringBuilder line, String label, JsonObject data, String member) {
        String value = text(data, member);
        if (!value.isEmpty()) {
            line.append("  ").append(label).append(value);
        }
    }

    static String text(JsonObject data, String member) {
        @Nullable Object value = data.getValue(member);
        return value == null ? "" : Terminal.harmless(String.valueOf(value));
    }
}
