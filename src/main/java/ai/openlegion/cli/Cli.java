package ai.openlegion.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.logging.LogManager;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.ParameterException;

/// The command line as a function from arguments to an exit code.
public final class Cli {

    private Cli() {}

    /// Runs one command to its end.
    ///
    /// @return 0 done, 1 the operation failed, 2 bad configuration or arguments, 3 the machine lacks something
    public static int run(String[] arguments, PrintStream out, PrintStream err) {
        configureLogging();
        Terminal terminal = new Terminal(
                out, err, Boolean.getBoolean("openlegion.colour"), Boolean.getBoolean("openlegion.terminal"));
        return commandLine(terminal, System.getenv()).execute(arguments);
    }

    private static CommandLine commandLine(Terminal terminal, Map<String, String> environment) {
        OpenLegion root = new OpenLegion(terminal, environment);
        Ansi ansi = terminal.colour() ? Ansi.ON : Ansi.OFF;
        ColorScheme colours = CommandLine.Help.defaultColorScheme(ansi);
        return new CommandLine(root)
                .addSubcommand(new StartCommand(root))
                .addSubcommand(new StopCommand(root))
                .addSubcommand(new StatusCommand(root))
                .addSubcommand(new ReloadCommand(root))
                .addSubcommand(new BudgetCommand(root))
                .addSubcommand(new ExplainCommand(root))
                .addSubcommand(AgentsCommand.line(root))
                .addSubcommand(new ChatCommand(root))
                .addSubcommand(new LogsCommand(root))
                .addSubcommand(new SendCommand(root))
                .addSubcommand(new TaskCommand(root))
                .addSubcommand(BlackboardCommand.line(root))
                .addSubcommand(CronCommand.line(root))
                .addSubcommand(WorkflowCommand.line(root))
                .addSubcommand(new EventsCommand(root))
                .addSubcommand(new InitCommand(root))
                .addSubcommand(new CheckCommand(root))
                .addSubcommand(new TokenCommand(root))
                .addSubcommand(new ConnectCommand(root))
                .addSubcommand(VaultCommand.line(root))
                .addSubcommand(AuditCommand.line(root))
                .addSubcommand(ModelsCommand.line(root))
                .addSubcommand(new SimulateCommand(root))
                .addSubcommand(new RehearseCommand())
                // an argument that begins with @ is for its command: the file of an input
                .setExpandAtFiles(false)
                .setColorScheme(colours)
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler((failure, _) -> refuse(failure, terminal))
                .setExecutionExceptionHandler((failure, _, _) -> fail(failure, terminal));
    }

    private static int refuse(ParameterException failure, Terminal terminal) {
        CommandLine command = failure.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        terminal.error(oneLine(Objects.requireNonNullElse(failure.getMessage(), "wrong arguments")) + " (see " + name
                + " --help)");
        return CommandLine.ExitCode.USAGE;
    }

    private static int fail(Exception failure, Terminal terminal) {
        if (failure instanceof CommandFailure expected) {
            terminal.error(expected.message());
            return expected.exitCode();
        }
        terminal.error("failed: " + oneLine(failure.toString()));
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    /* Netty and Vert.x log through java.util.logging; what they say below a warning is noise to an operator. */
    private static void configureLogging() {
        try (InputStream settings = Cli.class.getResourceAsStream("logging.properties")) {
            LogManager.getLogManager().readConfiguration(settings);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
