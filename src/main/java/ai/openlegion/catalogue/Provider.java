package ai.openlegion.catalogue;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/// A vendor's endpoint: where it is, what it speaks and which credential opens it.
///
/// @param name the part of a model id before the first slash
/// @param baseUrl http or https, without a trailing slash; the dialect's paths are appended to it
/// @param credential the vault name of its key; null exactly when `auth` is [Auth#NONE]
/// @param stopsOnDisconnect known to stop producing, and billing, once its client is gone
/// @param maxTokensField the request field by which this provider bounds its own output
public record Provider(
        String name,
        Dialect dialect,
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
    }
}
