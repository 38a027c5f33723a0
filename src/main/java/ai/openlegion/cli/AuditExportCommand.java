package ai.openlegion.cli;

import ai.openlegion.evidence.Evidence;
import ai.openlegion.evidence.EvidenceException;
import ai.openlegion.evidence.Exported;
import ai.openlegion.evidence.Range;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `audit export`: writes the log, or a part of it, as a file that can be verified without the home.
@Command(
        name = "export",
        description = {
            "Writes the log, or a part of it, to FILE (- or none: to the output) as JSON lines that can be verified",
            "anywhere: openlegion audit verify FILE. A file is readable by its owner only, and put in place whole."
        })
final class AuditExportCommand implements Callable<Integer> {
    private static final int BUFFER = 1 << 16;

    private final OpenLegion root;

    @Parameters(paramLabel = "FILE", arity = "0..1", description = "Where to; - is the output.")
    private @Nullable String file;

    @Option(names = "--from", paramLabel = "SEQ", description = "The first entry's number.")
    private @Nullable Long from;

    @Option(
            names = "--to",
            paramLabel = "SEQ|DATE",
            description = "The last entry's number, or the day it is of (UTC).")
    private @Nullable String to;

    @Option(
            names = "--since",
            paramLabel = "DATE",
            description = "The first entry's day (UTC) or time: 2026-11-22, 2026-11-22T17:00:00Z.")
    private @Nullable String since;

    AuditExportCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        Range range = range();
        Evidence evidence = AuditCommand.evidence(root);
        try {
            Exported exported;
            if (file == null || file.equals("-")) {
                OutputStream out = new BufferedOutputStream(root.terminal().out(), BUFFER);
                exported = evidence.export(range, out);
                if (root.terminal().out().checkError()) {
                    throw CommandFailure.failed("the output was closed before all was written");
                }
            } else {
                exported = toFile(evidence, range, Path.of(file));
            }
            root.terminal()
                    .err()
                    .println("exported " + exported.entries() + " entries"
                            + (exported.entries() == 0
                                    ? ""
                                    : ", " + exported.first() + " to " + exported.last() + ", with "
                                            + exported.checkpoints() + " checkpoints"));
            return 0;
        } catch (EvidenceException unreadable) {
            throw AuditCommand.failure(unreadable);
        } catch (IOException unwritable) {
            throw CommandFailure.failed("cannot write the export: " + unwritable.getMessage());
        }
    }

    private static Exported toFile(Evidence evidence, Range range, Path target) throws EvidenceException, IOException {
        Path unfinished = target.resolveSibling(target.getFileName() + ".tmp");
        Files.deleteIfExists(unfinished);
        try {
            Exported exported;
            var _ = Files.createFile(
                    unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (OutputStream out =
                    new BufferedOutputStream(Files.newOutputStream(unfinished, StandardOpenOption.WRITE), BUFFER)) {
                exported = evidence.export(range, out);
            }
            var _ = Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return exported;
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private Range range() throws CommandFailure {
        Long toSeq = null;
        Long untilMillis = null;
        if (to != null) {
            if (to.matches("\\d{1,18}")) {
                toSeq = Long.valueOf(to);
            } else {
                untilMillis = millis("--to", to, 1);
            }
        }
        Long sinceMillis = since == null ? null : Long.valueOf(millis("--since", since, 0));
        return new Range(from, toSeq, sinceMillis, untilMillis);
    }

    /* A day as an end counts whole. */
    private static long millis(String option, String text, int daysAfter) throws CommandFailure {
        try {
            return text.contains("T")
                    ? Instant.parse(text).toEpochMilli()
                    : LocalDate.parse(text)
                            .plusDays(daysAfter)
                            .atStartOfDay(ZoneOffset.UTC)
                            .toInstant()
                            .toEpochMilli();
        } catch (DateTimeException | ArithmeticException malformed) {
            throw CommandFailure.misused(
                    option + " takes a day such as 2026-11-22 or a time such as" + " 2026-11-22T17:00:00Z");
        }
    }
}
