package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `cron`: the scheduled jobs of the file, of agents and of the operator; with a subcommand the operator's way to
/// change
/// them.
@Command(
        name = "cron",
        description = {
            "Lists the scheduled jobs and when each runs next.",
            "Jobs of config/schedules.yaml are changed there and take effect by reload."
        })
final class CronCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
    private boolean json;

    private CronCommand(OpenLegion root) {
        this.root = root;
    }

    static CommandLine line(OpenLegion root) {
        return new CommandLine(new CronCommand(root))
                .addSubcommand(new Listing(root))
                .addSubcommand(new CronAddCommand(root))
                .addSubcommand(new Remove(root))
                .addSubcommand(new Pause(root))
                .addSubcommand(new Resume(root));
    }

    @Override
    public Integer call() throws CommandFailure {
        return list(root, json);
    }

    private static int list(OpenLegion root, boolean json) throws CommandFailure {
        return new Listed(
                        "/control/cron",
                        List.of("JOB", "OWNER", "SCHEDULE", "ZONE", "DOES", "NEXT RUN", "RUNS", "ERRORS", "LAST ERROR"),
                        CronCommand::row,
                        "no jobs; add one with: openlegion cron add 'every 30m' --agent NAME --message TEXT")
                .print(root, json);
    }

    private static List<String> row(JsonObject job) {
        String workflow = job.getString("workflow");
        String does = workflow != null
                ? "runs " + workflow
                : (job.getBoolean("heartbeat", false) ? "wakes " : "tells ") + job.getString("agent");
        return List.of(
                job.getString("id", ""),
                job.getBoolean("from_file", false) ? "(file)" : job.getString("owner", ""),
                job.getString("schedule", ""),
                job.getString("zone", ""),
                does,
                job.getBoolean("enabled", true)
                        ? Objects.requireNonNullElse(job.getString("next_run"), "never")
                        : "paused",
                String.valueOf(job.getLong("run_count", 0L)),
                String.valueOf(job.getLong("error_count", 0L)),
                Objects.requireNonNullElse(job.getString("last_error"), ""));
    }

    private static String path(String id) {
        return "/control/cron/" + MeshClient.encoded(id);
    }

    private static int enable(OpenLegion root, String id, boolean enabled, boolean json) throws CommandFailure {
        try (MeshClient mesh = MeshClient.of(root.home())) {
            MeshClient.Answer answer = mesh.demand("PUT", path(id), new JsonObject().put("enabled", enabled));
            if (json) {
                root.terminal().json(answer.body());
            } else {
                root.terminal().print(enabled ? resumed(answer.json().getString("next_run")) : "paused");
            }
            return 0;
        }
    }

    private static String resumed(@Nullable String next) {
        return next == null ? "resumed; it never runs" : "resumed; the next run is at " + next;
    }

    /// `cron list`: the same as `cron` alone.
    @Command(name = "list", description = "Lists the scheduled jobs, like cron alone.")
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

    /// `cron rm`: removes a job.
    @Command(name = "rm", description = "Removes JOB.")
    static final class Remove implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "JOB", description = "The job's id.")
        private String id = "";

        @Option(names = "--json", description = "Prints the job that was removed as JSON.")
        private boolean json;

        Remove(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            try (MeshClient mesh = MeshClient.of(root.home())) {
                MeshClient.Answer answer = mesh.demand("DELETE", path(id), null);
                if (json) {
                    root.terminal().json(answer.body());
                } else {
                    root.terminal().print("removed");
                }
                return 0;
            }
        }
    }

    /// `cron pause`: keeps a job from running.
    @Command(name = "pause", description = "Keeps JOB from running until it is resumed.")
    static final class Pause implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "JOB", description = "The job's id.")
        private String id = "";

        @Option(names = "--json", description = "Prints the job as JSON.")
        private boolean json;

        Pause(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            return enable(root, id, false, json);
        }
    }

    /// `cron resume`: lets a paused job run again.
    @Command(name = "resume", description = "Lets JOB run again, from its next time on.")
    static final class Resume implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "JOB", description = "The job's id.")
        private String id = "";

        @Option(names = "--json", description = "Prints the job as JSON.")
        private boolean json;

        Resume(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            return enable(root, id, true, json);
        }
    }
}
