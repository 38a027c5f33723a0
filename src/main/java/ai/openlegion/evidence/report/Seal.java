package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The signature of a report: its last member, over every byte before it.
///
/// What is signed begins with the format's name as the document's first member, so no signature of another purpose of
/// the same key can stand here, nor this one elsewhere.
public final class Seal {

    /// The first member of every report.
    static final String FORMAT = "openlegion-audit-report-1";

    private static final String HEAD = "{\n  \"format\" : \"" + FORMAT + "\",\n";

    private static final Pattern MEMBER =
            Pattern.compile(",\n {2}\"signature\" : \\{ \"algorithm\" : \"Ed25519\", \"key_id\" : \"([0-9a-f]{16})\","
                    + " \"public_key\" : \"([A-Za-z0-9+/=]{1,200})\", \"value\" : \"([A-Za-z0-9+/=]{1,200})\" }\n}\n");

    /// A signature is some 300 bytes.
    private static final int LONGEST_MEMBER = 1_000;

    private Seal() {}

    /// What a check found.
    public sealed interface Check {}

    /// The signature is this key's, and not a byte was changed since.
    public record Signed(AuditKey key) implements Check {}

    /// It is not what was signed, or was never signed.
    public record Broken(String why) implements Check {}

    /// Whether a document claims to be a report.
    public static boolean isReport(byte[] document) {
        byte[] head = HEAD.getBytes(StandardCharsets.US_ASCII);
        return document.length >= head.length && Arrays.equals(document, 0, head.length, head, 0, head.length);
    }

    /// Checks a report's signature by the key that it names itself; whether that is a key to trust, the caller decides.
    public static Check check(byte[] document) {
        if (!isReport(document)) {
            return new Broken("it does not begin as a report does");
        }
        int from = Math.max(0, document.length - LONGEST_MEMBER);
        String end = new String(document, from, document.length - from, StandardCharsets.ISO_8859_1);
        int at = end.lastIndexOf(",\n  \"signature\" : {");
        Matcher member = MEMBER.matcher(at < 0 ? "" : end.substring(at));
        if (!member.matches()) {
            return new Broken("its last member is no signature");
        }
        try {
            AuditKey key = AuditKey.decode(Base64.getDecoder().decode(member.group(2)));
            byte[] signature = Base64.getDecoder().decode(member.group(3));
            // Base64 has more than one spelling for some bytes; only ours counts
            boolean isOurs =
                    Arrays.equals(member(key, signature), Arrays.copyOfRange(document, from + at, document.length));
            return isOurs && key.verifies(Arrays.copyOf(document, from + at), signature)
                    ? new Signed(key)
                    : new Broken("its signature is not over these bytes");
        } catch (IllegalArgumentException noKey) {
            return new Broken("its signature is unreadable");
        }
    }

    /// The last member and the end of the document.
    static byte[] member(AuditKey key, byte[] signature) {
        String text = ",\n  \"signature\" : { \"algorithm\" : \"Ed25519\", \"key_id\" : \"" + key.id()
                + "\", \"public_key\" : \"" + Base64.getEncoder().encodeToString(key.encoded()) + "\", \"value\" : \""
                + Base64.getEncoder().encodeToString(signature) + "\" }\n}\n";
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
