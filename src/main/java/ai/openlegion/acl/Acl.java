package ai.openlegion.acl;

import ai.openlegion.bus.Endpoint;
import ai.openlegion.bus.Wire;
import ai.openlegion.identity.AgentId;

/// The door of the permission matrix on the bus.
public final class Acl {

    /// What would be decided for a triple, without doing it.
    public static final Endpoint<Explain, Explained> EXPLAIN =
            Endpoint.node("acl.explain", Explain.class, Explained.class);

    /// The triple asked about.
    public record Explain(AgentId agent, Operation operation, String resource) implements Wire {}

    /// What the current snapshot decides.
    ///
    /// @param message what the agent would be told when denied; what it may do when allowed
    public record Explained(boolean allowed, String rule, long revision, String message) implements Wire {}

    private Acl() {}
}
