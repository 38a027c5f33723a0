package ai.openlegion.audit;

import ai.openlegion.audit.Checkpoint.Purpose;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The key that signs checkpoints, both halves.
public final class SigningKey {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----\\s*");

    private final PrivateKey secret;
    private final AuditKey open;

    private SigningKey(KeyPair pair) {
        secret = pair.getPrivate();
        open = AuditKey.of(pair.getPublic());
    }

    /// A new one from the system's randomness.
    static SigningKey random() {
        return new SigningKey(pair(new SecureRandom()));
    }

    /// From a PEM text with one private key in PKCS #8, as `openssl genpkey -algorithm ed25519` makes it, too. Throws
    /// [IllegalArgumentException] for anything else.
    static SigningKey parse(String pem) {
        Matcher block = BLOCK.matcher(pem.strip());
        if (!block.matches()) {
            throw new IllegalArgumentException("no private key in it (expected: -----BEGIN PRIVATE KEY-----)");
        }
        try {
            PrivateKey secret = KeyFactory.getInstance(AuditKey.ALGORITHM)
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(block.group(1))));
            byte[] seed = ((EdECPrivateKey) secret)
                    .getBytes()
                    .orElseThrow(() -> new IllegalArgumentException("the private key cannot be read"));
            return new SigningKey(pair(new Seed(seed)));
        } catch (GeneralSecurityException | ClassCastException another) {
            throw new IllegalArgumentException("not the private half of an Ed25519 key", another);
        }
    }

    /// The half that everybody may know.
    AuditKey open() {
        return open;
    }

    /// A checkpoint of that place, signed now for the purpose.
    Checkpoint sign(Purpose purpose, Tail place, long timeMillis) {
        try {
            Signature signature = Signature.getInstance(AuditKey.ALGORITHM);
            signature.initSign(secret);
            signature.update(purpose.message(place, timeMillis));
            return new Checkpoint(
                    place.seq(),
                    timeMillis,
                    place.hash(),
                    open.id(),
                    HexFormat.of().formatHex(signature.sign()));
        } catch (GeneralSecurityException everyJdkSigns) {
            throw new IllegalStateException(everyJdkSigns);
        }
    }

    /// Signs bytes that are no checkpoint. They must begin with words that no [Purpose] begins with.
    ///
    /// @return 64 bytes
    public byte[] sign(byte[] message) {
        try {
            Signature signature = Signature.getInstance(AuditKey.ALGORITHM);
            signature.initSign(secret);
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException everyJdkSigns) {
            throw new IllegalStateException(everyJdkSigns);
        }
    }

    String pem() {
        return "-----BEGIN PRIVATE KEY-----\n" + Base64.getEncoder().encodeToString(secret.getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }

    private static KeyPair pair(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(AuditKey.ALGORITHM);
            generator.initialize(NamedParameterSpec.ED25519, random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    /* The JDK derives no public half from a private one, but a pair from 32 random bytes: the private half is those. */
    private static final class Seed extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final transient byte[] seed;

        Seed(byte[] seed) {
            this.seed = seed.clone();
        }

        @Override
        public void nextBytes(byte[] bytes) {
            if (bytes.length != seed.length) {
                throw new IllegalStateException("a private key of " + bytes.length + " bytes");
            }
            System.arraycopy(seed, 0, bytes, 0, seed.length);
        }
    }
}
