package ai.openlegion.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `agents`: who is in the fleet, and who of them has said that it is there.
@Command(name = "agents", description = "Lists the agents: what each is, and whether it has registered.")
final class AgentsCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
    private boolean json;

    AgentsCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        try (MeshClient mesh = MeshClient.of(root.home())) {
            MeshClient.Answer answer = mesh.demand("GET", "/control/agents", null);
            Terminal terminal = root.terminal();
            if (json) {
                terminal.json(answer.body());
                return 0;
            }
            List<List<String>> rows = new ArrayList<>();
            for (Object each : answer.array()) {
                if (each instanceof JsonObject agent) {
                    rows.add(List.of(
                            agent.getString("id", ""),
                            agent.getString("role", ""),
                            agent.getString("model", ""),
                            agent.getString("runtime", ""),
                            agent.getString("state", ""),
                            agent.getString("registered_at", "-"),
                            agent.getJsonArray("capabilities", new JsonArray()).stream()
                                    .map(String::valueOf)
                                    .collect(Collectors.joining(","))));
                }
            }
            if (rows.isEmpty()) {
                terminal.print("no agents; name some in config/agents.yaml");
            } else {
                terminal.table(
                        List.of("AGENT", "ROLE", "MODEL", "RUNTIME", "STATE", "REGISTERED", "CAPABILITIES"), rows);
            }
            return 0;
        }
    }
}
