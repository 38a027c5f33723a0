package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The operator's orders to a run: end it, decide on a step, repeat it.
final class RunOrders {

    private RunOrders() {}

    private static void show(OpenLegion root, MeshClient.Answer answer, boolean json, String done)
            throws CommandFailure {
        if (json) {
            root.terminal().json(answer.body());
        } else {
            JsonObject run = answer.json();
            root.terminal()
                    .print(done + Terminal.harmless(run.getString("id", "")) + " is "
                            + Terminal.harmless(run.getString("status", "").replace('_', ' ')));
        }
    }

    /// `workflow cancel`.
    @Command(
            name = "cancel",
            description = "Ends RUN at once, in the middle of its steps; the agents that work for it are told.")
    static final class Cancel implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "RUN", description = "The run's id.")
        private String run = "";

        @Option(names = "--json", description = "Prints the run as JSON.")
        private boolean json;

        Cancel(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            try (MeshClient mesh = MeshClient.of(root.home())) {
                show(root, mesh.demand("POST", WorkflowCommand.runPath(run) + "/cancel", null), json, "");
                return 0;
            }
        }
    }

    /// What the two decisions share.
    abstract static class Decision implements Callable<Integer> {
        private final OpenLegion root;
        private final String verb;

        @Parameters(index = "0", paramLabel = "RUN", description = "The run's id.")
        private String run = "";

        @Parameters(index = "1", paramLabel = "STEP", description = "The step that waits.")
        private String step = "";

        @Option(names = "--comment", paramLabel = "TEXT", description = "Why; it is kept with the decision.")
        private @Nullable String comment;

        @Option(
                names = "--digest",
                paramLabel = "HEX",
                description = "Only if what waits is the request of this digest.")
        private @Nullable String digest;

        @Option(names = "--json", description = "Prints the run as JSON.")
        private boolean json;

        Decision(OpenLegion root, String verb) {
            this.root = root;
            this.verb = verb;
        }

        @Override
        public Integer call() throws CommandFailure {
            JsonObject body = new JsonObject();
            if (comment != null) {
                body.put("comment", comment);
            }
            if (digest != null) {
                body.put("digest", digest);
            }
            String path = WorkflowCommand.runPath(run) + "/steps/" + MeshClient.encoded(step) + "/" + verb;
            try (MeshClient mesh = MeshClient.of(root.home())) {
                String done = verb.equals("approve") ? "approved; " : "rejected; ";
                show(root, mesh.demand("POST", path, body), json, done);
                return 0;
            }
        }
    }

    /// `workflow approve`.
    @Command(name = "approve", description = "Lets STEP of RUN do what it waits to do, and nothing else.")
    static final class Approve extends Decision {
        Approve(OpenLegion root) {
            super(root, "approve");
        }
    }

    /// `workflow reject`.
    @Command(name = "reject", description = "Keeps STEP of RUN from doing what it waits to do.")
    static final class Reject extends Decision {
        Reject(OpenLegion root) {
            super(root, "reject");
        }
    }

    /// `workflow rerun`.
    @Command(
            name = "rerun",
            description = {
                "Runs again what RUN did, from one step on: that step and all that depends on it.",
                "What the others gave is taken over."
            })
    static final class Rerun implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "RUN", description = "The id of a run that is over.")
        private String run = "";

        @Option(names = "--from", required = true, paramLabel = "STEP", description = "The first step to run again.")
        private String from = "";

        @Option(names = "--watch", description = "Follows the new run to its end, like workflow watch.")
        private boolean watch;

        @Option(names = "--json", description = "Prints the new run's id, or with --watch each event, as JSON.")
        private boolean json;

        Rerun(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            try (MeshClient mesh = MeshClient.of(root.home())) {
                JsonObject body = new JsonObject().put("from", from);
                MeshClient.Answer answer = mesh.demand("POST", WorkflowCommand.runPath(run) + "/rerun", body);
                return WorkflowRun.begun(root, mesh, answer, watch, json);
            }
        }
    }
}
