package ai.openlegion.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.openlegion.bus.Bus;
import ai.openlegion.json.Members;
import ai.openlegion.workflow.Workflows;
import ai.openlegion.workflow.run.RunStatus;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Runs of workflows as the operator sees them, ends them, approves their steps and repeats them.
final class RunRoutes {

    private static final String RUNS = "/control/runs";
    private static final String RUN = RUNS + "/:run";
    private static final String STEP = RUN + "/steps/:step";
    private static final Pattern ID = Pattern.compile("wf_[0-9a-f]{12}");
    private static final int BODY_BYTES = 16 * 1024;
    private static final int COMMENT_CHARS = 4_000;
    private static final int TOLD_CHARS = 128;

    private final Bus bus;
    private final OperatorLog log;

    RunRoutes(Bus bus, OperatorLog log) {
        this.bus = bus;
        this.log = log;
    }

    void add(OperatorRoutes routes) {
        routes.get(RUNS, this::list);
        routes.get(RUN, this::one);
        routes.get(RUN + "/graph", this::graph);
        routes.post(RUN + "/cancel", this::cancel);
        routes.objectOrNothing(HttpMethod.POST, RUN + "/rerun", BODY_BYTES, this::rerun);
        routes.objectOrNothing(
                HttpMethod.POST, STEP + "/approve", BODY_BYTES, (context, body) -> decide(context, body, true));
        routes.objectOrNothing(
                HttpMethod.POST, STEP + "/reject", BODY_BYTES, (context, body) -> decide(context, body, false));
    }

    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    static Answer unknown() {
        return Answer.refused(404, "there is no such run");
    }

    /// An array of runs, newest first. Where more may follow, a `Link` header says where.
    private Future<Answer> list(RoutingContext context) {
        HttpServerRequest request = context.request();
        OptionalLong limit = Page.limit(context);
        String workflow = request.getParam("workflow");
        String status = request.getParam("status");
        String before = request.getParam("before");
        if (limit.isEmpty()) {
            return Future.succeededFuture(Page.badLimit());
        }
        if (status != null
                && Arrays.stream(RunStatus.values())
                        .noneMatch(each -> each.word().equals(status))) {
            return refused(
                    400,
                    "status is one of "
                            + Arrays.stream(RunStatus.values())
                                    .map(RunStatus::word)
                                    .collect(Collectors.joining(", ")));
        }
        if (before != null && !isId(before)) {
            return refused(400, "before must be the id of a run");
        }
        var wish = new Workflows.ListRuns(workflow, status, before, (int) limit.getAsLong());
        return bus.ask(Workflows.LIST, wish).map(page -> {
            List<Workflows.RunLine> runs = page.runs();
            if (page.more() && !runs.isEmpty()) {
                String next = RUNS + "?limit=" + limit.getAsLong() + "&before="
                        + runs.getLast().id() + query("workflow", workflow) + query("status", status);
                context.response().putHeader("link", "<" + next + ">; rel=\"next\"");
            }
            return Answer.ok(json -> {
                json.writeStartArray();
                for (Workflows.RunLine run : runs) {
                    RunJson.write(json, run);
                }
                json.writeEndArray();
            });
        });
    }

    private static String query(String name, @Nullable String value) {
        return value == null ? "" : "&" + name + "=" + URLEncoder.encode(value, UTF_8);
    }

    /// A run, of which large results are left out, or with `?step=` one step of it, whole.
    private Future<Answer> one(RoutingContext context) {
        String step = context.request().getParam("step");
        if (step == null) {
            return read(id(context));
        }
        return find(id(context)).map(found -> {
            Workflows.RunView run = found.run();
            if (run == null) {
                return unknown();
            }
            return run.steps().stream()
                    .filter(each -> each.id().equals(step))
                    .findFirst()
                    .map(each -> Answer.ok(json -> RunJson.write(json, each)))
                    .orElseGet(() -> Answer.refused(404, "the run has no such step"));
        });
    }

    private Future<Answer> read(String id) {
        return find(id).map(found -> {
            Workflows.RunView run = found.run();
            return run == null ? unknown() : Answer.ok(json -> RunJson.write(json, run));
        });
    }

    private Future<Workflows.Found> find(String id) {
        return isId(id)
                ? bus.ask(Workflows.READ, new Workflows.Read(id))
                : Future.succeededFuture(new Workflows.Found(null));
    }

    private Future<Answer> graph(RoutingContext context) {
        return find(id(context)).map(found -> {
            Workflows.RunView run = found.run();
            return run == null ? unknown() : Drawings.of(context, run);
        });
    }

    private Future<Answer> cancel(RoutingContext context) {
        String id = id(context);
        return log.accountable(() -> isId(id)
                ? bus.ask(Workflows.CANCEL, new Workflows.Cancel(id, "operator"))
                        .compose(change -> changed(context, "run.cancel", id, id, change))
                : missing(context, "run.cancel", id));
    }

    private Future<Answer> rerun(RoutingContext context, Members body) {
        String id = id(context);
        String from = body.string("from");
        if (from == null || from.isEmpty() || from.length() > TOLD_CHARS) {
            return refused(422, "from must be given: the id of a step");
        }
        return log.accountable(() -> isId(id)
                ? bus.ask(Workflows.RERUN, new Workflows.Rerun(id, from, "operator"))
                        .map(outcome -> WorkflowRoutes.started(context, log, "run.rerun", id + " " + from, outcome))
                : missing(context, "run.rerun", id));
    }

    private Future<Answer> decide(RoutingContext context, Members body, boolean approved) {
        String id = id(context);
        String step = String.valueOf(context.pathParam("step"));
        String comment = body.string("comment");
        String digest = body.string("digest");
        if ((body.has("comment") && comment == null) || (comment != null && comment.length() > COMMENT_CHARS)) {
            return refused(422, "comment must be a text of at most " + COMMENT_CHARS + " characters");
        }
        if (body.has("digest") && digest == null) {
            return refused(422, "digest must be the text that came with the request");
        }
        String action = approved ? "run.approve" : "run.reject";
        String resource = id + " " + bounded(step);
        var decision = new Workflows.Decide(id, step, approved, comment == null ? "" : comment, digest, "operator");
        return log.accountable(() -> isId(id)
                ? bus.ask(Workflows.DECIDE, decision).compose(change -> changed(context, action, id, resource, change))
                : missing(context, action, resource));
    }

    private Future<Answer> missing(RoutingContext context, String action, String resource) {
        log.record(context, action, bounded(resource), "refused: unknown run");
        return Future.succeededFuture(unknown());
    }

    /// What was done is answered with the run as it stands then.
    private Future<Answer> changed(
            RoutingContext context, String action, String id, String resource, Workflows.Change change) {
        boolean done = change.outcome() == Workflows.Outcome.DONE;
        log.record(context, action, resource, done ? "allowed" : "refused: " + change.why());
        return switch (change.outcome()) {
            case DONE -> read(id);
            case UNKNOWN -> refused(404, change.why());
            case CONFLICT -> refused(409, change.why());
            case UNAVAILABLE -> Future.succeededFuture(Answers.storeUnavailable());
        };
    }

    private static Future<Answer> refused(int status, String why) {
        return Future.succeededFuture(Answer.refused(status, why));
    }

    private static String bounded(String text) {
        return text.length() <= TOLD_CHARS ? text : text.substring(0, TOLD_CHARS) + "…";
    }

    private static String id(RoutingContext context) {
        return String.valueOf(context.pathParam("run"));
    }
}
