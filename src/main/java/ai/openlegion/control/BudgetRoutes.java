package ai.openlegion.control;

import ai.openlegion.budget.Budget;
import ai.openlegion.budget.BudgetState;
import ai.openlegion.bus.Bus;
import ai.openlegion.identity.AgentId;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What the operator reads and changes about money.
final class BudgetRoutes {

    private static final String UNKNOWN = "refused: unknown agent";

    private final Bus bus;
    private final OperatorLog log;

    BudgetRoutes(Bus bus, OperatorLog log) {
        this.bus = bus;
        this.log = log;
    }

    void add(OperatorRoutes routes) {
        routes.get("/control/budgets", context -> read());
        routes.amounts(HttpMethod.PUT, "/control/budgets/:agent", Set.of("daily_usd", "monthly_usd"), this::setLimits);
        routes.amounts(HttpMethod.POST, "/control/budgets/:agent/release", Set.of("usd"), this::release);
        routes.get("/control/usage", this::usage);
    }

    private Future<Answer> read() {
        return bus.ask(Budget.READ, new Budget.Read())
                .map(accounts -> Answer.ok(json -> Accounts.all(json, accounts.fleet(), accounts.agents())));
    }

    private Future<Answer> setLimits(RoutingContext context, Map<String, Long> pico) {
        if (pico.isEmpty()) {
            return Future.succeededFuture(Answer.refused(400, "daily_usd or monthly_usd must be given"));
        }
        return withAgent(
                context,
                "budget.limits",
                agent -> bus.ask(
                        Budget.SET_LIMITS,
                        new Budget.SetLimits(
                                agent,
                                pico.get("daily_usd"),
                                pico.get("monthly_usd"),
                                Answers.requestId(context.response()))));
    }

    private Future<Answer> release(RoutingContext context, Map<String, Long> pico) {
        Long usd = pico.get("usd");
        if (usd == null) {
            return Future.succeededFuture(Answer.refused(400, "usd must be given: how much to release"));
        }
        return withAgent(
                context,
                "budget.release",
                agent ->
                        bus.ask(Budget.RELEASE, new Budget.Release(agent, usd, Answers.requestId(context.response()))));
    }

    private static Answer changed(AgentId agent, Budget.Changed changed, boolean release) {
        return switch (changed.outcome()) {
            case UNKNOWN_AGENT -> AgentRoutes.unknown(agent.value());
            case UNAVAILABLE ->
                Answer.refused(
                        503,
                        "the store cannot take this now, see /healthz; a lowered limit acts until the mesh stops,"
                                + " anything else does not");
            case DONE ->
                Answer.ok(json -> {
                    json.writeStartObject();
                    if (release) {
                        Accounts.usd(json, "released_usd", changed.releasedPico());
                    }
                    BudgetState state = changed.state();
                    if (state != null) {
                        Accounts.members(json, state);
                    }
                    json.writeEndObject();
                });
        };
    }

    private Future<Answer> usage(RoutingContext context) {
        String groupName = context.request().getParam("group_by", "model");
        Budget.GroupBy groupBy = groupBy(groupName);
        if (groupBy == null) {
            return Future.succeededFuture(Answer.refused(400, "group_by must be model, agent, day or task"));
        }
        long since = since(context.request().getParam("since", ""));
        if (since < 0) {
            return Future.succeededFuture(
                    Answer.refused(400, "since must be a UTC day (2026-11-22) or instant (2026-11-22T00:00:00Z)"));
        }
        String name = context.request().getParam("agent");
        Optional<AgentId> agent = name == null ? Optional.empty() : AgentId.parse(name);
        if (name != null && agent.isEmpty()) {
            return Future.succeededFuture(AgentRoutes.unknown(name));
        }
        return bus.ask(Budget.USAGE, new Budget.Usage(agent.orElse(null), since, groupBy))
                .map(report -> Answer.ok(json -> {
                    json.writeStartObject();
                    json.writeStringField("group_by", groupName);
                    json.writeArrayFieldStart("rows");
                    for (Budget.UsageRow row : report.rows()) {
                        row(json, groupName, row);
                    }
                    json.writeEndArray();
                    json.writeEndObject();
                }));
    }

    private static void row(JsonGenerator json, String groupName, Budget.UsageRow row) throws IOException {
        json.writeStartObject();
        json.writeStringField(groupName, row.group());
        json.writeNumberField("calls", row.calls());
        json.writeNumberField("input_tokens", row.inputTokens());
        json.writeNumberField("output_tokens", row.outputTokens());
        json.writeNumberField("cached_tokens", row.cachedTokens());
        Accounts.usd(json, "spent_usd", row.spentPico());
        Accounts.usd(json, "unreconciled_usd", row.unreconciledPico());
        json.writeEndObject();
    }

    private static Budget.@Nullable GroupBy groupBy(String name) {
        for (Budget.GroupBy groupBy : Budget.GroupBy.values()) {
            if (groupBy.name().toLowerCase(Locale.ROOT).equals(name)) {
                return groupBy;
            }
        }
        return null;
    }

    /// Milliseconds since 1970; 0 for an absent text, -1 for one that is no day or instant after 1970.
    private static long since(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        try {
            Instant instant = text.length() == 10
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text);
            return Math.max(-1, instant.toEpochMilli());
        } catch (DateTimeParseException | ArithmeticException unreadable) {
            return -1;
        }
    }

    /// What was changed is recorded by the owner of the accounts; what names no account is recorded here.
    private Future<Answer> withAgent(
            RoutingContext context, String action, Function<AgentId, Future<Budget.Changed>> change) {
        String name = String.valueOf(context.pathParam("agent"));
        AgentId agent = AgentId.parse(name).orElse(null);
        if (agent == null) {
            log.record(context, action, name, UNKNOWN);
            return Future.succeededFuture(AgentRoutes.unknown(name));
        }
        return change.apply(agent).map(changed -> {
            if (changed.outcome() == Budget.Change.UNKNOWN_AGENT) {
                log.record(context, action, name, UNKNOWN);
            }
            return changed(agent, changed, action.equals("budget.release"));
        });
    }
}
