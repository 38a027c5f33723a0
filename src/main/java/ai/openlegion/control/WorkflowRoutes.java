package ai.openlegion.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.openlegion.budget.Budget;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.json.Members;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.workflow.Workflows;
import ai.openlegion.workflow.model.Workflow;
import ai.openlegion.workflow.model.WorkflowJson;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;

/// The workflows that there are, reviewed before they run, and started.
final class WorkflowRoutes {

    private static final String WORKFLOWS = "/control/workflows";
    private static final String WORKFLOW = WORKFLOWS + "/:workflow";
    private static final int BODY_BYTES = Workflows.MOST_INPUT_BYTES + 16 * 1024;
    private static final int NAME_CHARS = 128;
    private static final String RETRY_SECONDS = "5";

    private final Bus bus;
    private final FleetRegistry fleets;
    private final OperatorLog log;

    WorkflowRoutes(Bus bus, FleetRegistry fleets, OperatorLog log) {
        this.bus = bus;
        this.fleets = fleets;
        this.log = log;
    }

    void add(OperatorRoutes routes) {
        routes.get(WORKFLOWS, context -> list());
        routes.get(WORKFLOW, this::show);
        routes.objectOrNothing(HttpMethod.POST, WORKFLOW + "/runs", BODY_BYTES, this::run);
    }

    private Future<List<Workflow>> definitions() {
        return bus.ask(Workflows.DEFINITIONS, new Workflows.ReadDefinitions())
                .map(found ->
                        found.definitions().stream().map(WorkflowJson::read).toList());
    }

    private Future<Outlook> outlook() {
        Future<Messaging.Directory> directory = bus.ask(Messaging.DIRECTORY, new Messaging.ReadDirectory())
                .recover(silent -> Future.succeededFuture(new Messaging.Unavailable()));
        return Future.all(directory, bus.ask(Budget.READ, new Budget.Read()))
                .map(both -> new Outlook(fleets.current(), both.resultAt(0), both.resultAt(1)));
    }

    private Future<Answer> list() {
        return Future.all(definitions(), outlook()).map(all -> {
            List<Workflow> workflows = all.resultAt(0);
            Outlook outlook = all.resultAt(1);
            return Answer.ok(json -> {
                json.writeStartArray();
                for (Workflow workflow : workflows) {
                    DefinitionJson.line(json, workflow, outlook);
                }
                json.writeEndArray();
            });
        });
    }

    private Future<Answer> show(RoutingContext context) {
        String name = name(context);
        Drawings.Form form = Drawings.wanted(context, Drawings.Form.JSON);
        if (form == null) {
            return Future.succeededFuture(Drawings.noSuchForm());
        }
        return Future.all(definitions(), outlook()).map(all -> {
            List<Workflow> workflows = all.resultAt(0);
            Outlook outlook = all.resultAt(1);
            Optional<Workflow> found = workflows.stream()
                    .filter(workflow -> workflow.name().equals(name))
                    .findFirst();
            if (found.isEmpty()) {
                return unknown(name);
            }
            return form == Drawings.Form.JSON
                    ? Answer.ok(json -> DefinitionJson.write(json, found.get(), outlook))
                    : Drawings.draw(context, form, Drawings.picture(found.get(), outlook));
        });
    }

    private Future<Answer> run(RoutingContext context, Members body) {
        String name = name(context);
        if (body.has("input") && !body.isObject("input")) {
            return Future.succeededFuture(Answer.refused(422, "input must be an object"));
        }
        String given = body.raw("input");
        String input = given == null ? "{}" : given;
        if (input.getBytes(UTF_8).length > Workflows.MOST_INPUT_BYTES) {
            return Future.succeededFuture(
                    Answer.refused(413, "input may have at most " + Workflows.MOST_INPUT_BYTES + " bytes"));
        }
        return log.accountable(() -> bus.ask(Workflows.RUN, new Workflows.Run(name, input, "operator"))
                .map(outcome -> started(context, log, "workflow.run", name, outcome)));
    }

    /// What became of the wish for a run; recorded.
    ///
    /// @param resource what was to be run
    static Answer started(
            RoutingContext context, OperatorLog log, String action, String resource, Workflows.RunOutcome outcome) {
        return switch (outcome) {
            case Workflows.Started(String id) -> {
                log.record(context, action, resource, "allowed: " + id);
                yield Answer.of(202, json -> {
                    json.writeStartObject();
                    json.writeStringField("execution_id", id);
                    json.writeEndObject();
                });
            }
            case Workflows.Unknown(String why) -> {
                log.record(context, action, resource, "refused: " + why);
                yield Answer.refused(404, why);
            }
            case Workflows.Refused(String why) -> {
                log.record(context, action, resource, "refused: " + why);
                yield Answer.refused(action.equals("run.rerun") ? 409 : 422, why);
            }
            case Workflows.TooMany(int limit) -> {
                log.record(context, action, resource, "refused: too many runs");
                context.response().putHeader("retry-after", RETRY_SECONDS);
                yield Answer.refused(429, "as many runs as there may be are under way: " + limit);
            }
            case Workflows.Unavailable() -> Answers.storeUnavailable();
        };
    }

    private static Answer unknown(String name) {
        return Answer.refused(404, "there is no workflow " + name);
    }

    /// The workflow that the path names, cut where it is longer than any name.
    private static String name(RoutingContext context) {
        String name = String.valueOf(context.pathParam("workflow"));
        return name.length() <= NAME_CHARS ? name : name.substring(0, NAME_CHARS) + "…";
    }
}
