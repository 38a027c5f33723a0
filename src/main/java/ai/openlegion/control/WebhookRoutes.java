package ai.openlegion.control;

import ai.openlegion.bus.Bus;
import ai.openlegion.listener.Connections;
import ai.openlegion.routes.Permission;
import ai.openlegion.routes.Routes;
import ai.openlegion.webhook.Webhooks;
import ai.openlegion.webhook.Webhooks.Outcome;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The way in from outside: calls that prove by a signature, not by a token, that a hook's secret is theirs.
final class WebhookRoutes {

    /// What a call's body may have (`fabric.md`).
    static final int BODY_BYTES = 1 << 20;

    private static final String HOOK = "/webhook/hook/:id";
    private static final String TRIGGER = "/webhook/trigger/:workflow";
    private static final String STATUS = "/webhook/status/:run";

    private static final String SIGNER = "webhook";

    private final Vertx vertx;
    private final Bus bus;
    private final WebhookLog log;
    private final WebhookHeads heads;
    private final Predicate<HttpServerRequest> isOperator;
    private final WebhookBodies bodies;
    private final InstantSource clock;

    /// @param isOperator whether a request carries the operator's token
    WebhookRoutes(
            Vertx vertx,
            Bus bus,
            RequestGuard guard,
            WebhookHeads heads,
            WebhookLog log,
            Predicate<HttpServerRequest> isOperator,
            InstantSource clock) {
        this.clock = clock;
        this.vertx = vertx;
        this.bus = bus;
        this.heads = heads;
        this.log = log;
        this.isOperator = isOperator;
        bodies = new WebhookBodies(vertx, guard, BODY_BYTES);
    }

    void add(Router router) {
        vertx.setPeriodic(OperatorLog.TICK_MILLIS, timer -> log.onTick());
        Routes.add(
                router,
                HttpMethod.POST,
                HOOK,
                Permission.SIGNED,
                context -> call(context, Webhooks.Target.HOOK, parameter(context, "id")));
        Routes.add(
                router,
                HttpMethod.POST,
                TRIGGER,
                Permission.SIGNED,
                context -> call(context, Webhooks.Target.WORKFLOW, parameter(context, "workflow")));
        Routes.add(router, HttpMethod.GET, STATUS, Permission.SIGNED, this::status);
        only(router, HOOK, "POST");
        only(router, TRIGGER, "POST");
        only(router, STATUS, "GET");
    }

    private static void only(Router router, String path, String method) {
        Routes.add(router, null, path, Permission.PUBLIC, context -> {
            context.response().putHeader(HttpHeaders.ALLOW, method);
            Answers.write(context.response(), Answer.refused(405, "this path takes " + method));
        });
    }

    private void call(RoutingContext context, Webhooks.Target target, String name) {
        String action = target == Webhooks.Target.HOOK ? "webhook.hook" : "webhook.trigger";
        if (!log.isAccepting()) {
            refuse(context, 503, "1", "the audit cannot record this now");
            return;
        }
        Webhooks.Proof proof = proof(context.request());
        Consumer<byte[]> receive = body -> bus.ask(Webhooks.RECEIVE, new Webhooks.Received(target, name, proof, body))
                .onSuccess(outcome -> answer(context, action, name, outcome))
                .onFailure(cause -> Answers.write(context.response(), Answers.fault(cause, context.response())));
        if (!heads.isKnown(target, name)) {
            answer(context, action, name, new Webhooks.NoSuchHook());
        } else if (heads.mayBeRight(proof)) {
            bodies.read(context, receive);
        } else {
            receive.accept(new byte[0]); // whatever its body is, it is refused; why, the webhooks say
        }
    }

    private void status(RoutingContext context) {
        if (isOperator.test(context.request())) {
            tell(context, run -> true);
            return;
        }
        bus.ask(Webhooks.CHECK, new Webhooks.Question(proof(context.request())))
                .onSuccess(outcome -> {
                    if (outcome instanceof Webhooks.Signed(Set<String> workflows)) {
                        tell(context, run -> workflows.contains(run.workflow()));
                    } else {
                        answer(context, "webhook.status", "run", outcome);
                    }
                })
                .onFailure(cause -> Answers.write(context.response(), Answers.fault(cause, context.response())));
    }

