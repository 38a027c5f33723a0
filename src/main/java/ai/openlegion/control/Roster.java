package ai.openlegion.control;

import ai.openlegion.budget.Budget;
import ai.openlegion.budget.BudgetState;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The agents of the fleet as they stand: what each is, what it did today, and whether it has said that it is there.
///
/// @param registered null = not known, because the directory does not answer
record Roster(Budget.Accounts accounts, @Nullable Map<AgentId, Messaging.Registration> registered) {

    /// Asks who knows. Accounts must be there; a directory that is not leaves the agents' state unknown.
    static Future<Roster> read(Bus bus) {
        Future<Messaging.Directory> directory = bus.ask(Messaging.DIRECTORY, new Messaging.ReadDirectory())
                .recover(silent -> Future.succeededFuture(new Messaging.Unavailable()));
        return bus.ask(Budget.READ, new Budget.Read())
                .compose(accounts -> directory.map(read -> new Roster(accounts, registrations(read))));
    }

    private static @Nullable Map<AgentId, Messaging.Registration> registrations(Messaging.Directory read) {
        return switch (read) {
            case Messaging.Registrations(Map<AgentId, Messaging.Registration> agents) -> agents;
            case Messaging.Unavailable() -> null;
        };
    }

    /// The agents as a JSON array, in the order of the file.
    void write(JsonGenerator json, Fleet fleet) throws IOException {
        Map<AgentId, BudgetState> states = new HashMap<>();
        accounts.agents().forEach(state -> states.put(state.agent(), state));
        json.writeStartArray();
        for (Agent agent : fleet.agents().values()) {
            BudgetState state = states.get(agent.id());
            json.writeStartObject();
            json.writeStringField("id", agent.id().value());
            json.writeStringField("role", agent.role());
            json.writeStringField("model", agent.model());
            json.writeStringField("runtime", agent.runtime().key());
            // Agents that nothing of ours isolates, starts or supervises are all there are so far.
            json.writeStringField("boundary", "none");
            writeRegistration(json, agent.id());
            if (agent.push() != null) {
                json.writeStringField("address", agent.push().toString());
            }
            json.writeNullField("started_at");
            json.writeNumberField("restarts", 0);
            json.writeNumberField("tokens_today", state == null ? 0 : state.tokensToday());
            Accounts.usd(
                    json, "cost_today_usd", state == null ? 0 : state.daily().spentPico());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void writeRegistration(JsonGenerator json, AgentId agent) throws IOException {
        if (registered == null) {
            json.writeStringField("state", "unknown");
            return;
        }
        Messaging.Registration registration = registered.get(agent);
        json.writeStringField("state", registration == null ? "absent" : "ready");
        if (registration != null) {
            json.writeStringField(
                    "registered_at",
                    Instant.ofEpochMilli(registration.registeredAtMillis()).toString());
            MeshRoutes.strings(json, "capabilities", registration.capabilities());
        }
    }
}
