package ai.openlegion.vault;

import ai.openlegion.identity.AgentId;
import java.util.Optional;

/// A credential that was set while the mesh ran, opened.
///
/// @param by who set it: an agent's id or [#OPERATOR], which no agent can be called
/// @param storedMillis when, since 1970
public record Stored(Secret value, String by, long storedMillis) {

    /// The operator's name as the one who stored something.
    public static final String OPERATOR = "operator";

    /// Whether the operator set it; what an agent set is hostile input.
    public boolean isOperators() {
        return by.equals(OPERATOR);
    }

    /// The agent that set it; empty where the operator did.
    public Optional<AgentId> agent() {
        return isOperators() ? Optional.empty() : AgentId.parse(by);
    }
}
