package ai.openlegion.catalogue;

import java.util.Optional;

/// How a provider wants its credential sent.
public enum Auth {
    /// `Authorization: Bearer <credential>`.
    BEARER("bearer"),
    /// `x-api-key: <credential>`.
    X_API_KEY("x-api-key"),
    /// No credential at all, as local servers have it.
    NONE("none");

    private final String key;

    Auth(String key) {
        this.key = key;
    }

    /// The name used in configuration files.
    public String key() {
        return key;
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
