package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `workflow`: what the workflows are, and their runs; with a subcommand the operator's way to start, follow and end
/// them.
@Command(
        name = "workflow",
        description = {"Lists the workflows. They stand in config/workflows and change there; a reload takes them up."})
final class WorkflowCommand implements Callable<Integer> {
    private static final int USUAL_COLUMNS = 100;

    private final OpenLegion root;

    @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
    private boolean json;

    private WorkflowCommand(OpenLegion root) {
        this.root = root;
    }

    static CommandLine line(OpenLegion root) {
        return new CommandLine(new WorkflowCommand(root))
                .addSubcommand(new Listing(root))
                .addSubcommand(new Show(root))
                .addSubcommand(new WorkflowRun(root))
                .addSubcommand(new Runs(root))
                .addSubcommand(new Status(root))
                .addSubcommand(new WorkflowRun.Watch(root))
                .addSubcommand(new RunOrders.Cancel(root))
                .addSubcommand(new RunOrders.Approve(root))
                .addSubcommand(new RunOrders.Reject(root))
                .addSubcommand(new RunOrders.Rerun(root));
    }

    @Override
    public Integer call() throws CommandFailure {
        return list(root, json);
    }

    static String runPath(String run) {
        return "/control/runs/" + MeshClient.encoded(run);
    }

    private static int list(OpenLegion root, boolean json) throws CommandFailure {
        return new Listed(
                        "/control/workflows",
                        List.of("WORKFLOW", "STEPS", "STARTED BY", "AT MOST", "USD AT MOST", "FILE"),
                        WorkflowCommand::row,
                        "no workflows; write one in " + root.home().config() + "/workflows and reload")
                .print(root, json);
    }

    private static List<String> row(JsonObject workflow) {
        return List.of(
                workflow.getString("name", ""),
                String.valueOf(workflow.getInteger("steps", 0)),
                starts(workflow),
                workflow.getInteger("timeout", 0) + " s",
                Figures.usd(workflow, "most_usd"),
                workflow.getString("file", ""));
    }

    private static String starts(JsonObject workflow) {
        String trigger = workflow.getString("trigger");
        String schedule = workflow.getString("schedule");
        return trigger != null ? "topic " + trigger : schedule != null ? schedule : "-";
    }

    /// What a drawing in text needs to know of the terminal, as a query.
    static String drawing(OpenLegion root) {
        Terminal terminal = root.terminal();
        return "format=text&colour=" + terminal.colour() + "&ascii=" + !terminal.drawsBoxes() + "&columns="
                + (terminal.isTerminal() ? columns() : USUAL_COLUMNS);
    }

    private static int columns() {
        try (org.jline.terminal.Terminal real =
                TerminalBuilder.builder().system(true).dumb(true).build()) {
            return Math.clamp(real.getWidth() == 0 ? USUAL_COLUMNS : real.getWidth(), 40, 2_000);
        } catch (IOException none) {
            return USUAL_COLUMNS;
        }
    }

    /// `workflow list`: the same as `workflow` alone.
    @Command(name = "list", description = "Lists the workflows, like workflow alone.")
    static final class Listing implements Callable<Integer> {
        private final OpenLegion root;

        @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
        private boolean json;

        Listing(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            return list(root, json);
        }
    }

    /// `workflow show`: a workflow before it runs.
    @Command(
            name = "show",
            description = {
                "Draws WORKFLOW, or a run of it: who does what, what each step needs to be allowed,",
                "and the most a run can cost."
            })
    static final class Show implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "WORKFLOW", description = "The workflow's name, or the id of a run.")
        private String name = "";

        @Option(
                names = "--format",
                paramLabel = "FORMAT",
                description = "text, svg, mermaid or json (default: ${DEFAULT-VALUE}).")
        private String format = "text";

        @Option(names = "--json", description = "Prints the definition as JSON.")
        private boolean json;

        Show(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            Terminal terminal = root.terminal();
            boolean text = format.equals("text") && !json;
            boolean run = name.matches("wf_[0-9a-f]{12}");
            String path = run ? runPath(name) + "/graph" : "/control/workflows/" + MeshClient.encoded(name);
            String query = text ? drawing(root) : "format=" + MeshClient.encoded(json ? "json" : format);
            try (MeshClient mesh = MeshClient.of(root.home())) {
                String body = mesh.demand("GET", path + "?" + query, null).body();
                if (json || format.equals("json")) {
                    terminal.json(body);
                } else {
                    terminal.out().print(text ? Terminal.drawn(body) : SafeText.of(body));
                    terminal.out().flush();
                }
                return 0;
            }
        }
    }

    /// `workflow runs`: what ran and what runs.
    @Command(name = "runs", description = "Lists runs, the newest first.")
    static final class Runs implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(arity = "0..1", paramLabel = "WORKFLOW", description = "Only runs of this workflow.")
        private @Nullable String workflow;

        @Option(
                names = "--status",
                paramLabel = "STATUS",
                description = "Only running, waiting_approval, complete, failed or cancelled ones.")
        private @Nullable String status;

        @Option(names = "--limit", paramLabel = "COUNT", description = "At most so many (default: ${DEFAULT-VALUE}).")
        private int limit = 20;

        @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
        private boolean json;

        Runs(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            String path = "/control/runs?limit=" + limit
                    + (workflow == null ? "" : "&workflow=" + MeshClient.encoded(workflow))
                    + (status == null ? "" : "&status=" + MeshClient.encoded(status));
            return new Listed(
                            path,
                            List.of("RUN", "WORKFLOW", "STATUS", "STEPS", "STARTED", "BY", "TOKENS", "USD", "ERROR"),
                            Runs::row,
                            "no runs; start one with: openlegion workflow run WORKFLOW --watch")
                    .print(root, json);
        }

        private static List<String> row(JsonObject run) {
            return List.of(
                    run.getString("id", ""),
                    run.getString("workflow", ""),
                    run.getString("status", ""),
                    run.getInteger("steps_completed", 0) + "/" + run.getInteger("steps_total", 0),
                    run.getString("started_at", ""),
                    run.getString("started_by", ""),
                    String.valueOf(run.getLong("tokens", 0L)),
                    Figures.usd(run, "cost_usd"),
                    Objects.requireNonNullElse(run.getString("error"), ""));
        }
    }

    /// `workflow status`: one run.
    @Command(
            name = "status",
            description = {
                "Shows RUN as it stands: its steps, what they gave, used and cost. What is large is cut short;",
                "with --step one of its steps is shown whole."
            })
    static final class Status implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "RUN", description = "The run's id.")
        private String run = "";

        @Option(names = "--step", paramLabel = "STEP", description = "Shows this step, with all it gave.")
        private @Nullable String step;

        @Option(names = "--json", description = "Prints the run, or the step, as JSON.")
        private boolean json;

        Status(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            try (MeshClient mesh = MeshClient.of(root.home())) {
                String query = step == null ? "" : "?step=" + MeshClient.encoded(step);
                MeshClient.Answer answer = mesh.demand("GET", runPath(run) + query, null);
                if (json) {
                    root.terminal().json(answer.body());
                } else if (step != null) {
                    RunReport.printStep(root.terminal(), run, answer.json());
                } else {
                    RunReport.print(root.terminal(), answer.json(), true);
                }
                return 0;
            }
        }
    }
}
