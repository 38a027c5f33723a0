package ai.openlegion.control;

import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.ItemJson;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.OptionalLong;

/// What lies in an agent's inbox. Looking at it acknowledges nothing.
final class InboxRoutes {

    private final Bus bus;
    private final FleetRegistry fleets;

    InboxRoutes(Bus bus, FleetRegistry fleets) {
        this.bus = bus;
        this.fleets = fleets;
    }

    void add(OperatorRoutes routes) {
        routes.get("/control/inbox/:agent", this::read);
    }

    private Future<Answer> read(RoutingContext context) {
        AgentId agent = AgentRoutes.named(context, fleets);
        if (agent == null) {
            return Future.succeededFuture(AgentRoutes.unknown(String.valueOf(context.pathParam("agent"))));
        }
        String afterText = context.request().getParam("after");
        OptionalLong after = afterText == null ? OptionalLong.of(-1) : Numbers.parse(afterText, 0, Long.MAX_VALUE - 1);
        OptionalLong limit = Page.limit(context);
        if (after.isEmpty()) {
            return Future.succeededFuture(Answer.refused(400, "after must be the seq of an item"));
        }
        if (limit.isEmpty()) {
            return Future.succeededFuture(Page.badLimit());
        }
        String reader = "operator-" + Answers.requestId(context.response());
        Inbox.Fetch fetch = new Inbox.Fetch(agent, after.getAsLong(), (int) limit.getAsLong(), 0, reader);
        return bus.ask(Inbox.READ, new Inbox.Read(agent)).compose(standing -> switch (standing) {
            case Inbox.State state -> bus.ask(Inbox.FETCH, fetch).map(fetched -> fetched(agent, state, fetched));
            case Inbox.Unavailable() -> Future.succeededFuture(Answers.storeUnavailable());
        });
    }

    private static Answer fetched(AgentId agent, Inbox.State state, Inbox.Fetched fetched) {
        return switch (fetched) {
            case Inbox.Items items ->
                Answer.ok(json -> {
                    json.writeStartObject();
                    json.writeStringField("agent", agent.value());
                    json.writeFieldName("standing");
                    standing(json, state);
                    json.writeArrayFieldStart("items");
                    for (Inbox.Item item : items.items()) {
                        ItemJson.write(json, item);
                    }
                    json.writeEndArray();
                    json.writeNumberField("last_seq", items.last());
                    json.writeEndObject();
                });
            case Inbox.Refused(String why) -> Answer.refused(409, why);
            case Inbox.Unavailable() -> Answers.storeUnavailable();
        };
    }

    private static void standing(JsonGenerator json, Inbox.State state) throws IOException {
        json.writeStartObject();
        json.writeNumberField("items", state.items());
        json.writeNumberField("from_mesh", state.fromMesh());
        json.writeNumberField("bytes", state.bytes());
        json.writeNumberField("acked_up_to", state.ackedUpTo());
        json.writeNumberField("pushed_up_to", state.pushedUpTo());
        json.writeNumberField("last_seq", state.lastSeq());
        json.writeNumberField("readers", state.readers());
        MeshRoutes.strings(json, "topics", state.topics());
        json.writeEndObject();
    }
}
