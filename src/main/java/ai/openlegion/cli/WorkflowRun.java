package ai.openlegion.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `workflow run`: starts a run, and follows it if that is wanted.
@Command(
        name = "run",
        description = {
            "Starts WORKFLOW and prints the run's id; with --watch it is followed to its end.",
            "Then it ends with 0 when the run is complete, else with 1. Ctrl-C leaves the run running."
        })
final class WorkflowRun implements Callable<Integer> {
    private static final int MOST_BYTES = 256 * 1024;

    private final OpenLegion root;

    @Parameters(paramLabel = "WORKFLOW", description = "The workflow's name.")
    private String workflow = "";

    @Option(
            names = "--input",
            paramLabel = "JSON",
            description = "What the run is given: a JSON object, @FILE, or - for standard input (default: {}).")
    private @Nullable String input;

    @Option(names = "--watch", description = "Follows the run to its end.")
    private boolean watch;

    @Option(names = "--json", description = "Prints the run's id, or with --watch each event, as JSON.")
    private boolean json;

    WorkflowRun(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        String given = input();
        String path = "/control/workflows/" + MeshClient.encoded(workflow) + "/runs";
        try (MeshClient mesh = MeshClient.of(root.home())) {
            return begun(root, mesh, mesh.demandExact("POST", path, "{\"input\":" + given + "}"), watch, json);
        }
    }

    /// A run was started; @return the exit code
    static int begun(OpenLegion root, MeshClient mesh, MeshClient.Answer answer, boolean watch, boolean json)
            throws CommandFailure {
        String run = answer.json().getString("execution_id", "");
        if (watch) {
            return new RunWatch(root, mesh, run, json).follow();
        }
        if (json) {
            root.terminal().json(answer.body());
        } else {
            root.terminal().print("started as " + Terminal.harmless(run));
            root.terminal().print("follow it with: openlegion workflow watch " + Terminal.harmless(run));
        }
        return 0;
    }

    private String input() throws CommandFailure {
        String text = input == null ? "{}" : input;
        try {
            if (text.equals("-")) {
                text = new String(System.in.readNBytes(MOST_BYTES + 1), StandardCharsets.UTF_8);
            } else if (text.startsWith("@")) {
                text = Files.readString(Path.of(text.substring(1)));
            }
        } catch (IOException unreadable) {
            throw CommandFailure.misused("cannot read the input: " + unreadable.getMessage());
        }
        try {
            var _ = new JsonObject(text);
            return text;
        } catch (DecodeException malformed) {
            throw CommandFailure.misused("--input is not a JSON object");
        }
    }

    /// `workflow watch`: follows a run that was started before.
    @Command(
            name = "watch",
            description = {
                "Follows RUN to its end, from its first event on: a live table on a terminal, else a line an event.",
                "Ends with 0 when the run is complete, else with 1. Ctrl-C leaves the run running."
            })
    static final class Watch implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "RUN", description = "The run's id.")
        private String run = "";

        @Option(names = "--json", description = "Prints each event as one line of JSON.")
        private boolean json;

        Watch(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            try (MeshClient mesh = MeshClient.of(root.home())) {
                return new RunWatch(root, mesh, run, json).follow();
            }
        }
    }
}
