package ai.openlegion.agent.tools;

import ai.openlegion.agent.json.Members;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Work to be done, now or later: `run_workflow`, `set_cron`, `list_cron`, `remove_cron` and `get_status`.
final class WorkTools {

    private static final String CRON = "/mesh/cron";

    private WorkTools() {}

    static List<Tool> of() {
        return List.of(
                new CheckedTool(
                        "run_workflow",
                        "Starts a workflow and gives back its execution_id at once.",
                        List.of(
                                Parameter.text("name", "The workflow's name", 128),
                                Parameter.object("input", "What the workflow is given").optional()),
                        (context, arguments) -> MeshCalls.result(context.mesh()
                                .post(
                                        "/mesh/workflows/"
                                                + MeshCalls.encode(arguments.text("name").orElseThrow()) + "/runs",
                                        Map.of("input", arguments.object("input").all()),
                                        MeshCalls.DEADLINE))),
                new CheckedTool(
                        "set_cron",
                        "Sends this agent a message, or runs a workflow, again and again.",
                        List.of(
                                Parameter.text("schedule", "5 fields such as 0 9 * * 1-5, or: every 30m", 256),
                                Parameter.text("message", "What this agent is told then", 64_000).optional(),
                                Parameter.text("workflow", "The workflow to run instead", 128).optional(),
                                Parameter.object("input", "What the workflow is given").optional(),
                                Parameter.text("zone", "Such as Europe/Berlin; UTC, unless said", 64)
                                        .optional()),
                        (context, arguments) -> {
                            needsOne(arguments, "message", "workflow");
                            return MeshCalls.result(
                                    context.mesh().post(CRON, arguments.all(), MeshCalls.DEADLINE));
                        }),
                new CheckedTool(
                        "list_cron",
                        "Lists what set_cron has set.",
                        List.of(),
                        (context, arguments) ->
                                MeshCalls.result(context.mesh().get(CRON, MeshCalls.DEADLINE))),
                new CheckedTool(
                        "remove_cron",
                        "Ends one of the jobs of list_cron.",
                        List.of(Parameter.text("job_id", "The job's id", 64)),
                        (context, arguments) -> MeshCalls.result(context.mesh()
                                .call(
                                        "DELETE",
                                        CRON + "/" + MeshCalls.encode(arguments.text("job_id").orElseThrow()),
                                        Optional.empty(),
                                        MeshCalls.DEADLINE))),
                new CheckedTool(
                        "get_status",
                        "Says who this agent is and what it is doing.",
                        List.of(),
                        (context, arguments) -> new LinkedHashMap<>(context.status().get())));
    }

    private static void needsOne(Members arguments, String first, String second) throws WrongArgument {
        if (arguments.any(first).isPresent() == arguments.any(second).isPresent()) {
            throw new WrongArgument("exactly one of " + first + " and " + second + " is needed");
        }
    }
}
