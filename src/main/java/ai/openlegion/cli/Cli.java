package ai.openlegion.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
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
        return commandLine(terminal, System.getenv(), arguments).execute(arguments);
    }

    private static CommandLine commandLine(Terminal terminal, Map<String, String> environment, String[] arguments) {
        OpenLegion root = new OpenLegion(terminal, environment);
        Ansi ansi = terminal.colour() ? Ansi.ON : Ansi.OFF;
        ColorScheme colours = CommandLine.Help.defaultColorScheme(ansi);
        CommandLine line = new CommandLine(root);
        Map<String, Supplier<Object>> all = commands(root);
        Set<String> named = new HashSet<>(all.keySet());
        named.retainAll(List.of(arguments));
        all.forEach((name, command) -> {
            if (named.isEmpty() || named.contains(name)) {
                var _ = line.addSubcommand(command.get());
            }
        });
        return line
                // an argument that begins with @ is for its command: the file of an input
                .setExpandAtFiles(false)
                .setColorScheme(colours)
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler((failure, _) -> refuse(failure, terminal))
                .setExecutionExceptionHandler((failure, _, _) -> fail(failure, terminal));
    }

    /* Each takes milliseconds to set up: only those are that an argument names, all where none does. */
    private static Map<String, Supplier<Object>> commands(OpenLegion root) {
        Map<String, Supplier<Object>> all = new LinkedHashMap<>();
        all.put("start", () -> new StartCommand(root));
        all.put("stop", () -> new StopCommand(root));
        all.put("status", () -> new StatusCommand(root));
        all.put("reload", () -> new ReloadCommand(root));
        all.put("budget", () -> new BudgetCommand(root));
        all.put("explain", () -> new ExplainCommand(root));
        all.put("agents", () -> AgentsCommand.line(root));
        all.put("chat", () -> new ChatCommand(root));
        all.put("logs", () -> new LogsCommand(root));
        all.put("send", () -> new SendCommand(root));
        all.put("task", () -> new TaskCommand(root));
        all.put("blackboard", () -> BlackboardCommand.line(root));
        all.put("cron", () -> CronCommand.line(root));
        all.put("workflow", () -> WorkflowCommand.line(root));
        all.put("events", () -> new EventsCommand(root));
        all.put("init", () -> new InitCommand(root));
        all.put("check", () -> new CheckCommand(root));
        all.put("token", () -> new TokenCommand(root));
        all.put("connect", () -> new ConnectCommand(root));
        all.put("vault", () -> VaultCommand.line(root));
        all.put("audit", () -> AuditCommand.line(root));
        all.put("models", () -> ModelsCommand.line(root));
        all.put("simulate", () -> new SimulateCommand(root));
        all.put("rehearse", () -> new RehearseCommand());
        return all;
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
