package ai.openlegion.evidence.report;

import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.AuditKeyFiles;
import ai.openlegion.audit.SigningKey;
import ai.openlegion.config.Loaded;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes the evidence report of a home: one page of HTML to read, and the same as signed JSON.
public final class EvidenceReport {

    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private EvidenceReport() {}

    /// What is asked for.
    ///
    /// @param database the mesh's file, whether the mesh runs or not
    /// @param keyFile of the audit's private key, which signs the JSON
    /// @param flaw what the check of the whole log found, in a sentence; null = nothing
    /// @param since as the operator gave it, see [Period#parse]; null = from the first entry
    /// @param until likewise; null = to the last entry
    /// @param files the configuration on disk; null where it is not valid
    /// @param problems why it is not
    /// @param out the folder that gets the files
    public record Wish(
            Path database,
            Path keyFile,
            @Nullable String flaw,
            @Nullable String since,
            @Nullable String until,
            @Nullable Loaded files,
            List<String> problems,
            Path out,
            Instant now,
            String version) {

        public Wish {
            problems = List.copyOf(problems);
        }
    }

    /// What was made.
    ///
    /// @param intact whether the audit held
    /// @param signed whether the JSON is signed
    /// @param warnings what does not hold, one sentence each
    public record Made(
            Path page, Path json, long entries, int agents, boolean intact, boolean signed, List<String> warnings) {

        public Made {
            warnings = List.copyOf(warnings);
        }
    }

    /// Reads one moment of the database, and writes two files that only their owner may read. Existing ones stay.
    ///
    /// @throws IllegalArgumentException with a sentence where the period is none
    /// @throws IOException with a sentence where something cannot be read or written
    public static Made make(Wish wish) throws IOException {
        Period period = Period.parse(wish.since(), wish.until());
        AuditKeyFiles files = AuditKeyFiles.at(wish.keyFile());
        Optional<SigningKey> key = files.key();
        List<AuditKey> keys = files.keys();
        Report report = HomeReader.read(
                wish.database(),
                period,
                wish.files(),
                new ReportReader.Making(
                        wish.now().toEpochMilli(),
                        wish.version(),
                        wish.since(),
                        wish.until(),
                        wish.problems(),
                        wish.flaw(),
                        keys));
        byte[] unsigned = ReportJson.unsigned(report);
        byte[] end = key.isPresent() && !keys.isEmpty()
                ? Seal.member(keys.getFirst(), key.get().sign(unsigned))
                : "\n}\n".getBytes(StandardCharsets.US_ASCII);
        byte[] json = new byte[unsigned.length + end.length];
        System.arraycopy(unsigned, 0, json, 0, unsigned.length);
        System.arraycopy(end, 0, json, unsigned.length, end.length);
        String name = "audit-report-" + NAME.format(wish.now());
        Files.createDirectories(wish.out());
        Path jsonFile = wish.out().resolve(name + ".json");
        Path page = wish.out().resolve(name + ".html");
        write(jsonFile, json);
        write(page, ReportPage.write(report, name + ".json", sha256(json)).getBytes(StandardCharsets.UTF_8));
        return new Made(
                page,
                jsonFile,
                report.tally().entries(),
                report.agents().size(),
                report.trail().intact(),
                key.isPresent(),
                report.warnings());
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        try (var channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer all = ByteBuffer.wrap(bytes);
            while (all.hasRemaining()) {
                int _ = channel.write(all);
            }
        } catch (FileAlreadyExistsException another) {
            throw new IOException(file + " is there already; a report is never overwritten", another);
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
