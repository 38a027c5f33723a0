package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.AuditKeyFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Checks the signature of a report's file, with nothing else at hand but, better, the auditor's own copy of the key.
public final class ReportCheck {

    /// Far above what the largest report has: everything in it is bounded.
    private static final long LARGEST_BYTES = 1L << 29;

    private ReportCheck() {}

    /// What came of it.
    ///
    /// @param ok whether it is as it was signed, by a key that counts
    /// @param told in a sentence without its end
    /// @param keyId who signed it; empty where nobody did
    /// @param fingerprint of that key
    public record Outcome(boolean ok, String told, String keyId, String fingerprint) {}

    /// Whether a file claims to be a report, by its first bytes.
    public static boolean isReport(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Seal.isReport(in.readNBytes(128));
        }
    }

    /// @param publicKey the file of keys that count; null = whichever key the report names itself
    /// @throws IOException with a sentence where a file cannot be read, or is none
    public static Outcome check(Path file, @Nullable Path publicKey) throws IOException {
        if (Files.size(file) > LARGEST_BYTES) {
            throw new IOException(file + " is larger than any report");
        }
        List<AuditKey> trusted = publicKey == null ? List.of() : AuditKeyFiles.keysIn(publicKey);
        if (publicKey != null && trusted.isEmpty()) {
            throw new IOException("there is no file " + publicKey);
        }
        return switch (Seal.check(Files.readAllBytes(file))) {
            case Seal.Broken(String why) -> new Outcome(false, "the report is not as it was signed: " + why, "", "");
            case Seal.Signed(AuditKey key) -> {
                boolean counts = publicKey == null
                        || trusted.stream().anyMatch(own -> own.fingerprint().equals(key.fingerprint()));
                String told = publicKey == null
                        ? "the report is as it was signed by the key that it names itself; compare the fingerprint with"
                                + " one from elsewhere, or give --public-key"
                        : counts
                                ? "the report is as it was signed, by a key in " + publicKey
                                : "the report is signed by a key that is not in " + publicKey;
                yield new Outcome(counts, told, key.id(), key.fingerprint());
            }
        };
    }
}
