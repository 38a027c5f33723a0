package ai.openlegion.cli;

import ai.openlegion.evidence.Evidence;
import ai.openlegion.evidence.EvidenceException;
import ai.openlegion.evidence.Finding;
import ai.openlegion.evidence.Verdict;
import ai.openlegion.evidence.Verdict.KeyRun;
import ai.openlegion.evidence.report.ReportCheck;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `audit verify`: checks the log of the home, or a file that was exported from one.
@Command(
        name = "verify",
        description = {
            "Checks the whole log of the home, or FILE, which was exported from one: that every entry is there, in its",
            "place and as it was written, and that the mesh signed it; or the signature of a report's JSON.",
            "Exits 0 when nothing is wrong, else 1."
        })
final class AuditVerifyCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            description = "An export, or a report's JSON; nothing else is needed.")
    private @Nullable Path file;

    @Option(
            names = "--public-key",
            paramLabel = "FILE",
            description = "Your own copy of the public key: no other signature counts then.")
    private @Nullable Path publicKey;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description = "Checkpoints that were kept elsewhere: the log must agree with each.")
    private @Nullable Path checkpoint;

    @Option(
            names = "--acknowledged",
            paramLabel = "SEQ",
            defaultValue = "0",
            description =
                    "You looked into what the mesh itself reported as audit.check, up to this entry: it is a note.")
    private long acknowledged;

    @Option(names = "--json", description = "Prints the result as JSON.")
    private boolean json;

    AuditVerifyCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (file != null && isReport(file)) {
            return report(file);
        }
        Verdict verdict;
        try {
            verdict = file != null
                    ? Evidence.verify(file, publicKey, checkpoint, acknowledged)
                    : AuditCommand.evidence(root).verify(publicKey, checkpoint, acknowledged);
        } catch (EvidenceException unreadable) {
            throw AuditCommand.failure(unreadable);
        }
        Terminal terminal = root.terminal();
        if (json) {
            terminal.print(asJson(verdict).encode());
        } else {
            print(verdict, terminal);
        }
        return verdict.finding() == null ? 0 : 1;
    }

    private static boolean isReport(Path file) {
        try {
            return Files.isRegularFile(file) && ReportCheck.isReport(file);
        } catch (IOException unreadable) {
            return false;
        }
    }

    private int report(Path file) throws CommandFailure {
        ReportCheck.Outcome outcome;
        try {
            outcome = ReportCheck.check(file, publicKey);
        } catch (IOException | IllegalArgumentException unreadable) {
            throw CommandFailure.failed(String.valueOf(unreadable.getMessage()));
        }
        Terminal terminal = root.terminal();
        if (json) {
            terminal.print(new JsonObject()
                    .put("ok", outcome.ok())
                    .put("told", outcome.told())
                    .put("key_id", outcome.keyId())
                    .put("fingerprint", outcome.fingerprint())
                    .encode());
        } else if (outcome.ok()) {
            terminal.print(terminal.good("ok") + ": " + outcome.told() + "; key " + outcome.keyId()
                    + ", its fingerprint: " + outcome.fingerprint());
        } else {
            terminal.error(Terminal.harmless(outcome.told()));
        }
        return outcome.ok() ? 0 : 1;
    }

    private static void print(Verdict verdict, Terminal terminal) {
        for (String note : verdict.notes()) {
            terminal.err().println("note: " + Terminal.harmless(note));
        }
        Finding finding = verdict.finding();
        if (finding != null) {
            String entries = finding.from() >= finding.to()
                    ? "entry " + finding.from()
                    : "entries " + finding.from() + " to " + finding.to();
            terminal.error("the audit is not as it was written: " + entries + ", " + finding.kind() + ": "
                    + Terminal.harmless(finding.why()));
            return;
        }
        if (verdict.last() < verdict.first()) {
            terminal.print(terminal.good("ok") + ": there is no entry yet");
            return;
        }
        terminal.print(terminal.good("ok") + ": entries " + verdict.first() + " to " + verdict.last()
                + " are as they were written"
                + (verdict.checkpoints() == 0
                        ? ""
                        : "; signed up to entry " + verdict.signedTo() + " at "
                                + Instant.ofEpochMilli(verdict.signedAtMillis())));
        for (KeyRun run : verdict.keys()) {
            terminal.print("key " + run.keyId() + " signed entries " + run.from() + " to " + run.to() + " ("
                    + run.checkpoints() + " checkpoints); its fingerprint: " + run.fingerprint());
        }
    }

    private static JsonObject asJson(Verdict verdict) {
        JsonArray keys = new JsonArray();
        for (KeyRun run : verdict.keys()) {
            keys.add(new JsonObject()
                    .put("key_id", run.keyId())
                    .put("fingerprint", run.fingerprint())
                    .put("from", run.from())
                    .put("to", run.to())
                    .put("checkpoints", run.checkpoints()));
        }
        Finding finding = verdict.finding();
        return new JsonObject()
                .put("ok", finding == null)
                .put("first", verdict.first())
                .put("last", verdict.last())
                .put("signed_to", verdict.signedTo())
                .put(
                        "signed_at",
                        verdict.checkpoints() == 0
                                ? null
                                : Instant.ofEpochMilli(verdict.signedAtMillis()).toString())
                .put("checkpoints", verdict.checkpoints())
                .put("keys", keys)
                .put(
                        "finding",
                        finding == null
                                ? null
                                : new JsonObject()
                                        .put("kind", finding.kind())
                                        .put("from", finding.from())
                                        .put("to", finding.to())
                                        .put("why", finding.why()))
                .put("notes", new JsonArray(verdict.notes()));
    }
}
