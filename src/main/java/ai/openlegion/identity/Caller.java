package ai.openlegion.identity;

/// An agent that has proven who it is; made only by this package, from a token.
public record Caller(AgentId agent) {}
