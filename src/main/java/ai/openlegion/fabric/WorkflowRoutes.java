package ai.openlegion.fabric;

import static ai.openlegion.fabric.Crossings.isSound;

import ai.openlegion.acl.Operation;
import ai.openlegion.routes.Permission;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;

/// `/mesh/workflows/{name}/runs`: an agent starts a workflow that it may run, and hears no more of it.
final class WorkflowRoutes {

    private static final String ACTION = "workflow.run";
    private static final int NAME_CHARS = 128;
    private static final long RETRY_SECONDS = 5;

    private WorkflowRoutes() {}

    static void add(Router router, Crossings crossings) {
        crossings.jsonOrNothing(
                router,
                HttpMethod.POST,
                "/mesh/workflows/:workflow/runs",
                Permission.of(Operation.RUN_WORKFLOW),
                Crossing.RUN_WORKFLOW,
                WorkflowRoutes::run);
    }

    private static void run(Visit visit, Input input) {
        String workflow = visit.parameter("workflow");
        if (workflow.isEmpty() || workflow.length() > NAME_CHARS) {
            input.flawed(404, "There is no such workflow");
        }
        String given = input.object("input", "{}");
        if (!isSound(visit, input) || !visit.may(Operation.RUN_WORKFLOW, workflow, ACTION)) {
            return;
        }
        var run = new Workflows.Run(workflow, given, visit.agent().value());
        visit.ask(
                Workflows.RUN,
                run,
                outcome -> {
                    switch (outcome) {
                        case Workflows.Started started ->
                            visit.accepted(json -> {
                                json.writeStartObject();
                                json.writeStringField("execution_id", started.executionId());
                                json.writeEndObject();
                            });
                        case Workflows.Unknown unknown -> {
                            visit.undone(ACTION, workflow, "unknown workflow");
                            visit.refuse(404, "There is no workflow " + workflow);
                        }
                        case Workflows.Refused refused -> {
                            visit.undone(ACTION, workflow, refused.why());
                            visit.refuse(422, refused.why());
                        }
                        case Workflows.TooMany tooMany -> {
                            visit.undone(ACTION, workflow, "too many runs");
                            visit.later(
                                    429,
                                    "As many runs as there may be are under way: " + tooMany.limit(),
                                    RETRY_SECONDS);
                        }
                        case Workflows.Unavailable unavailable -> unstarted(visit, workflow);
                    }
                },
                _ -> unstarted(visit, workflow));
    }

    private static void unstarted(Visit visit, String workflow) {
        visit.undone(ACTION, workflow, "unavailable");
        visit.unavailable();
    }
}
