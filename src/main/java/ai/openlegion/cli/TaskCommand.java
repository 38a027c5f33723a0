package ai.openlegion.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `task`: gives an agent a task, waits for its end and prints what came of it.
@Command(
        name = "task",
        description = {
            "Gives AGENT a task and prints its result, what it used and what it cost.",
            "Ends with 1 when the task did not complete. Ctrl-C leaves the task running."
        })
final class TaskCommand implements Callable<Integer> {
    private static final String DATA = "data: ";
    private static final Set<String> UNDER_WAY = Set.of("queued", "running");
    private static final long GLANCE_SECONDS = 2;

    private final OpenLegion root;

    @Parameters(index = "0", paramLabel = "AGENT", description = "The agent's id.")
    private String agent = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "TEXT", description = "What to do, as its input's message.")
    private @Nullable String text;

    @Option(names = "--input", paramLabel = "JSON", description = "The task's input instead: a JSON object.")
    private @Nullable String input;

    @Option(names = "--type", paramLabel = "TYPE", description = "The task's type (default: ${DEFAULT-VALUE}).")
    private String type = "task";

    @Option(names = "--max-usd", paramLabel = "USD", description = "The most it may cost.")
    private @Nullable BigDecimal maxUsd;

    @Option(names = "--max-tokens", paramLabel = "COUNT", description = "The most tokens it may use, in and out.")
    private @Nullable Long maxTokens;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "From its begin on (default: 600).")
    private @Nullable Integer timeout;

    @Option(names = "--watch", description = "Shows what the agent does meanwhile.")
    private boolean watch;

    @Option(names = "--json", description = "Prints the task as JSON.")
    private boolean json;

    TaskCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        JsonObject body = body();
        String path = "/control/agents/" + MeshClient.encoded(agent);
        try (MeshClient mesh = MeshClient.of(root.home());
                LiveAnswer events = mesh.live("GET", "/control/events?agent=" + MeshClient.encoded(agent), null)) {
            // open before the task is given, so that nothing of it is missed
            BufferedReader lines = new BufferedReader(new InputStreamReader(events.body(), StandardCharsets.UTF_8));
            String id = mesh.demand("POST", path + "/tasks", body).json().getString("task_id", "");
            if (!json) {
                root.terminal().print("given to " + agent + " as " + id);
            }
            String task = "/control/tasks/" + MeshClient.encoded(id);
            // an event tells of the end at once; where one is lost, asking does
            try (ScheduledExecutorService asking = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofVirtual().factory())) {
                var _ = asking.scheduleWithFixedDelay(
                        () -> closeWhenOver(mesh, task, events), GLANCE_SECONDS, GLANCE_SECONDS, TimeUnit.SECONDS);
                await(lines, events, id);
                asking.shutdownNow();
            }
            return show(mesh.demand("GET", task, null));
        } catch (IOException broken) {
            throw CommandFailure.failed("the mesh ended the stream of events; the task may run on");
        }
    }

    private static void closeWhenOver(MeshClient mesh, String task, LiveAnswer events) {
        try {
            if (!UNDER_WAY.contains(mesh.demand("GET", task, null).json().getString("status", ""))) {
                events.close();
            }
        } catch (CommandFailure unanswered) {
            // the events end too where the mesh does; what a busy one does not say now it says later
        }
    }

    private JsonObject body() throws CommandFailure {
        if ((text == null) == (input == null)) {
            throw CommandFailure.misused("either TEXT or --input must be given");
        }
        JsonObject budget = new JsonObject();
        if (maxUsd != null) {
            budget.put("max_usd", maxUsd);
        }
        if (maxTokens != null) {
            budget.put("max_tokens", maxTokens);
        }
        JsonObject body = new JsonObject().put("task_type", type).put("input_data", input());
        if (timeout != null) {
            body.put("timeout", timeout);
        }
        return budget.isEmpty() ? body : body.put("token_budget", budget);
    }

    private JsonObject input() throws CommandFailure {
        if (input == null) {
            return new JsonObject().put("message", text);
        }
        try {
            return new JsonObject(input);
        } catch (DecodeException malformed) {
            throw CommandFailure.misused("--input is not a JSON object");
        }
    }

    private void await(BufferedReader lines, LiveAnswer events, String id) throws IOException, CommandFailure {
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(DATA) && isEnd(new JsonObject(line.substring(DATA.length())), id)) {
                    return;
                }
            }
        } catch (IOException broken) {
            if (!events.isClosed()) {
                throw broken;
            }
        }
        if (!events.isClosed()) {
            throw CommandFailure.failed("the mesh ended the stream of events; the task may run on as " + id);
        }
    }

    private boolean isEnd(JsonObject event, String id) {
        String action = event.getString("action", "");
        String resource = event.getString("resource", "");
        if (action.equals("task.end") && resource.equals(id)) {
            return true;
        }
        if (watch && !json) {
            root.terminal()
                    .print("  " + Terminal.harmless(action) + "  " + Terminal.harmless(resource) + "  "
                            + Terminal.harmless(event.getString("decision", "")));
        }
        return false;
    }

    private int show(MeshClient.Answer answer) throws CommandFailure {
        Terminal terminal = root.terminal();
        JsonObject task = answer.json();
        String status = task.getString("status", "");
        boolean complete = status.equals("complete");
        if (json) {
            terminal.json(answer.body());
        } else {
            Object result = task.getValue("result");
            String error = task.getString("error");
            String shown = Terminal.harmless(status);
            terminal.print((complete ? terminal.good(shown) : terminal.bad(shown))
                    + (error == null ? "" : ": " + Terminal.harmless(error)));
            if (result != null) {
                terminal.print(Terminal.harmless(result.toString()));
            }
            terminal.print(task.getLong("tokens_used", 0L) + " tokens, $"
                    + new BigDecimal(String.valueOf(task.getValue("cost_usd"))).toPlainString());
        }
        return complete ? 0 : 1;
    }
}
