package ai.openlegion.catalogue;

import java.util.Optional;

/// How a provider wants its credential sent.
public enum Auth {
    /// `Authorization: Bearer <credential>`.
    BEARER("bearer", "authorization", "Bearer "),
    /// `x-api-key: <credential>`, as Anthropic has it.
    X_API_KEY("x-api-key", "x-api-key", ""),
    /// `api-key: <credential>`, as Azure has it.
    API_KEY("api-key", "api-key", ""),
    /// `x-goog-api-key: <credential>`, as Google has it.
    X_GOOG_API_KEY("x-goog-api-key", "x-goog-api-key", ""),
    /// No credential at all, as local servers have it.
    NONE("none", "", "");

    private final String key;
    private final String header;
    private final String prefix;

    Auth(String key, String header, String prefix) {
        this.key = key;
        this.header = header;
        this.prefix = prefix;
    }

    /// The name used in configuration files.
    public String key() {
        return key;
    }

    /// The header that carries the credential, in lower case; empty where none does.
    public String header() {
        return header;
    }

    /// That header's value for a credential.
    public String value(String credential) {
        return prefix + credential;
    }

    /// The scheme a configuration file names.
    public static Optional<Auth> of(String key) {
        for (Auth auth : values()) {
            if (auth.key.equals(key)) {
                return Optional.of(auth);
            }
        }
        return Optional.empty();
    }
}
