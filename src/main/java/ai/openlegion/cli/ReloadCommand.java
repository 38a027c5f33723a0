package ai.openlegion.cli;

import ai.openlegion.config.Problem;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `reload`: has the mesh read its configuration again, all of it or nothing.
@Command(
        name = "reload",
        description = "Re-reads the configuration as one atomic change; an invalid one is refused whole.")
final class ReloadCommand implements Callable<Integer> {
    private static final int UNPROCESSABLE = 422;

    private final OpenLegion root;

    @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
    private boolean json;

    ReloadCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        try (MeshClient mesh = MeshClient.of(root.home())) {
            MeshClient.Answer answer = mesh.ask("POST", "/control/reload", null);
            if (answer.status() == UNPROCESSABLE) {
                return refused(answer);
            }
            if (!answer.done()) {
                throw MeshClient.refused(answer);
            }
            Terminal terminal = root.terminal();
            if (json) {
                terminal.print(answer.body());
                return 0;
            }
            JsonObject reloaded = answer.json();
            warn(reloaded.getJsonArray("warnings", new JsonArray()), terminal);
            terminal.print("reloaded: policy revision " + reloaded.getLong("revision"));
            return 0;
        }
    }

    private int refused(MeshClient.Answer answer) throws CommandFailure {
        Terminal terminal = root.terminal();
        if (json) {
            terminal.print(answer.body());
            return 2;
        }
        for (Object each : answer.json().getJsonArray("problems", new JsonArray())) {
            if (each instanceof JsonObject problem) {
                terminal.err()
                        .println(new Problem(
                                problem.getString("file", ""),
                                problem.getInteger("line", 0),
                                problem.getString("key", ""),
                                problem.getString("message", "")));
            }
        }
        terminal.error("not reloaded; the running configuration stays");
        return 2;
    }

    static void warn(JsonArray warnings, Terminal terminal) {
        for (Object warning : warnings) {
            terminal.err().println("warning: " + warning);
        }
    }
}
