package ai.openlegion.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fuzz.Fuzz;
import ai.openlegion.vault.Secret;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A call is right if its signature is that of its timestamp and body under the secret, now, and wrong in every other
/// case, whatever was sent.
@Timeout(3600)
class SigningFuzzTest {

    private static final String SECRET = "whsec-0123456789abcdef";
    private static final long NOW_SECONDS = 1_795_000_000L;

    private static String signed(String secret, String timestamp, byte[] body) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        mac.update((timestamp + ".").getBytes(UTF_8));
        return "v1=" + HexFormat.of().formatHex(mac.doFinal(body));
    }

    @Test
    void only_the_signature_of_this_time_and_body_under_this_secret_is_right() {
        int[] right = {0};
        int cases = Fuzz.run("signatures", 20_000, (fuzz, random) -> {
            byte[] body = new byte[random.nextInt(40)];
            random.nextBytes(body);
            long shift = Fuzz.pick(random, List.of(0L, 0L, 299L, -299L, 300L, 301L, -301L, 1_000_000L, -NOW_SECONDS));
            String timestamp = Fuzz.pick(
                            random, List.of("%d", "%d", "%d", "0%d", "+%d", "%d.0", " %d", "%d000", "%d\n"))
                    .formatted(NOW_SECONDS + shift);
            String secret = random.nextInt(4) == 0
                    ? Fuzz.pick(random, List.of("x", SECRET + " ", SECRET.toUpperCase(Locale.ROOT)))
                    : SECRET;
            String whole = signed(secret, timestamp, body);
            String signature = switch (random.nextInt(10)) {
                case 0 ->
                    new String(
                            Fuzz.mutated(random, whole.getBytes(UTF_8), List.of("v1=", "v2=", "0", " ", "é", "\u0000")),
                            UTF_8);
                case 1 -> whole.toUpperCase(Locale.ROOT);
                case 2 -> "v1=" + whole.substring(3).toUpperCase(Locale.ROOT);
                case 3 -> whole.substring(3);
                case 4 -> whole + "," + whole;
                default -> whole; // open: as it is
            };
            byte[] sent = random.nextInt(4) == 0 ? Fuzz.mutated(random, body, List.of("\u0000", "{", "a")) : body;
            fuzz.input(timestamp + '\n' + signature + '\n' + Arrays.toString(sent));
            boolean shape = timestamp.matches("[0-9]{1,12}") && signature.matches("v1=[0-9a-fA-F]{64}");
            boolean wanted = shape
                    && Math.abs(Long.parseLong(timestamp) - NOW_SECONDS) <= 300
                    && signature.equalsIgnoreCase(signed(SECRET, timestamp, sent));

            Signing.Verdict verdict = Signing.check(
                    Secret.of(SECRET), new Webhooks.Proof(timestamp, signature), sent, NOW_SECONDS * 1000);

            assertThat(verdict instanceof Signing.Right).as("%s", verdict).isEqualTo(wanted);
            right[0] += wanted ? 1 : 0;
        });
        assertThat(cases).isPositive();
        assertThat(right[0]).isPositive();
    }
}
