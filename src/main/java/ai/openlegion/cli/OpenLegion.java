package ai.openlegion.cli;

import ai.openlegion.config.Home;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// The command `openlegion` itself: what all commands share, and the help when none is named.
@Command(
        name = "openlegion",
        description = "Hosts fleets of AI agents that are assumed to be compromised.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = OpenLegion.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 done, 1 the operation failed, 2 bad configuration or arguments,",
            "3 the machine lacks something."
        })
final class OpenLegion implements Runnable {
    private final Terminal terminal;
    private final Map<String, String> environment;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--home",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "The home folder (default: $OPENLEGION_HOME, else ./.openlegion).")
    private @Nullable String homeFlag;

    OpenLegion(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    Terminal terminal() {
        return terminal;
    }

    Map<String, String> environment() {
        return environment;
    }

    Home home() {
        return Home.of(homeFlag, environment);
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "which command?");
        }
    }

    /// The version of this build, from the jar's manifest.
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"openlegion " + current()};
        }

        static String current() {
            String version = OpenLegion.class.getPackage().getImplementationVersion();
            return version == null ? "from sources" : version;
        }
    }
}
