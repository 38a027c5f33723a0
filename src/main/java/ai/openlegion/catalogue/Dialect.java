package ai.openlegion.catalogue;

import java.util.Optional;

/// The wire format a provider speaks.
public enum Dialect {
    /// Chat Completions and Embeddings, as OpenAI defined them.
    OPENAI("openai"),
    /// Anthropic Messages.
    ANTHROPIC("anthropic"),
    /// OpenAI Responses.
    RESPONSES("openai-responses");

    private final String key;

    Dialect(String key) {
        this.key = key;
    }

    /// The name used in configuration files.
    public String key() {
        return key;
    }

    /// The request field by which output is bounded where a provider wants no other.
    public String usualMaxTokensField() {
        return switch (this) {
            case OPENAI, ANTHROPIC -> "max_tokens";
            case RESPONSES -> "max_output_tokens";
        };
    }

    /// The dialect a configuration file names.
    public static Optional<Dialect> of(String key) {
        for (Dialect dialect : values()) {
            if (dialect.key.equals(key)) {
                return Optional.of(dialect);
            }
        }
        return Optional.empty();
    }
}
