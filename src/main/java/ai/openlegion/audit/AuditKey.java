package ai.openlegion.audit;

import ai.openlegion.audit.Checkpoint.Purpose;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The public half of a key that signs checkpoints: what an auditor needs, and keeps a copy of.
public final class AuditKey {

    static final String ALGORITHM = "Ed25519";

    private static final int ID_DIGITS = 16;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----");

    private final PublicKey key;
    private final String fingerprint;

    private AuditKey(PublicKey key) {
        this.key = key;
        this.fingerprint = HexFormat.of().formatHex(sha256(key.getEncoded()));
    }

    static AuditKey of(PublicKey key) {
        return new AuditKey(key);
    }

    /// The keys of a PEM text, in its order; there may be several, such as one that was replaced. Throws
    /// [IllegalArgumentException] when there is none, or one of another kind than Ed25519.
    public static List<AuditKey> parse(String pem) {
        List<AuditKey> keys = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(pem);
        while (blocks.find()) {
            keys.add(decode(Base64.getMimeDecoder().decode(blocks.group(1))));
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("no public key in it (expected: -----BEGIN PUBLIC KEY-----)");
        }
        return keys;
    }

    /// From the DER of a SubjectPublicKeyInfo; throws [IllegalArgumentException] when it is no Ed25519 key.
    public static AuditKey decode(byte[] der) {
        try {
            return new AuditKey(KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(der)));
        } catch (GeneralSecurityException another) {
            throw new IllegalArgumentException("not the public half of an Ed25519 key", another);
        }
    }

    /// The first 16 digits of the [#fingerprint].
    public String id() {
        return fingerprint.substring(0, ID_DIGITS);
    }

    /// SHA-256, in lower-case hex, of the key's DER (its SubjectPublicKeyInfo, 44 bytes).
    public String fingerprint() {
        return fingerprint;
    }

    /// The key's DER: its SubjectPublicKeyInfo.
    public byte[] encoded() {
        return key.getEncoded();
    }

    /// As a block of PEM, with a line's end behind it.
    public String pem() {
        return "-----BEGIN PUBLIC KEY-----\n" + Base64.getEncoder().encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    /// Whether this key signed exactly that for the purpose.
    public boolean signed(Purpose purpose, Checkpoint checkpoint) {
        return checkpoint.keyId().equals(id())
                && verifies(purpose.message(checkpoint.place(), checkpoint.timeMillis()), checkpoint.signatureBytes());
    }

    /// Whether the signature is this key's over the message.
    public boolean verifies(byte[] message, byte[] signature) {
        try {
            Signature check = Signature.getInstance(ALGORITHM);
            check.initVerify(key);
            check.update(message);
            return check.verify(signature);
        } catch (GeneralSecurityException noSignatureAtAll) {
            return false;
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
