package ai.openlegion.webhook;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import java.util.Set;

/// The door of the webhooks on the bus: signed calls from outside that become messages or workflow runs.
public final class Webhooks {

    /// Checks a call and does what its hook says, once for each signature.
    public static final Endpoint<Received, Outcome> RECEIVE =
            Endpoint.cluster("webhook.receive", Received.class, Outcome.class);

    /// Checks a question about a run, which is signed by the hook of some workflow; its signature counts once, too.
    public static final Endpoint<Question, Outcome> CHECK =
            Endpoint.cluster("webhook.check", Question.class, Outcome.class);

    private Webhooks() {}

    /// What the path named.
    public enum Target {
        HOOK,
        WORKFLOW
    }

    /// What proves who called.
    ///
    /// @param timestamp the header `X-OpenLegion-Timestamp`; empty = missing
    /// @param signature the header `X-OpenLegion-Signature`; empty = missing
    public record Proof(String timestamp, String signature) {}

    /// A call as it came.
    ///
    /// @param body as it was signed, byte for byte; nobody changes it
    public record Received(Target target, String name, Proof proof, byte[] body) implements Wire {}

    /// A question without a body.
    public record Question(Proof proof) implements Wire {}

    /// What became of a call.
    public sealed interface Outcome extends Wire {}

    /// It is in the agent's inbox, durably.
    public record Accepted(String id) implements Outcome {}

    /// The workflow runs.
    public record Started(String executionId) implements Outcome {}

    /// The question is signed by the hooks of these workflows: several where they have one secret.
    public record Signed(Set<String> workflows) implements Outcome {
        public Signed {
            workflows = Set.copyOf(workflows);
        }
    }

    /// There is no such hook, or it has no secret.
    public record NoSuchHook() implements Outcome {}

    /// The call is unsigned, wrongly signed, stale or was made before.
    public record Rejected(String why) implements Outcome {}

    /// The agent's inbox holds as much as it may.
    public record InboxFull() implements Outcome {}

    /// More calls were signed in the last minutes than are remembered.
    public record TooMany() implements Outcome {}

    /// What came is larger than a workflow's input may be; sent again it is so, too.
    public record TooLarge(int mostBytes) implements Outcome {}

    /// What came cannot be a workflow's input, however often it is sent.
    public record Invalid(String why) implements Outcome {}

    /// As many runs as there may be are under way; the same call may come again.
    public record TooManyRuns() implements Outcome {}

    /// The workflow cannot be started now.
    public record NotStarted() implements Outcome {}

    /// The store cannot take it now; once it is signed anew it may come again, though it may have been done.
    public record Unavailable() implements Outcome {}
}
