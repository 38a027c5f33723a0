package ai.openlegion.vault;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/// A key of 256 bits under which the keys of stored values are wrapped; printed as its id.
final class MasterKey {

    private static final int BYTES = 32;
    private static final int ID_BYTES = 8;

    private final byte[] key;
    private final String id;

    private MasterKey(byte[] key) {
        this.key = key;
        id = HexFormat.of().formatHex(sha256(key), 0, ID_BYTES);
    }

    static MasterKey random() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return new MasterKey(key);
    }

    /// The key of 64 hex digits, or of the base64 (either alphabet) of 32 bytes.
    static Optional<MasterKey> parse(String text) {
        String clean = text.strip();
        byte[] key;
        try {
            key = clean.length() == 2 * BYTES
                    ? HexFormat.of().parseHex(clean)
                    : Base64.getDecoder().decode(clean.replace('-', '+').replace('_', '/'));
        } catch (IllegalArgumentException neither) {
            return Optional.empty();
        }
        return key.length == BYTES ? Optional.of(new MasterKey(key)) : Optional.empty();
    }

    /// The first 8 bytes, in hex, of the key's SHA-256: tells which key it is, and nothing else about it.
    String id() {
        return id;
    }

    byte[] bytes() {
        return key.clone();
    }

    /// As a line of the key file.
    String hex() {
        return HexFormat.of().formatHex(key);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MasterKey master && MessageDigest.isEqual(key, master.key);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return id;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }
}
