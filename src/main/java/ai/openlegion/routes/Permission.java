package ai.openlegion.routes;

import ai.openlegion.acl.Operation;

/// What a caller needs before a route's handler runs.
public sealed interface Permission {

    /// Anybody may call.
    Permission PUBLIC = Standing.PUBLIC;

    /// Only the operator's token opens it.
    Permission OPERATOR = Standing.OPERATOR;

    /// Any agent's token opens it; what the agent may see or do inside is decided there.
    Permission AGENT = Standing.AGENT;

    /// The signature of a webhook's sender opens it, not a token.
    Permission SIGNED = Standing.SIGNED;

    /// An agent's token opens it, and the policy must allow this operation.
    static Permission of(Operation operation) {
        return new Matrix(operation);
    }

    /// Who the caller must be.
    enum Standing implements Permission {
        PUBLIC,
        OPERATOR,
        AGENT,
        SIGNED
    }

    /// What the permission matrix must allow.
    record Matrix(Operation operation) implements Permission {}
}
