package ai.openlegion.simulator;

/// What a provider offers; each is counted on its own.
public enum Api {
    CHAT,
    MESSAGES,
    COUNT_TOKENS,
    RESPONSES,
    EMBEDDINGS,
    SERVICES
}