    /// How a run stands, and no more of it; one that is not the caller's business is one that is not there.
    private void tell(RoutingContext context, Predicate<Workflows.RunLine> mayKnow) {
        HttpServerResponse response = context.response();
        String id = parameter(context, "run");
        if (!RunRoutes.isId(id)) {
            Answers.write(response, RunRoutes.unknown());
            return;
        }
        bus.ask(Workflows.LINE, new Workflows.ReadLine(id))
                .onSuccess(found -> {
                    Workflows.RunLine run = found.run();
                    boolean told = run != null && mayKnow.test(run);
                    Answers.write(
                            response,
                            told && run != null
                                    ? Answer.ok(json -> RunJson.writeStatus(json, run, clock.millis()))
                                    : RunRoutes.unknown());
                })
                .onFailure(cause -> Answers.write(response, Answers.fault(cause, response)));
    }

    private void answer(RoutingContext context, String action, String name, Outcome outcome) {
        switch (outcome) {
            case Webhooks.Accepted(String id) -> {
                known(context);
                log.record(context, action, name, "allowed: " + id);
                accept(context, "accepted", null);
            }
            case Webhooks.Started(String executionId) -> {
                known(context);
                log.record(context, action, name, "allowed: " + executionId);
                accept(context, "started", executionId);
            }
            case Webhooks.Signed _ -> Answers.write(context.response(), RunRoutes.unknown());
            case Webhooks.NoSuchHook _ -> {
                log.unknown(action);
                Answers.write(context.response(), Answer.refused(404, "there is no such hook"));
            }
            case Webhooks.Rejected(String why) -> {
                log.denied(action, name, why);
                Answers.write(context.response(), Answer.refused(401, why));
            }
            case Webhooks.InboxFull _ -> {
                log.record(context, action, name, "refused: the inbox is full");
                refuse(context, 429, "30", "the agent's inbox is full");
            }
            case Webhooks.TooMany _ -> {
                log.record(context, action, name, "refused: too many calls");
                refuse(context, 429, "60", "more calls came in the last minutes than can be remembered");
            }
            case Webhooks.TooLarge(int mostBytes) -> {
                log.record(context, action, name, "refused: the body is too large");
                Answers.write(
                        context.response(),
                        Answer.refused(413, "the input of a workflow may have at most " + mostBytes + " bytes"));
            }
            case Webhooks.Invalid(String why) -> {
                log.record(context, action, name, "refused: " + why);
                Answers.write(context.response(), Answer.refused(422, why));
            }
            case Webhooks.TooManyRuns _ -> {
                log.record(context, action, name, "refused: too many runs");
                refuse(context, 429, "30", "as many runs as there may be are under way");
            }
            case Webhooks.NotStarted _ -> {
                log.record(context, action, name, "refused: the workflow was not started");
                refuse(context, 503, "30", "the workflow cannot be started now");
            }
            case Webhooks.Unavailable _ -> {
                log.record(context, action, name, "refused: the store is unavailable");
                refuse(context, 503, "1", "the store cannot take this now");
            }
        }
    }

    /// Who signs may come again on the same connection.
    private static void known(RoutingContext context) {
        var _ = Connections.of(context.request().connection()).isOf(SIGNER);
    }

    private static void accept(RoutingContext context, String status, @Nullable String executionId) {
        Answers.write(context.response(), Answer.of(202, json -> {
            json.writeStartObject();
            if (executionId != null) {
                json.writeStringField("execution_id", executionId);
            }
            json.writeStringField("status", status);
            json.writeEndObject();
        }));
    }

    private static void refuse(RoutingContext context, int status, String retryAfterSeconds, String why) {
        context.response().putHeader(HttpHeaders.RETRY_AFTER, retryAfterSeconds);
        Answers.write(context.response(), Answer.refused(status, why));
    }

    private static Webhooks.Proof proof(HttpServerRequest request) {
        return new Webhooks.Proof(once(request, "X-OpenLegion-Timestamp"), once(request, "X-OpenLegion-Signature"));
    }

    /* Of two values nobody can say which one was meant. */
    private static String once(HttpServerRequest request, String header) {
        List<String> values = request.headers().getAll(header);
        return values.size() == 1 ? values.get(0).strip() : "";
    }

    private static String parameter(RoutingContext context, String name) {
        return String.valueOf(context.pathParam(name));
    }
}
