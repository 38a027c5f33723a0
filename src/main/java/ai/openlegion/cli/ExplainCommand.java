package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `explain`: asks the mesh whether an agent may do a thing, and by which rule, without doing it.
@Command(
        name = "explain",
        description = "Says whether AGENT may do OPERATION on RESOURCE, and by which rule of which policy revision.")
final class ExplainCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Parameters(index = "0", paramLabel = "AGENT", description = "The agent's id.")
    private String agent = "";

    @Parameters(
            index = "1",
            paramLabel = "OPERATION",
            description =
                    "api, model, message, publish, subscribe, read, write, credential, run_workflow, spawn or cron.")
    private String operation = "";

    @Parameters(index = "2", paramLabel = "RESOURCE", description = "The API, model, topic, key … it is about.")
    private String resource = "";

    @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
    private boolean json;

    ExplainCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        try (MeshClient mesh = MeshClient.of(root.home())) {
            String query = "?agent=" + MeshClient.encoded(agent) + "&operation=" + MeshClient.encoded(operation)
                    + "&resource=" + MeshClient.encoded(resource);
            MeshClient.Answer answer = mesh.demand("GET", "/control/explain" + query, null);
            Terminal terminal = root.terminal();
            if (json) {
                terminal.print(answer.body());
                return 0;
            }
            JsonObject explained = answer.json();
            boolean allowed = explained.getBoolean("allowed");
            String verdict = allowed ? terminal.good("allowed") : terminal.bad("denied");
            terminal.print(verdict + " by " + explained.getString("rule") + ", policy revision "
                    + explained.getLong("revision"));
            if (!allowed) {
                terminal.print(explained.getString("message", ""));
            }
            return 0;
        }
    }
}
