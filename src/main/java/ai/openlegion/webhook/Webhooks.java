package ai.openlegion.webhook;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;

/// The door of the webhooks on the bus: signed calls from outside that become messages or workflow runs.
public final class Webhooks {

    /// Checks a call and does what its hook says, once for each signature.
    public static final Endpoint<Received, Outcome> RECEIVE =
            Endpoint.cluster("webhook.receive", Received.class, Outcome.class);

    /// Checks that a call is signed with the secret of the hook that runs a workflow, without using the signature up.
    public static final Endpoint<Received, Outcome> CHECK =
            Endpoint.cluster("webhook.check", Received.class, Outcome.class);

    private Webhooks() {}

    /// What the path named.
    public enum Target {
        HOOK,
        WORKFLOW
    }

    /// A call as it came.
    ///
    /// @param timestamp the header `X-OpenLegion-Timestamp`; empty = missing
    /// @param signature the header `X-OpenLegion-Signature`; empty = missing
    /// @param body as it was signed, byte for byte; nobody changes it
    public record Received(Target target, String name, String timestamp, String signature, byte[] body)
            implements Wire {}

    /// What became of a call.
    public sealed interface Outcome extends Wire {}

    /// It is in the agent's inbox, durably.
    public record Accepted(String id) implements Outcome {}

    /// The workflow runs.
    public record Started(String executionId) implements Outcome {}

    /// The signature is right; only [#CHECK] answers so.
    public record Signed() implements Outcome {}

    /// There is no such hook, or it has no secret.
    public record NoSuchHook() implements Outcome {}

    /// The call is unsigned, wrongly signed, stale or was made before.
    public record Rejected(String why) implements Outcome {}

    /// The agent's inbox is full, or the workflow cannot be started now.
    public record Busy(String why) implements Outcome {}

    /// The store cannot take it now.
    public record Unavailable() implements Outcome {}
}
