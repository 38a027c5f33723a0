package ai.openlegion.acl;

import ai.openlegion.identity.AgentId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An immutable snapshot of the whole permission matrix with its revision; deciding is a pure function of it.
public final class Policy {

    private final long revision;

    private Policy(long revision) {
        this.revision = revision;
    }

    /// A snapshot of these entries.
    ///
    /// @param fallback the entry `default`, for agents without one of their own; null for none
    /// @param modelGlobs for each agent the models it may ask for, from `agents.yaml`
    /// @throws IllegalArgumentException when a glob is malformed; see [Glob#flaw]
    public static Policy of(
            long revision,
            Map<AgentId, Grants> entries,
            @Nullable Grants fallback,
            Map<AgentId, List<String>> modelGlobs) {
        return new Policy(revision);
    }

    /// The revision of this snapshot.
    public long revision() {
        return revision;
    }

    /// Whether an agent may do an operation on a resource.
    public Decision decide(AgentId agent, Operation operation, String resource) {
        return new Decision.Denied(
                "no entry", revision, "Agent " + agent + " cannot " + operation.verb() + " " + resource);
    }
}
