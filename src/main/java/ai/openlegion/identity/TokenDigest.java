package ai.openlegion.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The SHA-256 of a token: what is kept and compared instead of the token itself.
public final class TokenDigest {

    /// The longest token looked at; ours have 46 characters, so anything longer is refused unread.
    static final int LONGEST_TOKEN = 256;

    private static final int HASH_BYTES = 32;

    private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(TokenDigest::sha256);

    private final byte[] hash;

    private TokenDigest(byte[] hash) {
        this.hash = hash;
    }

    /// The digest of this token.
    public static TokenDigest of(String token) {
        return new TokenDigest(SHA_256.get().digest(token.getBytes(StandardCharsets.UTF_8)));
    }

    /// The digest of which [#hex] once told.
    ///
    /// @throws IllegalArgumentException when the text is not 64 hexadecimal digits
    public static TokenDigest ofHex(String hex) {
        byte[] hash = HexFormat.of().parseHex(hex);
        if (hash.length != HASH_BYTES) {
            throw new IllegalArgumentException("not the hash of a token");
        }
        return new TokenDigest(hash);
    }

    /// The hash, to be kept in the store: 64 hexadecimal digits.
    public String hex() {
        return HexFormat.of().formatHex(hash);
    }

    /// Whether this candidate is the token, in time that does not depend on where they differ.
    public boolean matches(String candidate) {
        return candidate.length() <= LONGEST_TOKEN && matches(of(candidate));
    }

    boolean matches(TokenDigest other) {
        return MessageDigest.isEqual(hash, other.hash);
    }

    /// Four bytes of the hash, spread evenly over all tokens.
    int slot() {
        return (hash[0] & 0xff) << 24 | (hash[1] & 0xff) << 16 | (hash[2] & 0xff) << 8 | (hash[3] & 0xff);
    }

    @Override
    public String toString() {
        return "***";
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }
}
