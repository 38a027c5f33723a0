package ai.openlegion.control;

import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.messaging.Messaging.Kind;
import ai.openlegion.supervisor.Supervisor;
import ai.openlegion.supervisor.Supervisor.Order;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Who is in the fleet, and the operator's word to one of them.
final class AgentRoutes {

    private static final int TYPE_CHARS = 64;
    private static final int TOLD_CHARS = 64;
    private static final String UNKNOWN = "refused: unknown agent";

    private final Bus bus;
    private final FleetRegistry fleets;
    private final OperatorLog log;

    AgentRoutes(Bus bus, FleetRegistry fleets, OperatorLog log) {
        this.bus = bus;
        this.fleets = fleets;
        this.log = log;
    }

    void add(OperatorRoutes routes) {
        routes.get(
                "/control/agents",
                context -> Roster.read(bus).map(roster -> Answer.ok(json -> roster.write(json, fleets.current()))));
        routes.object(HttpMethod.POST, "/control/agents/:agent/message", this::send);
        for (Order order : Order.values()) {
            String verb = order.name().toLowerCase(Locale.ROOT);
            routes.post("/control/agents/:agent/" + verb, context -> order(context, order, "agent." + verb));
        }
    }

    static Answer unknown(String name) {
        return Answer.refused(
                404, "unknown agent " + (name.length() <= TOLD_CHARS ? name : name.substring(0, TOLD_CHARS) + "…"));
    }

    /// The agent that the path names; null where there is none.
    static @Nullable AgentId named(RoutingContext context, FleetRegistry fleets) {
        return AgentId.parse(String.valueOf(context.pathParam("agent")))
                .filter(fleets.current().agents()::containsKey)
                .orElse(null);
    }

    /// Who the order is for need not be in the configuration: the supervisor also knows what it has yet to end.
    private Future<Answer> order(RoutingContext context, Order order, String action) {
        String name = String.valueOf(context.pathParam("agent"));
        AgentId agent = AgentId.parse(name).orElse(null);
        if (agent == null) {
            log.record(context, action, name, UNKNOWN);
            return Future.succeededFuture(unknown(name));
        }
        return log.accountable(() -> bus.ask(Supervisor.COMMAND, new Supervisor.Command(agent, order))
                .map(commanded -> ordered(context, action, agent, commanded)));
    }

    private Answer ordered(RoutingContext context, String action, AgentId agent, Supervisor.Commanded commanded) {
        return switch (commanded.outcome()) {
            case DONE -> {
                log.record(context, action, agent.value(), "allowed");
                yield Answer.of(202, json -> {
                    json.writeStartObject();
                    json.writeStringField("id", agent.value());
                    json.writeStringField("state", commanded.state());
                    json.writeEndObject();
                });
            }
            case UNKNOWN_AGENT -> {
                log.record(context, action, agent.value(), UNKNOWN);
                yield unknown(agent.value());
            }
            case REFUSED -> {
                log.record(context, action, agent.value(), "refused: " + commanded.why());
                yield Answer.refused(409, commanded.why());
            }
        };
    }

    private Future<Answer> send(RoutingContext context, Members body) {
        AgentId agent = named(context, fleets);
        if (agent == null) {
            String name = String.valueOf(context.pathParam("agent"));
            log.record(context, "steer".equals(body.string("kind")) ? "steer" : "message", name, UNKNOWN);
            return Future.succeededFuture(unknown(name));
        }
        String flaw = flaw(body);
        if (flaw != null) {
            return Future.succeededFuture(Answer.refused(422, flaw));
        }
        Kind kind = "steer".equals(body.string("kind")) ? Kind.STEER : Kind.MESSAGE;
        String type = body.string("type");
        String text = body.string("message");
        String payload = text == null ? body.raw("payload") : "{\"message\":" + Members.quoted(text) + "}";
        Messaging.Send send = Messaging.Send.of(
                kind,
                "operator",
                agent,
                type == null ? (kind == Kind.STEER ? "steer" : "message") : type,
                payload == null ? "{}" : payload);
        return log.accountable(() -> bus.ask(Messaging.SEND, send).map(sent -> sent(context, agent, kind, sent)));
    }

    private Answer sent(RoutingContext context, AgentId agent, Kind kind, Messaging.Sent sent) {
        String action = kind == Kind.STEER ? "steer" : "message";
        return switch (sent) {
            case Messaging.Stored(String id, long seq) -> {
                log.record(context, action, agent.value(), "allowed");
                yield Answer.ok(json -> {
                    json.writeStartObject();
                    json.writeBooleanField("delivered", true);
                    json.writeStringField("id", id);
                    json.writeNumberField("seq", seq);
                    json.writeEndObject();
                });
            }
            case Messaging.UnknownRecipient() -> {
                log.record(context, action, agent.value(), UNKNOWN);
                yield unknown(agent.value());
            }
            case Messaging.InboxFull() -> {
                log.record(context, action, agent.value(), "refused: inbox full");
                context.response().putHeader("retry-after", "5");
                yield Answer.refused(429, "the inbox of " + agent + " is full");
            }
            case Messaging.Unavailable() -> Answers.storeUnavailable();
        };
    }

    private static @Nullable String flaw(Members body) {
        boolean text = body.has("message");
        if (text == body.has("payload")) {
            return "either message, a text, or payload, any JSON, must be given";
        }
        if (text && !body.isString("message")) {
            return "message must be a string";
        }
        String type = body.string("type");
        if (body.has("type") && (type == null || type.isEmpty() || type.length() > TYPE_CHARS)) {
            return "type must be a string of 1 to " + TYPE_CHARS + " characters";
        }
        String kind = body.string("kind");
        if (body.has("kind") && !"message".equals(kind) && !"steer".equals(kind)) {
            return "kind must be message or steer";
        }
        return null;
    }
}
