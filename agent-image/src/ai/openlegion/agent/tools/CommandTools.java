package ai.openlegion.agent.tools;

import ai.openlegion.agent.command.CommandResult;
import ai.openlegion.agent.command.Commands;
import ai.openlegion.agent.files.Confined;
import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.self.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `run_command`.
final class CommandTools {

    private static final int SECONDS = 30;
    private static final int MOST_SECONDS = 300;

    /// An argument of a process has at most 128 KiB on Linux, in bytes.
    private static final int COMMAND_CHARS = 32_000;

    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final Confined files;
    private final Commands commands;

    private CommandTools(Confined files, Commands commands) {
        this.files = files;
        this.commands = commands;
    }

    /// @param alone as [Commands] has it
    static List<Tool> of(Settings settings, Confined files, boolean alone) throws IOException {
        var tools = new CommandTools(files, new Commands(environment(settings), alone));
        return List.of(new CheckedTool(
                "run_command",
                "Runs a command in a shell and gives back exit_code, stdout and stderr, together at most 100 KB. Whatever"
                        + " it leaves running ends with it. There is no network but the mesh.",
                List.of(
                        Parameter.text("command", "What the shell is given", COMMAND_CHARS),
                        Parameter.whole("timeout", "Seconds that it may take, " + SECONDS + " unless said", 1, MOST_SECONDS)
                                .optional(),
                        Parameter.text("workdir", "Folder to run it in, relative to the data folder", 4096)
                                .orEmpty()
                                .optional()),
                Duration.ofSeconds(MOST_SECONDS + 20),
                (context, arguments) -> tools.run(arguments)));
    }

    /// Nothing of the agent's own environment: it holds its tokens. A command that looks for them in `/proc` finds them
    /// all the same, as it runs as the same user; see [ai.openlegion.agent.self.Redaction].
    private static Map<String, String> environment(Settings settings) throws IOException {
        Path home = settings.data().toRealPath();
        return Map.of(
                "PATH", PATH,
                "HOME", home.toString(),
                "LANG", "C.UTF-8",
                "TERM", "dumb",
                "AGENT_ID", settings.agentId(),
                "AGENT_ROLE", settings.role());
    }

    private Object run(Members arguments) throws IOException, InterruptedException, WrongArgument {
        String command = arguments.text("command").orElseThrow();
        if (command.indexOf('\0') >= 0) {
            throw new WrongArgument("command holds a NUL character");
        }
        long seconds = arguments.whole("timeout").orElse((long) SECONDS);
        Path folder = files.folder(arguments.text("workdir").orElse(""));
        CommandResult result = commands.run(command, folder, Duration.ofSeconds(seconds));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("exit_code", result.exitCode());
        // before the output: a long one may be cut off on its way to the model
        if (result.timedOut()) {
            answer.put("error", "it was ended after " + seconds + " s, with all that it had started");
        }
        if (result.truncated()) {
            answer.put("truncated", true);
        }
        answer.put("stdout", result.out());
        answer.put("stderr", result.err());
        return answer;
    }
}
