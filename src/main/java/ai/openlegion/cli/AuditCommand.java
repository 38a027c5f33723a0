package ai.openlegion.cli;

import ai.openlegion.config.Configuration;
import ai.openlegion.config.MeshSettings;
import ai.openlegion.config.Problems;
import ai.openlegion.evidence.Evidence;
import ai.openlegion.evidence.EvidenceException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `audit`: the log of every decision, as evidence. Its commands work on the home's files, whether or not the mesh is
/// up: what proves that nobody touched the log must not be asked of what wrote it.
@Command(
        name = "audit",
        description = {
            "Checks the log of every decision, exports it, reports on it, and shows the key that signs it.",
            "Works whether or not the mesh is up."
        })
final class AuditCommand implements Runnable {

    @Spec
    private @Nullable CommandSpec spec;

    private AuditCommand() {}

    static CommandLine line(OpenLegion root) {
        return new CommandLine(new AuditCommand())
                .addSubcommand(new AuditVerifyCommand(root))
                .addSubcommand(new AuditExportCommand(root))
                .addSubcommand(new AuditReportCommand(root))
                .addSubcommand(new AuditKeyCommand(root));
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "which command?");
        }
    }

    /// The evidence in the home, where its `mesh.yaml` says that it is.
    static Evidence evidence(OpenLegion root) throws CommandFailure {
        Problems problems = new Problems();
        MeshSettings settings = Configuration.settings(root.home(), problems).orElseThrow(() -> {
            problems.list().forEach(problem -> root.terminal().err().println(problem));
            return CommandFailure.misused("config/mesh.yaml has a mistake");
        });
        return Evidence.of(settings);
    }

    static CommandFailure failure(EvidenceException cause) {
        return cause.misused() ? CommandFailure.misused(cause.sentence()) : CommandFailure.failed(cause.sentence());
    }
}
