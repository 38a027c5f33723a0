package ai.openlegion.cli;

import ai.openlegion.config.Configuration;
import ai.openlegion.config.Loaded;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Problem;
import ai.openlegion.config.Problems;
import ai.openlegion.evidence.EvidenceException;
import ai.openlegion.evidence.Finding;
import ai.openlegion.evidence.report.EvidenceReport;
import ai.openlegion.evidence.report.EvidenceReport.Made;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `audit report`: what each agent may, did, spent and was denied, as a page to read and as signed JSON; mesh up or
/// down.
@Command(
        name = "report",
        description = {
            "Writes the evidence report, as one page of HTML and as signed JSON: for each agent what it may access, did,",
            "spent and was denied, what the operator did, and what proves it. The mesh may run or not."
        })
final class AuditReportCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Option(
            names = "--since",
            paramLabel = "DATE|SEQ",
            description = "From this UTC day, instant or entry on (default: the first entry).")
    private @Nullable String since;

    @Option(
            names = "--until",
            paramLabel = "DATE|SEQ",
            description = "Up to this UTC day or entry, which count, or this instant (default: the last entry).")
    private @Nullable String until;

    @Option(names = "--out", paramLabel = "DIR", description = "The folder that gets the files (default: this one).")
    private Path out = Path.of("");

    @Option(names = "--json", description = "Prints what was made as JSON.")
    private boolean json;

    AuditReportCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        Problems problems = new Problems();
        Loaded files = Configuration.load(root.home(), root.environment(), Overrides.NONE, problems)
                .orElse(null);
        // where another file is invalid mesh.yaml still says where the log and its key are
        Optional<MeshSettings> settings = Configuration.settings(root.home(), new Problems());
        Path data = root.home().data();
        Made made;
        try {
            made = EvidenceReport.make(new EvidenceReport.Wish(
                    settings.map(MeshSettings::databaseFile).orElse(data.resolve("openlegion.db")),
                    settings.map(MeshSettings::auditKeyFile).orElse(data.resolve("audit.key")),
                    flaw(),
                    since,
                    until,
                    files,
                    problems.list().stream().map(Problem::toString).toList(),
                    out,
                    Instant.now(),
                    OpenLegion.Version.current()));
        } catch (IllegalArgumentException noPeriod) {
            throw CommandFailure.misused(String.valueOf(noPeriod.getMessage()));
        } catch (IOException failed) {
            throw CommandFailure.failed(String.valueOf(failed.getMessage()));
        }
        tell(made);
        return made.intact() ? 0 : 1;
    }

    /* The whole check, signatures and all; a report is made also where it fails, and says so. */
    private @Nullable String flaw() {
        try {
            Finding finding = AuditCommand.evidence(root).verify(null, null).finding();
            return finding == null
                    ? null
                    : "Entries " + finding.from() + " to " + finding.to() + " are " + finding.kind() + ": "
                            + finding.why() + ".";
        } catch (EvidenceException unreadable) {
            return "It could not be checked: " + unreadable.sentence() + ".";
        } catch (CommandFailure noSettings) {
            return "It could not be checked: " + noSettings.message() + ".";
        }
    }

    private void tell(Made made) {
        Terminal terminal = root.terminal();
        if (json) {
            terminal.print(new JsonObject()
                    .put("page", made.page().toString())
                    .put("json", made.json().toString())
                    .put("entries", made.entries())
                    .put("agents", made.agents())
                    .put("intact", made.intact())
                    .put("signed", made.signed())
                    .put("warnings", new JsonArray(made.warnings()))
                    .encode());
        } else {
            terminal.print(made.page() + "  to read");
            terminal.print(made.json() + "  " + (made.signed() ? "the same, signed" : "the same"));
            terminal.print(made.entries() + " entries, " + made.agents() + " agents, audit trail "
                    + (made.intact() ? terminal.good("intact") : terminal.bad("NOT intact")));
        }
        if (!made.signed()) {
            terminal.err().println("warning: the JSON is not signed: the audit's private key is not in this home");
        }
        made.warnings().forEach(warning -> terminal.err().println("warning: " + Terminal.harmless(warning)));
    }
}
