package ai.openlegion.vault;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// A stored credential as it rests: its value under a key of its own, and that key under a master key, both by
/// AES-256-GCM with a random nonce in front.
///
/// The value's seal also holds its name, who stored it and when, so that none of them can be exchanged: else whoever
/// writes to the database could make an agent's value the operator's.
///
/// @param keyId of the master key
record SealedCredential(
        String name, String storedBy, long storedMillis, String keyId, byte[] wrappedKey, byte[] sealed) {

    private static final String VALUE_DOMAIN = "openlegion-vault-value-1";
    private static final String KEY_DOMAIN = "openlegion-vault-key-1";
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    /// Seals a value under a new key.
    static SealedCredential seal(String name, Stored stored, MasterKey master) {
        byte[] key = random(KEY_BYTES);
        byte[] value = stored.value().reveal().getBytes(StandardCharsets.UTF_8);
        return new SealedCredential(
                name,
                stored.by(),
                stored.storedMillis(),
                master.id(),
                encrypt(master.bytes(), keyContext(name, master.id()), key),
                encrypt(key, valueContext(name, stored.by(), stored.storedMillis()), value));
    }

    /// Opens it; empty where anything of it is not as it was sealed by this master key.
    Optional<Stored> open(MasterKey master) {
        return decrypt(master.bytes(), keyContext(name, keyId), wrappedKey)
                .flatMap(key -> decrypt(key, valueContext(name, storedBy, storedMillis), sealed))
                .map(value -> new Stored(Secret.of(new String(value, StandardCharsets.UTF_8)), storedBy, storedMillis));
    }

    /// The same value with its key under another master key; empty where it does not open by the first.
    Optional<SealedCredential> rewrap(MasterKey from, MasterKey to) {
        return decrypt(from.bytes(), keyContext(name, keyId), wrappedKey)
                .map(key -> new SealedCredential(
                        name,
                        storedBy,
                        storedMillis,
                        to.id(),
                        encrypt(to.bytes(), keyContext(name, to.id()), key),
                        sealed));
    }

    private static byte[] keyContext(String name, String keyId) {
        return context(KEY_DOMAIN, name, keyId);
    }

    private static byte[] valueContext(String name, String storedBy, long storedMillis) {
        return context(VALUE_DOMAIN, name, storedBy, Long.toString(storedMillis));
    }

    /// Texts one after another, each behind its length, so that no two lists of texts give the same bytes.
    private static byte[] context(String... texts) {
        var bytes = new ByteArrayOutputStream();
        for (String text : texts) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            bytes.writeBytes(
                    ByteBuffer.allocate(Integer.BYTES).putInt(utf8.length).array());
            bytes.writeBytes(utf8);
        }
        return bytes.toByteArray();
    }

    private static byte[] encrypt(byte[] key, byte[] context, byte[] plain) {
        byte[] nonce = random(NONCE_BYTES);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce);
            cipher.updateAAD(context);
            byte[] secret = cipher.doFinal(plain);
            return ByteBuffer.allocate(NONCE_BYTES + secret.length)
                    .put(nonce)
                    .put(secret)
                    .array();
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every JDK has AES-GCM", missing);
        }
    }

    private static Optional<byte[]> decrypt(byte[] key, byte[] context, byte[] sealed) {
        if (key.length != KEY_BYTES || sealed.length < NONCE_BYTES + TAG_BITS / Byte.SIZE) {
            return Optional.empty();
        }
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, sealed);
            cipher.updateAAD(context);
            return Optional.of(cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES));
        } catch (AEADBadTagException notAsSealed) {
            return Optional.empty();
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every JDK has AES-GCM", missing);
        }
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce, 0, NONCE_BYTES));
        return cipher;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    @Override
    public String toString() {
        return "SealedCredential[" + name + "]";
    }
}
