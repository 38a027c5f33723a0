package ai.openlegion.control;

import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.task.Tasks;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The operator gives an agent a task, looks at one, and ends one.
final class TaskRoutes {

    private static final int TYPE_CHARS = 128;
    private static final int DEFAULT_SECONDS = 600;
    private static final int MOST_SECONDS = 7 * 86_400;
    private static final int ID_CHARS = 128;

    private final Bus bus;
    private final FleetRegistry fleets;
    private final OperatorLog log;

    TaskRoutes(Bus bus, FleetRegistry fleets, OperatorLog log) {
        this.bus = bus;
        this.fleets = fleets;
        this.log = log;
    }

    void add(OperatorRoutes routes) {
        routes.object(HttpMethod.POST, "/control/agents/:agent/tasks", this::dispatch);
        routes.get("/control/tasks/:task", this::read);
        routes.post("/control/tasks/:task/cancel", this::cancel);
    }

    private Future<Answer> dispatch(RoutingContext context, Members body) {
        AgentId agent = AgentRoutes.named(context, fleets);
        if (agent == null) {
            String name = String.valueOf(context.pathParam("agent"));
            log.record(context, "task.dispatch", name, "refused: unknown agent");
            return Future.succeededFuture(AgentRoutes.unknown(name));
        }
        List<String> flaws = flaws(body);
        Budget budget = budget(body, flaws);
        if (!flaws.isEmpty()) {
            return Future.succeededFuture(Answer.refused(422, String.join("; ", flaws)));
        }
        String id = "task-" + UUID.randomUUID();
        String type = body.string("task_type");
        String input = body.raw("input_data");
        String given = body.raw("context");
        var ask = new Tasks.Dispatch(
                id,
                agent,
                "",
                "",
                type == null ? "" : type,
                input == null ? "{}" : input,
                given == null ? "{}" : given,
                (int) body.integer("timeout", DEFAULT_SECONDS),
                budget.tokens(),
                budget.pico(),
                null,
                "operator");
        return log.accountable(
                () -> bus.ask(Tasks.DISPATCH, ask).map(dispatched -> dispatched(context, agent, id, dispatched)));
    }

    private Answer dispatched(RoutingContext context, AgentId agent, String id, Tasks.Dispatched dispatched) {
        boolean accepted = dispatched.outcome() == Tasks.Outcome.ACCEPTED;
        log.record(context, "task.dispatch", agent + " " + id, accepted ? "allowed" : "refused: " + dispatched.why());
        return switch (dispatched.outcome()) {
            case ACCEPTED ->
                Answer.of(202, json -> {
                    json.writeStartObject();
                    json.writeStringField("task_id", id);
                    json.writeStringField("status", "queued");
                    json.writeEndObject();
                });
            case UNKNOWN_AGENT -> Answer.refused(404, dispatched.why());
            case MALFORMED -> Answer.refused(422, dispatched.why());
            case DUPLICATE -> Answer.refused(409, dispatched.why());
            case FULL -> {
                context.response().putHeader("retry-after", "5");
                yield Answer.refused(429, dispatched.why());
            }
            case UNAVAILABLE -> Answers.storeUnavailable();
        };
    }

    private Future<Answer> read(RoutingContext context) {
        String id = String.valueOf(context.pathParam("task"));
        return bus.ask(Tasks.READ, new Tasks.Read(id)).map(TaskRoutes::found);
    }

    private Future<Answer> cancel(RoutingContext context) {
        String id = String.valueOf(context.pathParam("task"));
        return log.accountable(() -> bus.ask(Tasks.CANCEL, new Tasks.Cancel(id, "operator"))
                .map(found -> {
                    log.record(
                            context,
                            "task.cancel",
                            id.length() <= ID_CHARS ? id : id.substring(0, ID_CHARS),
                            found.task() == null ? "refused: unknown task" : "allowed");
                    return found(found);
                }));
    }

    private static Answer found(Tasks.Found found) {
        Tasks.Task task = found.task();
        return task == null ? Answer.refused(404, "unknown task") : Answer.ok(json -> write(json, task));
    }

    private static void write(JsonGenerator json, Tasks.Task task) throws IOException {
        json.writeStartObject();
        json.writeStringField("task_id", task.taskId());
        json.writeStringField("agent", task.agent().value());
        json.writeStringField("workflow_id", task.workflowId().isEmpty() ? null : task.workflowId());
        json.writeStringField("step_id", task.stepId().isEmpty() ? null : task.stepId());
        json.writeStringField("task_type", task.taskType());
        json.writeStringField("status", task.status());
        raw(json, "result", task.result());
        json.writeStringField("error", task.error());
        raw(json, "promote_to_blackboard", task.promote());
        json.writeNumberField("tokens_used", task.tokens());
        Accounts.usd(json, "cost_usd", task.spentPico());
        Accounts.usd(json, "unreconciled_usd", task.unreconciledPico());
        time(json, "queued_at", task.queuedAtMillis());
        time(json, "started_at", task.startedAtMillis());
        time(json, "ended_at", task.endedAtMillis());
        json.writeEndObject();
    }

    private static void raw(JsonGenerator json, String name, @Nullable String value) throws IOException {
        json.writeFieldName(name);
        json.writeRawValue(value == null ? "null" : value);
    }

    private static void time(JsonGenerator json, String name, long millis) throws IOException {
        json.writeStringField(
                name, millis == 0 ? null : Instant.ofEpochMilli(millis).toString());
    }

    private static List<String> flaws(Members body) {
        List<String> flaws = new ArrayList<>();
        String type = body.string("task_type");
        if (type == null || type.isEmpty() || type.length() > TYPE_CHARS) {
            flaws.add("task_type must be given: 1 to " + TYPE_CHARS + " characters");
        }
        if (!body.isObject("input_data")) {
            flaws.add("input_data must be given: an object");
        }
        if (body.has("context") && !body.isObject("context")) {
            flaws.add("context must be an object");
        }
        long timeout = body.integer("timeout", body.has("timeout") ? 0 : DEFAULT_SECONDS);
        if (timeout < 1 || timeout > MOST_SECONDS) {
            flaws.add("timeout must be a whole number of seconds from 1 to " + MOST_SECONDS);
        }
        return flaws;
    }

    private record Budget(@Nullable Long tokens, @Nullable Long pico) {}

    private static Budget budget(Members body, List<String> flaws) {
        String raw = body.raw("token_budget");
        if (raw == null) {
            return new Budget(null, null);
        }
        if (!(Members.read(raw.getBytes(StandardCharsets.UTF_8)) instanceof Members.Read(Members members))) {
            flaws.add("token_budget must be an object: {max_tokens, max_usd}");
            return new Budget(null, null);
        }
        Long tokens = null;
        if (members.has("max_tokens")) {
            tokens = members.integer("max_tokens", -1);
            if (tokens < 0) {
                flaws.add("max_tokens must be a whole number from 0");
            }
        }
        String usd = members.raw("max_usd");
        return new Budget(tokens, usd == null ? null : pico(usd, flaws));
    }

    private static @Nullable Long pico(String usd, List<String> flaws) {
        try {
            long pico = Usd.parse(new BigDecimal(usd));
            if (pico >= 0 && pico <= Limits.MAX_PICO) {
                return pico;
            }
        } catch (ArithmeticException | NumberFormatException notAnAmount) {
            flaws.add("max_usd must be a number from 0 to 9000000, with at most 12 decimals");
            return null;
        }
        flaws.add("max_usd must be a number from 0 to 9000000, with at most 12 decimals");
        return null;
    }
}
