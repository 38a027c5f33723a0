package ai.openlegion.audit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A place in the chain with a signature of the mesh over it.
///
/// @param seq the number of the last entry it covers; it covers all before that, too
/// @param timeMillis when it was signed, in milliseconds since 1970-01-01 UTC
/// @param hash the chain's hash at that entry: 64 digits of lower-case hex
/// @param keyId of the key that signed: 16 digits of lower-case hex, see [AuditKey#id]
/// @param signature Ed25519: 128 digits of lower-case hex
public record Checkpoint(long seq, long timeMillis, String hash, String keyId, String signature) {

    /// What a signature is for. Each purpose signs behind words of its own, so that no signature can be passed off as
    /// one of another purpose.
    public enum Purpose {
        /// The chain has this hash at this entry.
        CHECKPOINT("openlegion-audit-checkpoint-1"),
        /// What is kept of the chain begins behind this entry.
        BASE("openlegion-audit-base-1");

        private final String words;

        Purpose(String words) {
            this.words = words;
        }

        /// The bytes that are signed: the words, then number, time (8 bytes each, big-endian) and the 32 of the hash.
        byte[] message(Tail place, long timeMillis) {
            byte[] purpose = words.getBytes(StandardCharsets.US_ASCII);
            return ByteBuffer.allocate(purpose.length + 2 * Long.BYTES + Chain.HASH_BYTES)
                    .put(purpose)
                    .putLong(place.seq())
                    .putLong(timeMillis)
                    .put(place.hashBytes())
                    .array();
        }
    }

    private static final Pattern PARTS = Pattern.compile("\\{\"seq\":(\\d{1,19}),\"time_ms\":(-?\\d{1,19}),"
            + "\"hash\":\"([0-9a-f]{64})\",\"key_id\":\"([0-9a-f]{16})\",\"signature\":\"([0-9a-f]{128})\"}");

    /// From what [#text] gave; throws [IllegalArgumentException] for anything that differs from it in a single
    /// character.
    public static Checkpoint parse(String text) {
        Matcher parts = PARTS.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not a checkpoint");
        }
        Checkpoint parsed = new Checkpoint(
                Long.parseLong(parts.group(1)),
                Long.parseLong(parts.group(2)),
                parts.group(3),
                parts.group(4),
                parts.group(5));
        if (!parsed.text().equals(text)) {
            throw new IllegalArgumentException("not a checkpoint");
        }
        return parsed;
    }

    /// As JSON, in the one way in which it is ever written.
    public String text() {
        return "{\"seq\":%d,\"time_ms\":%d,\"hash\":\"%s\",\"key_id\":\"%s\",\"signature\":\"%s\"}"
                .formatted(seq, timeMillis, hash, keyId, signature);
    }

    /// The place that is signed.
    public Tail place() {
        return new Tail(seq, hash);
    }

    byte[] signatureBytes() {
        return HexFormat.of().parseHex(signature);
    }
}
