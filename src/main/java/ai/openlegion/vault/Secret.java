package ai.openlegion.vault;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// A value that never shows itself: printed as `***`, compared in constant time, read only by [#reveal].
public final class Secret {

    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    /// A secret with this value.
    public static Secret of(String value) {
        return new Secret(value);
    }

    /// The value itself, for the one place that puts it on the wire.
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(bytes(), secret.bytes());
    }

    /// The same for every secret: a hash of the value would tell something about it wherever it is printed.
    @Override
    public int hashCode() {
        return 1;
    }

    @Override
    public String toString() {
        return "***";
    }

    private byte[] bytes() {
        return value.getBytes(StandardCharsets.UTF_8);
    }
}
