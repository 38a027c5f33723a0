package ai.openlegion.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `status`: the mesh's health, agents, spend and policy revision.
@Command(
        name = "status",
        description = "Shows the running mesh: health, agents and what isolates them, spend, policy revision.")
final class StatusCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
    private boolean json;

    StatusCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        try (MeshClient mesh = MeshClient.of(root.home())) {
            MeshClient.Answer answer = mesh.demand("GET", "/control/status", null);
            Terminal terminal = root.terminal();
            if (json) {
                terminal.json(answer.body());
            } else {
                show(answer.json(), terminal);
            }
            return 0;
        }
    }

    private static void show(JsonObject status, Terminal terminal) {
        boolean storing = status.getJsonObject("store", new JsonObject()).getBoolean("available", false);
        terminal.print(terminal.bold("openlegion " + status.getString("version", "")) + "  pid " + status.getLong("pid")
                + "  since " + status.getString("started_at", "?"));
        terminal.print("agents at " + (status.getString("scheme", "http").equals("https") ? "https, " : "") + "port "
                + status.getInteger("port") + ", control at port " + status.getInteger("control_port") + ", "
                + status.getInteger("streams_open", 0) + " streams open");
        terminal.print("policy revision " + status.getLong("policy_revision") + ", store "
                + (storing
                        ? terminal.good("available")
                        : terminal.bad("unavailable: every call that spends is refused")));
        JsonObject fleet = status.getJsonObject("fleet", new JsonObject());
        terminal.print("fleet today " + spending(fleet, "daily") + ", this month " + spending(fleet, "monthly"));
        terminal.print("");
        AgentsCommand.show(status.getJsonArray("agents", new JsonArray()), terminal);
        for (Object remark : status.getJsonArray("remarks", new JsonArray())) {
            terminal.print(terminal.bad("isolation: ") + Terminal.harmless(String.valueOf(remark)));
        }
        for (Object step : status.getJsonArray("progress", new JsonArray())) {
            terminal.print("under way: " + Terminal.harmless(String.valueOf(step)));
        }
        ReloadCommand.warn(status.getJsonArray("warnings", new JsonArray()), terminal);
    }

    private static String spending(JsonObject fleet, String window) {
        JsonObject figures = fleet.getJsonObject(window, new JsonObject());
        String limit = Figures.usd(figures, "limit_usd");
        return Figures.usd(figures, "spent_usd") + " USD" + (limit.equals("-") ? ", no limit" : " of " + limit);
    }
}
