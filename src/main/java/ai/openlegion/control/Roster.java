package ai.openlegion.control;

import ai.openlegion.budget.Budget;
import ai.openlegion.budget.BudgetState;
import ai.openlegion.bus.Bus;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.JsonMembers;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.supervisor.AgentState;
import ai.openlegion.supervisor.Supervisor;
import ai.openlegion.task.Tasks;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The agents of the fleet as they stand: what each is, how it runs, what it did today, and whether it has said that it
/// is there.
///
/// @param registered null = not known, because the directory does not answer
/// @param standings of the agents that the mesh runs; an agent without one has the state `unknown`
/// @param remarks on how they are isolated, one sentence each
/// @param tasks that run now
record Roster(
        Budget.Accounts accounts,
        @Nullable Map<AgentId, Messaging.Registration> registered,
        Map<AgentId, Supervisor.Standing> standings,
        List<String> remarks,
        Map<AgentId, String> tasks) {

    private static final String UNKNOWN = "unknown";

    /// Asks who knows. Accounts must be there; what another part does not answer is unknown.
    static Future<Roster> read(Bus bus) {
        Future<Messaging.Directory> directory = bus.ask(Messaging.DIRECTORY, new Messaging.ReadDirectory())
                .recover(silent -> Future.succeededFuture(new Messaging.Unavailable()));
        Future<Supervisor.Agents> agents = bus.ask(Supervisor.READ, new Supervisor.Read())
                .recover(silent -> Future.succeededFuture(new Supervisor.Agents(List.of(), List.of())));
        Future<Tasks.Running> running = bus.ask(Tasks.RUNNING, new Tasks.ReadRunning())
                .recover(silent -> Future.succeededFuture(new Tasks.Running(List.of())));
        Future<Budget.Accounts> accounts = bus.ask(Budget.READ, new Budget.Read());
        return Future.all(accounts, directory, agents, running)
                .map(all -> new Roster(
                        accounts.result(),
                        registrations(directory.result()),
                        standings(agents.result()),
                        agents.result().remarks(),
                        current(running.result())));
    }

    private static @Nullable Map<AgentId, Messaging.Registration> registrations(Messaging.Directory read) {
        return switch (read) {
            case Messaging.Registrations(Map<AgentId, Messaging.Registration> agents) -> agents;
            case Messaging.Unavailable() -> null;
        };
    }

    private static Map<AgentId, Supervisor.Standing> standings(Supervisor.Agents read) {
        Map<AgentId, Supervisor.Standing> standings = new HashMap<>();
        read.agents().forEach(standing -> standings.put(standing.agent(), standing));
        return standings;
    }

    private static Map<AgentId, String> current(Tasks.Running running) {
        Map<AgentId, String> current = new HashMap<>();
        for (Tasks.Task task : running.tasks()) {
            if (task.status().equals("running")) {
                current.put(task.agent(), task.taskId());
            }
        }
        return current;
    }

    /// The agents as a JSON array, in the order of the file, spawned ones last.
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
            if (agent.runtime() == RuntimeKind.EXTERNAL) {
                writeExternal(json, agent);
            } else {
                writeSupervised(json, agent, standings.get(agent.id()));
            }
            writeRegistration(json, agent.id());
            JsonMembers.optional(json, "current_task", tasks.get(agent.id()));
            json.writeNumberField("tokens_today", state == null ? 0 : state.tokensToday());
            Accounts.usd(
                    json, "cost_today_usd", state == null ? 0 : state.daily().spentPico());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void writeExternal(JsonGenerator json, Agent agent) throws IOException {
        json.writeStringField("runtime", agent.runtime().key());
        json.writeStringField("boundary", "none");
        json.writeStringField(
                "state",
                registered == null
                        ? UNKNOWN
                        : registered.containsKey(agent.id()) ? AgentState.READY.word() : AgentState.ABSENT.word());
        JsonMembers.optional(
                json, "address", agent.push() == null ? null : agent.push().toString());
        json.writeNullField("started_at");
        json.writeNumberField("restarts", 0);
    }

    private static void writeSupervised(JsonGenerator json, Agent agent, Supervisor.@Nullable Standing standing)
            throws IOException {
        json.writeStringField(
                "runtime",
                standing == null || standing.runtime().isEmpty()
                        ? agent.runtime().key()
                        : standing.runtime());
        json.writeStringField("boundary", standing == null ? UNKNOWN : standing.boundary());
        json.writeStringField("state", standing == null ? UNKNOWN : standing.state());
        if (standing == null) {
            json.writeNullField("started_at");
            json.writeNumberField("restarts", 0);
            return;
        }
        JsonMembers.optional(json, "why", standing.why().isEmpty() ? null : standing.why());
        JsonMembers.optional(json, "container", standing.instance());
        JsonMembers.optional(json, "address", standing.address());
        JsonMembers.time(json, "started_at", standing.startedAtMillis());
        json.writeNumberField("restarts", standing.restarts());
        if (standing.parent() != null) {
            json.writeStringField("parent", standing.parent().value());
        }
        if (standing.endsAtMillis() != 0) {
            JsonMembers.time(json, "expires_at", standing.endsAtMillis());
        }
    }

    private void writeRegistration(JsonGenerator json, AgentId agent) throws IOException {
        Messaging.Registration registration = registered == null ? null : registered.get(agent);
        if (registration != null) {
            JsonMembers.time(json, "registered_at", registration.registeredAtMillis());
            MeshRoutes.strings(json, "capabilities", registration.capabilities());
        }
    }
}
