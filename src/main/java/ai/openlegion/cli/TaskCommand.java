package ai.openlegion.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.concurrent.Callable;
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
        // the stream is open before the task is given, so its end cannot be missed
        try (MeshClient mesh = MeshClient.of(root.home());
                BufferedReader events = mesh.stream("/control/events?agent=" + MeshClient.encoded(agent))) {
            String id = mesh.demand("POST", path + "/tasks", body).json().getString("task_id", "");
            if (!json) {
                root.terminal().print("given to " + agent + " as " + id);
            }
            await(events, id);
            return show(mesh.demand("GET", "/control/tasks/" + id, null));
        } catch (IOException broken) {
            throw CommandFailure.failed("the mesh ended the stream of events; the task may run on");
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

    private void await(BufferedReader events, String id) throws IOException, CommandFailure {
        for (String line = events.readLine(); line != null; line = events.readLine()) {
            if (line.startsWith(DATA)) {
                JsonObject event = new JsonObject(line.substring(DATA.length()));
                if (event.getString("action", "").equals("task.end")
                        && event.getString("resource", "").equals(id)) {
                    return;
                }
                if (watch && !json) {
                    root.terminal()
                            .print("  " + Terminal.harmless(event.getString("action", "")) + "  "
                                    + Terminal.harmless(event.getString("resource", "")) + "  "
                                    + Terminal.harmless(event.getString("decision", "")));
                }
            }
        }
        throw CommandFailure.failed("the mesh ended the stream of events; the task may run on as " + id);
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
