package ai.openlegion.webhook;

import ai.openlegion.vault.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The check of one call's signature: `v1=` and the hex HMAC-SHA256 over timestamp, a dot and the raw body.
final class Signing {

    /// How far a timestamp may be from now, either way.
    static final Duration WINDOW = Duration.ofMinutes(5);

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");
    private static final Pattern SIGNATURE = Pattern.compile("v1=[0-9a-fA-F]{64}");
    private static final String ALGORITHM = "HmacSHA256";

    private Signing() {}

    /// What a check found.
    sealed interface Verdict {}

    /// The holder of the secret signed this, at this time.
    ///
    /// @param signature 64 hex digits in lower case
    record Right(String signature, long signedMillis) implements Verdict {}

    /// It did not, or not now.
    record Wrong(String why) implements Verdict {}

    static Verdict check(Secret secret, Webhooks.Proof proof, byte[] body, long nowMillis) {
        if (proof.timestamp().isEmpty() || proof.signature().isEmpty()) {
            return new Wrong("the call is not signed: X-OpenLegion-Timestamp and X-OpenLegion-Signature are needed,"
                    + " once each");
        }
        if (!SECONDS.matcher(proof.timestamp()).matches()) {
            return new Wrong("X-OpenLegion-Timestamp is not a time in Unix seconds");
        }
        if (!SIGNATURE.matcher(proof.signature()).matches()) {
            return new Wrong("X-OpenLegion-Signature is not v1= and 64 hex digits");
        }
        long signedMillis = Long.parseLong(proof.timestamp()) * 1000;
        if (Math.abs(nowMillis - signedMillis) > WINDOW.toMillis()) {
            return new Wrong("X-OpenLegion-Timestamp is more than " + WINDOW.toMinutes() + " minutes from now");
        }
        String hex = proof.signature().substring(3).toLowerCase(Locale.ROOT);
        byte[] claimed = HexFormat.of().parseHex(hex);
        return MessageDigest.isEqual(claimed, sign(secret, proof.timestamp(), body))
                ? new Right(hex, signedMillis)
                : new Wrong("the signature is not this body's at this time");
    }

    private static byte[] sign(Secret secret, String timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.reveal().getBytes(StandardCharsets.UTF_8), ALGORITHM));
            mac.update((timestamp + ".").getBytes(StandardCharsets.US_ASCII));
            return mac.doFinal(body);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, missing);
        }
    }
}
