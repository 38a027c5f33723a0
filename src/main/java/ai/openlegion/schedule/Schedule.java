package ai.openlegion.schedule;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The door of the schedule on the bus: jobs that send a message or run a workflow when their time has come.
public final class Schedule {

    /// Adds a job of an agent or of the operator.
    public static final Endpoint<Add, Changed> ADD = Endpoint.cluster("schedule.add", Add.class, Changed.class);

    /// Changes a job; what is null stays.
    public static final Endpoint<Change, Changed> CHANGE =
            Endpoint.cluster("schedule.change", Change.class, Changed.class);

    /// Removes a job.
    public static final Endpoint<Remove, Changed> REMOVE =
            Endpoint.cluster("schedule.remove", Remove.class, Changed.class);

    /// The jobs of an agent, or all.
    public static final Endpoint<ListJobs, Listed> LIST =
            Endpoint.cluster("schedule.list", ListJobs.class, Listed.class);

    /// Makes the jobs of `config/schedules.yaml` the ones that run, and forgets the jobs of agents that are gone.
    public static final Endpoint<Configure, Configured> CONFIGURE =
            Endpoint.cluster("schedule.configure", Configure.class, Configured.class);

    /// Of a message, in characters, so that the jobs of one owner stay small together.
    public static final int LONGEST_MESSAGE = 4_096;

    /// Of a workflow's input, in bytes, for the same reason.
    public static final int LONGEST_INPUT = 16 * 1024;

    /// Of a probe's pattern, in characters: it is matched against many keys.
    public static final int LONGEST_PATTERN = 128;

    private Schedule() {}

    /// What happens to runs whose time passed while the mesh could not run them, or that the clock jumped over.
    public enum Misfire {
        SKIP,
        ONCE
    }

    /// A cheap question that is asked before an agent is woken.
    public sealed interface Probe {}

    /// Fires while the agent's inbox holds something that did not come from the schedule.
    public record PendingInbox() implements Probe {}

    /// Fires while an entry that the agent may read matches.
    public record BlackboardMatch(String pattern) implements Probe {}

    /// Fires unless the address answers with the expected status; only `schedules.yaml` may name an address.
    ///
    /// @param expected 0 = any of 200 to 299
    public record HttpStatus(String url, int expected) implements Probe {}

    /// What a job is to do and when.
    ///
    /// @param schedule five cron fields or `every 30m`
    /// @param zone an IANA time zone, `UTC` by default
    /// @param agent to send the message to; null with a workflow
    /// @param workflow to run; null with an agent
    /// @param message to the agent
    /// @param input of the workflow, the text of a JSON object
    /// @param heartbeat whether the message is sent only if a probe fires
    public record Spec(
            String schedule,
            String zone,
            Misfire misfire,
            @Nullable AgentId agent,
            @Nullable String workflow,
            String message,
            String input,
            boolean heartbeat,
            List<Probe> probes,
            boolean enabled) {
        public Spec {
            probes = List.copyOf(probes);
        }
    }

    /// A job as it stands.
    ///
    /// @param id `cron_<12 hex>`, or the name in `schedules.yaml`
    /// @param owner the agent that made it; null = the operator
    /// @param fromFile whether it stands in `schedules.yaml`, where alone it can be changed
    /// @param nextRunMillis 0 = never
    /// @param lastRunMillis 0 = not yet
    public record Job(
            String id,
            @Nullable AgentId owner,
            boolean fromFile,
            Spec spec,
            long nextRunMillis,
            long lastRunMillis,
            long runs,
            long errors,
            @Nullable String lastError) {}

    /// Asks for a new job.
    public record Add(@Nullable AgentId owner, Spec spec) implements Wire {}

    /// Asks to change a job; an owner can change its own only, null (the operator) any.
    public record Change(
            @Nullable AgentId owner,
            String id,
            @Nullable String schedule,
            @Nullable String zone,
            @Nullable Misfire misfire,
            @Nullable String message,
            @Nullable Boolean enabled)
            implements Wire {}

    /// Asks to remove a job; an owner can remove its own only, null (the operator) any.
    public record Remove(@Nullable AgentId owner, String id) implements Wire {}

    /// Asks for jobs; a null owner for all.
    public record ListJobs(@Nullable AgentId owner) implements Wire {}

    /// The jobs of the file by name, and the agents of the fleet.
    public record Configure(Map<String, Spec> fromFile, Set<AgentId> agents) implements Wire {
        public Configure {
            fromFile = Map.copyOf(fromFile);
            agents = Set.copyOf(agents);
        }
    }

    /// What became of a change.
    public sealed interface Changed extends Wire {}

    /// The job stands so, durably.
    public record Done(Job job) implements Changed {}

    /// There is no such job of this owner.
    public record UnknownJob() implements Changed {}

    /// The job stands in `schedules.yaml`, and only there can it be changed.
    public record InFile() implements Changed {}

    /// What was asked makes no sense; says why.
    public record Invalid(String why) implements Changed {}

    /// The owner has as many jobs as it may.
    public record TooMany(int limit) implements Changed {}

    /// The store cannot take it now.
    public record Unavailable() implements Changed, Listed {}

    /// The jobs or why they are not known.
    public sealed interface Listed extends Wire {}

    /// The jobs, by id.
    public record Jobs(List<Job> jobs) implements Listed {
        public Jobs {
            jobs = List.copyOf(jobs);
        }
    }

    /// The jobs of the file run.
    public record Configured() implements Wire {}
}
