package ai.openlegion.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `budget`: spend, holds and limits of the fleet; with an agent also the operator's way to change them.
@Command(
        name = "budget",
        description = {
            "Shows spend, holds and limits of the fleet, or of AGENT.",
            "A changed limit acts at once, on running streams too."
        })
final class BudgetCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "AGENT", description = "Only this agent.")
    private @Nullable String agent;

    @Option(
            names = "--daily",
            paramLabel = "USD",
            description = "Sets the agent's limit a UTC day; 0 refuses everything.")
    private @Nullable BigDecimal daily;

    @Option(names = "--monthly", paramLabel = "USD", description = "Sets the agent's limit a UTC month.")
    private @Nullable BigDecimal monthly;

    @Option(
            names = "--release",
            paramLabel = "USD",
            description =
                    "Gives back that much of what is unreconciled: held when a call ended with no usage reported.")
    private @Nullable BigDecimal release;

    @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
    private boolean json;

    BudgetCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        boolean changes = daily != null || monthly != null || release != null;
        if (changes && agent == null && spec != null) {
            throw new ParameterException(spec.commandLine(), "--daily, --monthly and --release need an AGENT");
        }
        try (MeshClient mesh = MeshClient.of(root.home())) {
            if (agent != null) {
                change(mesh, agent);
            }
            show(mesh.demand("GET", "/control/budgets", null));
            return 0;
        }
    }

    private void change(MeshClient mesh, String id) throws CommandFailure {
        String path = "/control/budgets/" + MeshClient.encoded(id);
        JsonObject limits = new JsonObject();
        if (daily != null) {
            limits.put("daily_usd", daily);
        }
        if (monthly != null) {
            limits.put("monthly_usd", monthly);
        }
        if (!limits.isEmpty()) {
            mesh.demand("PUT", path, limits);
        }
        if (release != null) {
            JsonObject released = mesh.demand("POST", path + "/release", new JsonObject().put("usd", release))
                    .json();
            root.terminal().err().println("released " + Figures.usd(released, "released_usd") + " USD");
        }
    }

    private void show(MeshClient.Answer answer) throws CommandFailure {
        JsonObject budgets = answer.json();
        JsonArray agents = budgets.getJsonArray("agents", new JsonArray());
        if (agent == null) {
            if (json) {
                root.terminal().print(answer.body());
                return;
            }
            List<List<String>> rows = new ArrayList<>();
            addRows(rows, "(fleet)", budgets.getJsonObject("fleet", new JsonObject()));
            agents.stream().map(JsonObject.class::cast).forEach(each -> addRows(rows, each.getString("agent"), each));
            table(rows);
            return;
        }
        JsonObject account = agents.stream()
                .map(JsonObject.class::cast)
                .filter(each -> agent.equals(each.getString("agent")))
                .findFirst()
                .orElseThrow(() -> CommandFailure.failed("there is no agent " + agent + " in this fleet"));
        if (json) {
            root.terminal().print(account.encode());
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        addRows(rows, agent, account);
        table(rows);
        if (account.getBoolean("frozen", false)) {
            root.terminal()
                    .print(root.terminal().bad("frozen")
                            + ": a provider billed more than was held; setting a limit or --release opens it again");
        }
    }

    private static void addRows(List<List<String>> rows, String name, JsonObject account) {
        for (String window : List.of("daily", "monthly")) {
            JsonObject figures = account.getJsonObject(window, new JsonObject());
            rows.add(List.of(
                    window.equals("daily") ? name : "",
                    window,
                    Figures.usd(figures, "limit_usd"),
                    Figures.usd(figures, "spent_usd"),
                    Figures.usd(figures, "held_usd"),
                    Figures.usd(figures, "unreconciled_usd"),
                    figures.getString("resets_at", "")));
        }
    }

    private void table(List<List<String>> rows) {
        root.terminal()
                .table(List.of("ACCOUNT", "WINDOW", "LIMIT USD", "SPENT", "HELD", "UNRECONCILED", "RESETS AT"), rows);
    }
}
