package ai.openlegion.catalogue;

import java.net.URI;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A vendor's endpoint: where it is, what it speaks and which credential opens it.
///
/// @param name the part of a model id before the first slash
/// @param dialect what it speaks where a call asks for nothing else it serves
/// @param also the further dialects it serves under the same base URL; never `dialect` itself
/// @param baseUrl http or https, without a trailing slash; the dialects' paths are appended to it
/// @param credential the vault name of its key; null exactly when `auth` is [Auth#NONE]
/// @param stopsOnDisconnect known to stop producing, and billing, once its client is gone
/// @param maxTokensField the request field by which this provider bounds its own output when spoken to in `dialect`
public record Provider(
        String name,
        Dialect dialect,
        Set<Dialect> also,
        URI baseUrl,
        Auth auth,
        @Nullable String credential,
        boolean stopsOnDisconnect,
        String maxTokensField) {

    public Provider {
        if ((credential == null) != (auth == Auth.NONE)) {
            throw new IllegalArgumentException(
                    "provider " + name + ": a credential needs an auth scheme, and only then");
        }
        EnumSet<Dialect> further = EnumSet.noneOf(Dialect.class);
        further.addAll(also);
        further.remove(dialect);
        also = Set.copyOf(further);
    }

    /// A provider that serves one dialect.
    public Provider(
            String name,
            Dialect dialect,
            URI baseUrl,
            Auth auth,
            @Nullable String credential,
            boolean stopsOnDisconnect,
            String maxTokensField) {
        this(name, dialect, Set.of(), baseUrl, auth, credential, stopsOnDisconnect, maxTokensField);
    }

    /// Whether it can be spoken to in this dialect.
    public boolean serves(Dialect asked) {
        return asked == dialect || also.contains(asked);
    }

    /// The request field by which it bounds its own output when spoken to in this dialect.
    public String maxTokensField(Dialect spoken) {
        return spoken == dialect ? maxTokensField : spoken.usualMaxTokensField();
    }
}
