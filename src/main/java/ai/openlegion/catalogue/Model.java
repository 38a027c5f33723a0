package ai.openlegion.catalogue;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A priced model of a provider.
///
/// @param id `provider/model`, as agents name it
/// @param upstreamName the name its provider knows it by: the id after the first slash
/// @param kind what it is for; a model of one kind is never offered for the other
/// @param ownDialect the only dialect it answers in, where it does not answer in all that its provider serves
/// @param contextTokens the window, prompt and output together; 0 = unknown
/// @param maxOutputTokens the most it produces in one answer; 0 = unknown
/// @param tokenizer `o200k` or `cl100k` where its exact tokenizer is known
public record Model(
        String id,
        Provider provider,
        String upstreamName,
        Kind kind,
        @Nullable Dialect ownDialect,
        Price price,
        long contextTokens,
        long maxOutputTokens,
        @Nullable String tokenizer) {

    /// A chat model that answers in every dialect its provider serves.
    public Model(
            String id,
            Provider provider,
            String upstreamName,
            Price price,
            long contextTokens,
            long maxOutputTokens,
            @Nullable String tokenizer) {
        this(id, provider, upstreamName, Kind.CHAT, null, price, contextTokens, maxOutputTokens, tokenizer);
    }

    /// The dialect in which its provider is asked when a client speaks this one: the client's own where the model
    /// answers in it, else the model's, else the provider's first.
    public Dialect dialectFor(Dialect client) {
        if (ownDialect != null) {
            return ownDialect;
        }
        return provider.serves(client) ? client : provider.dialect();
    }

    /// What a model is for.
    public enum Kind {
        /// It answers a conversation.
        CHAT("chat"),
        /// It turns texts into vectors.
        EMBEDDING("embedding");

        private final String key;

        Kind(String key) {
            this.key = key;
        }

        /// The name used in configuration files.
        public String key() {
            return key;
        }

        /// The kind a configuration file names.
        public static Optional<Kind> of(String key) {
            for (Kind kind : values()) {
                if (kind.key.equals(key)) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }
    }
}
