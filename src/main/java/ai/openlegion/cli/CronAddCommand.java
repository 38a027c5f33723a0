package ai.openlegion.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `cron add`: a new job of the operator.
@Command(
        name = "add",
        description = {
            "Adds a job that sends a message to an agent, or runs a workflow.",
            "SCHEDULE is five cron fields ('0 9 * * 1-5') or a pace ('every 30m')."
        })
final class CronAddCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "SCHEDULE", description = "When it runs; one argument, so quote it.")
    private String schedule = "";

    @Option(names = "--agent", paramLabel = "AGENT", description = "Whom to send the message to.")
    private @Nullable String agent;

    @Option(names = "--message", paramLabel = "TEXT", description = "What to say.")
    private @Nullable String message;

    @Option(names = "--workflow", paramLabel = "NAME", description = "Which workflow to run instead.")
    private @Nullable String workflow;

    @Option(names = "--input", paramLabel = "JSON", description = "The workflow's input, an object.")
    private @Nullable String input;

    @Option(names = "--zone", paramLabel = "ZONE", description = "The time zone of SCHEDULE (default: UTC).")
    private @Nullable String zone;

    @Option(names = "--misfire", paramLabel = "skip|once", description = "What becomes of missed runs (default: skip).")
    private @Nullable String misfire;

    @Option(names = "--heartbeat", description = "Sends the message only if something waits in the agent's inbox.")
    private boolean heartbeat;

    @Option(names = "--json", description = "Prints the job as JSON.")
    private boolean json;

    CronAddCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        demand((agent == null) != (workflow == null), "either --agent or --workflow must be given");
        demand(message == null || agent != null, "--message needs an --agent");
        demand(input == null || workflow != null, "--input needs a --workflow");
        demand(!heartbeat || agent != null, "--heartbeat needs an --agent");
        JsonObject job = new JsonObject().put("schedule", schedule);
        put(job, "agent", agent);
        put(job, "message", message);
        put(job, "workflow", workflow);
        put(job, "zone", zone);
        put(job, "misfire", misfire);
        if (input != null) {
            job.put("input", object(input));
        }
        if (heartbeat) {
            job.put("heartbeat", true);
        }
        try (MeshClient mesh = MeshClient.of(root.home())) {
            MeshClient.Answer answer = mesh.demand("POST", "/control/cron", job);
            if (json) {
                root.terminal().json(answer.body());
            } else {
                JsonObject added = answer.json();
                String first = added.getString("next_run");
                root.terminal()
                        .print("added " + added.getString("id")
                                + (first == null ? "; it never runs" : "; it runs first at " + first));
            }
            return 0;
        }
    }

    private JsonObject object(String text) {
        try {
            return new JsonObject(text);
        } catch (DecodeException malformed) {
            demand(false, "--input must be a JSON object");
            return new JsonObject();
        }
    }

    private static void put(JsonObject job, String name, @Nullable String value) {
        if (value != null) {
            job.put(name, value);
        }
    }

    private void demand(boolean holds, String otherwise) {
        if (!holds && spec != null) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }
}
