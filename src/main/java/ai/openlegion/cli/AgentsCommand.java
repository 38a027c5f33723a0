package ai.openlegion.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `agents`: who is in the fleet and how each stands; with a subcommand the operator's order to one of them.
@Command(name = "agents", description = "Lists the agents: how each stands, what isolates it, what it does and spends.")
final class AgentsCommand implements Callable<Integer> {

    private static final int SHOWN_CAPABILITIES = 3;

    private final OpenLegion root;

    @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
    private boolean json;

    private AgentsCommand(OpenLegion root) {
        this.root = root;
    }

    static CommandLine line(OpenLegion root) {
        return new CommandLine(new AgentsCommand(root))
                .addSubcommand("start", new Start(root))
                .addSubcommand("stop", new Stop(root))
                .addSubcommand("restart", new Restart(root));
    }

    @Override
    public Integer call() throws CommandFailure {
        try (MeshClient mesh = MeshClient.of(root.home())) {
            MeshClient.Answer answer = mesh.demand("GET", "/control/agents", null);
            Terminal terminal = root.terminal();
            if (json) {
                terminal.json(answer.body());
            } else {
                show(answer.array(), terminal);
            }
            return 0;
        }
    }

    /// The agents as a table.
    static void show(JsonArray agents, Terminal terminal) {
        List<List<String>> rows = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (Object each : agents) {
            if (each instanceof JsonObject agent) {
                rows.add(List.of(
                        agent.getString("id", ""),
                        agent.getString("state", ""),
                        agent.getString("role", ""),
                        agent.getString("runtime", ""),
                        agent.getString("boundary", ""),
                        String.valueOf(agent.getInteger("restarts", 0)),
                        agent.getString("current_task", "-"),
                        String.valueOf(agent.getLong("tokens_today", 0L)),
                        Figures.usd(agent, "cost_today_usd"),
                        capabilities(agent.getJsonArray("capabilities", new JsonArray()))));
                String why = agent.getString("why");
                if (why != null) {
                    reasons.add(Terminal.harmless(
                            agent.getString("id", "") + " is " + agent.getString("state", "") + ": " + why));
                }
            }
        }
        if (rows.isEmpty()) {
            terminal.print("no agents; name some in config/agents.yaml");
            return;
        }
        terminal.table(
                List.of(
                        "AGENT",
                        "STATE",
                        "ROLE",
                        "RUNTIME",
                        "BOUNDARY",
                        "RESTARTS",
                        "TASK",
                        "TOKENS TODAY",
                        "USD TODAY",
                        "CAPABILITIES"),
                rows);
        reasons.forEach(terminal::print);
    }

    /// The first few: an agent with many tools would make the table wider than any terminal. `--json` has them all.
    private static String capabilities(JsonArray names) {
        String shown =
                names.stream().limit(SHOWN_CAPABILITIES).map(String::valueOf).collect(Collectors.joining(","));
        int more = names.size() - SHOWN_CAPABILITIES;
        return more > 0 ? shown + " +" + more : shown;
    }

    /// What the orders share.
    private abstract static class Order implements Callable<Integer> {
        private final OpenLegion root;

        @Spec
        private @Nullable CommandSpec spec;

        @Parameters(paramLabel = "AGENT", description = "The agent's id; one that the mesh runs.")
        private String agent = "";

        @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
        private boolean json;

        Order(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            String verb = spec == null ? "" : spec.name();
            try (MeshClient mesh = MeshClient.of(root.home())) {
                MeshClient.Answer answer =
                        mesh.demand("POST", "/control/agents/" + MeshClient.encoded(agent) + "/" + verb, null);
                if (json) {
                    root.terminal().json(answer.body());
                } else {
                    root.terminal().print(agent + " is " + answer.json().getString("state", "unknown"));
                }
                return 0;
            }
        }
    }

    @Command(
            name = "start",
            description = "Starts AGENT, also one that was stopped or is failed; does not wait for it.")
    private static final class Start extends Order {
        Start(OpenLegion root) {
            super(root);
        }
    }

    @Command(
            name = "stop",
            description = "Stops AGENT until it is started again; its token dies at once, its volume stays.")
    private static final class Stop extends Order {
        Stop(OpenLegion root) {
            super(root);
        }
    }

    @Command(name = "restart", description = "Stops AGENT and starts it anew, with a new token.")
    private static final class Restart extends Order {
        Restart(OpenLegion root) {
            super(root);
        }
    }
}
