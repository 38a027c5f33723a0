package ai.openlegion.schedule;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.acl.Policy;
import ai.openlegion.bus.Bus;
import ai.openlegion.bus.BusException;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.schedule.Schedule.Spec;
import ai.openlegion.workflow.Workflows;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The doing of one run: what the owner may is asked anew, then the message is sent or the workflow started.
///
/// Nothing is tried twice: what had no answer may have been done, and a run that is lost is cheaper than one that is
/// paid for twice.
final class Dispatch {

    private final Bus bus;
    private final Supplier<Policy> policy;
    private final Probes probes;

    Dispatch(Bus bus, Supplier<Policy> policy, Probes probes) {
        this.bus = bus;
        this.policy = policy;
        this.probes = probes;
    }

    /// Runs a job for the moment it was due at. Never fails: whatever goes wrong is an outcome.
    Future<Outcome> run(KeptJob job, long scheduledMillis) {
        try {
            Decision.Denied denied = denied(job);
            Future<Outcome> outcome = denied != null
                    ? Future.succeededFuture(new Outcome.Denied(denied.rule(), denied.message()))
                    : dispatch(job, scheduledMillis);
            return outcome.otherwise(Dispatch::failed);
        } catch (RuntimeException bug) {
            return Future.succeededFuture(failed(bug));
        }
    }

    private Decision.@Nullable Denied denied(KeptJob job) {
        AgentId owner = job.owner();
        if (owner == null) {
            return null;
        }
        Policy current = policy.get();
        String workflow = job.spec().workflow();
        if (current.decide(owner, Operation.CRON, "") instanceof Decision.Denied denied) {
            return denied;
        }
        return workflow != null
                        && current.decide(owner, Operation.RUN_WORKFLOW, workflow) instanceof Decision.Denied denied
                ? denied
                : null;
    }

    private Future<Outcome> dispatch(KeptJob job, long scheduledMillis) {
        Spec spec = job.spec();
        AgentId agent = spec.agent();
        String workflow = spec.workflow();
        if (workflow != null) {
            return bus.ask(Workflows.RUN, new Workflows.Run(workflow, spec.input(), "schedule"))
                    .map(Dispatch::started);
        }
        if (agent == null) {
            return Future.succeededFuture(new Outcome.Failed("the job has no target"));
        }
        return spec.heartbeat()
                ? probes.ask(agent, spec.probes()).compose(found -> wake(job, agent, scheduledMillis, found))
                : send(job, agent, scheduledMillis, "cron", List.of());
    }

    private Future<Outcome> wake(KeptJob job, AgentId agent, long scheduledMillis, Probes.Found found) {
        if (!found.fired().isEmpty()) {
            return send(job, agent, scheduledMillis, "heartbeat", found.fired());
        }
        String trouble = found.trouble();
        return Future.succeededFuture(trouble == null ? new Outcome.Quiet() : new Outcome.Failed(trouble));
    }

    private Future<Outcome> send(KeptJob job, AgentId agent, long scheduledMillis, String type, List<String> fired) {
        List<String> reasons = fired.stream().map(Members::quoted).toList();
        String payload = "{\"job\":" + Members.quoted(job.id())
                + ",\"message\":" + Members.quoted(job.spec().message())
                + ",\"scheduled_for\":\"" + Instant.ofEpochMilli(scheduledMillis)
                + "\",\"probes\":[" + String.join(",", reasons) + "]}";
        return bus.ask(Messaging.SEND, Messaging.Send.of(Messaging.Kind.MESSAGE, "mesh", agent, type, payload))
                .map(Dispatch::sent);
    }

    private static Outcome sent(Messaging.Sent sent) {
        return switch (sent) {
            case Messaging.Stored _ -> new Outcome.Done();
            case Messaging.UnknownRecipient _ -> new Outcome.Failed("there is no such agent any more");
            case Messaging.InboxFull _ -> new Outcome.Failed("the agent's inbox is full");
            case Messaging.Unavailable _ -> new Outcome.Failed("the store cannot take the message now");
        };
    }

    private static Outcome started(Workflows.RunOutcome outcome) {
        return switch (outcome) {
            case Workflows.Started _ -> new Outcome.Done();
            case Workflows.Unknown(String why) -> new Outcome.Failed(why);
            case Workflows.Refused(String why) -> new Outcome.Failed(why);
            case Workflows.TooMany(int limit) ->
                new Outcome.Failed(limit + " runs are under way, the most there may be");
            case Workflows.Unavailable _ -> new Outcome.Failed("the store cannot take the run now");
        };
    }

    private static Outcome failed(Throwable failure) {
        if (failure instanceof BusException fault) {
            return new Outcome.Failed(
                    switch (fault.reason()) {
                        case NO_HANDLER -> "this mesh does not serve what the job needs";
                        case TIMEOUT -> "there was no answer in time; it may have been done";
                        case HANDLER_FAILED -> "it failed inside the mesh; its log says why";
                    });
        }
        return new Outcome.Failed("unexpected: " + failure.getClass().getSimpleName());
    }
}
