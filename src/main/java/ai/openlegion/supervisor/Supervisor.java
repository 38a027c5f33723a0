package ai.openlegion.supervisor;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Scope;
import ai.openlegion.bus.Topic;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The door of the supervisor: how every agent stands, and what can be done to one.
public final class Supervisor {

    /// Every agent, also external ones, in the order of the file, spawned ones last.
    public static final Endpoint<Read, Agents> READ = Endpoint.node("supervisor.read", Read.class, Agents.class);

    /// The operator's word to one agent; answered when it is begun, not when it is done.
    public static final Endpoint<Command, Commanded> COMMAND =
            Endpoint.node("supervisor.command", Command.class, Commanded.class);

    /// An agent asks for another one; answered when it is begun.
    public static final Endpoint<Spawn, Spawned> SPAWN =
            new Endpoint<>("supervisor.spawn", Scope.NODE, Spawn.class, Spawned.class, Duration.ofSeconds(10));

    /// An agent has come into another state.
    public static final Topic<Changed> CHANGED = Topic.node("supervisor.changed", Changed.class);

    /// A step of long work, such as the building of the image.
    public static final Topic<Progressed> PROGRESSED = Topic.node("supervisor.progressed", Progressed.class);

    private Supervisor() {}

    /// Asks for every agent.
    public record Read() implements Wire {}

    /// Every agent, and what the operator should know of all of them.
    ///
    /// @param remarks one sentence each: a lowered isolation level, a host filter that is off
    public record Agents(List<Standing> agents, List<String> remarks) implements Wire {
        public Agents {
            agents = List.copyOf(agents);
            remarks = List.copyOf(remarks);
        }
    }

    /// How one agent stands.
    ///
    /// @param runtime that runs it: `docker`, `runsc`, `process`, `external` …
    /// @param boundary `hypervisor`, `user-space kernel`, `shared kernel` or `none`
    /// @param state the word of an [AgentState]
    /// @param why it is not ready, in words; empty where it is
    /// @param instance of the container or process; null where there is none
    /// @param address of its HTTP server; null where there is none
    /// @param startedAtMillis of this start; 0 where it is not started
    /// @param restarts since the mesh started it first
    /// @param parent who spawned it; null where nobody did
    /// @param endsAtMillis when a spawned one ends at the latest; 0 = it does not
    public record Standing(
            AgentId agent,
            String runtime,
            String boundary,
            String state,
            String why,
            @Nullable String instance,
            @Nullable String address,
            long startedAtMillis,
            int restarts,
            @Nullable AgentId parent,
            long endsAtMillis)
            implements Wire {}

    /// What an operator may order.
    public enum Order {
        START,
        STOP,
        RESTART
    }

    /// An order for one agent.
    public record Command(AgentId agent, Order order) implements Wire {}

    /// What became of an order.
    ///
    /// @param state the word of the state the agent is in now
    /// @param why it was refused; empty where it was done
    public record Commanded(Outcome outcome, String state, String why) implements Wire {}

    /// How an order ended.
    public enum Outcome {
        /// It is under way, or was so already.
        DONE,
        /// There is no such agent.
        UNKNOWN_AGENT,
        /// It is not ours to start or stop: an external agent.
        REFUSED
    }

    /// Asks for an agent for a while; permission is decided before.
    ///
    /// @param model a concrete `provider/model`; null = its parent's
    /// @param ttlSeconds how long it lives
    public record Spawn(
            AgentId parent, String role, @Nullable String model, long ttlSeconds, String instructions)
            implements Wire {}

    /// What became of it.
    public sealed interface Spawned extends Wire permits Born, Refused {}

    /// It is being started.
    public record Born(AgentId agent, String state, long endsAtMillis) implements Spawned {}

    /// It is not.
    ///
    /// @param status HTTP: 403 one level deep only, 409 eight are alive, 503 cannot now
    public record Refused(int status, String why) implements Spawned {}

    /// An agent came from one state into another.
    public record Changed(AgentId agent, String from, String to, String why) implements Wire {}

    /// Something is being done that takes long.
    ///
    /// @param agent null where it is for all
    public record Progressed(@Nullable AgentId agent, String text) implements Wire {}
}
