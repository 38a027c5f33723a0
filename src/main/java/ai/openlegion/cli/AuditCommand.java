package ai.openlegion.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import org.jspecify.annotations.Nullable;

/// `audit`: what is made of the log of every decision.
@Command(name = "audit", description = "The log of every decision: its evidence report.")
final class AuditCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    private AuditCommand() {}

    static CommandLine line(OpenLegion root) {
        return new CommandLine(new AuditCommand()).addSubcommand(new AuditReportCommand(root));
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "which command?");
        }
    }
}
