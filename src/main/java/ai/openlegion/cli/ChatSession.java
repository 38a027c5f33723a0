package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReader.Option;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/// A talk with an agent on a terminal: a line editor with a history, and the answers as they come.
final class ChatSession {
    private static final int HISTORY_LINES = 1_000;
    private static final int TOOL_CHARS = 160;
    private static final String HELP = """
            Whatever you type goes to the agent. Besides:
              /reset       forgets the talk so far
              /steer TEXT  interjects into what the agent is working on
              /help        tells of these
              Ctrl-C ends an answer that is coming, or empties the line; Ctrl-D ends the talk""";

    private final OpenLegion root;
    private final MeshClient mesh;
    private final String agent;
    private final String path;
    /// What Ctrl-C ends; none between two answers.
    private final AtomicReference<@Nullable LiveAnswer> coming = new AtomicReference<>();

    ChatSession(OpenLegion root, MeshClient mesh, String agent, String path) {
        this.root = root;
        this.mesh = mesh;
        this.agent = agent;
        this.path = path;
    }

    /// Talks until the operator ends it.
    void run() throws IOException, CommandFailure {
        demandAgent();
        try (org.jline.terminal.Terminal terminal =
                TerminalBuilder.builder().system(true).build()) {
            // for the whole talk, and not for each answer: a Ctrl-C between two handlers would end the process
            var _ = terminal.handle(Signal.INT, _ -> interrupt());
            DefaultParser parser = new DefaultParser();
            parser.setEscapeChars(null);
            parser.setQuoteChars(new char[0]);
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .appName("openlegion")
                    .parser(parser)
                    .variable(LineReader.HISTORY_FILE, history())
                    .variable(LineReader.HISTORY_SIZE, HISTORY_LINES)
                    .variable(LineReader.HISTORY_FILE_SIZE, HISTORY_LINES)
                    .option(Option.DISABLE_EVENT_EXPANSION, true)
                    .build();
            PrintWriter out = terminal.writer();
            out.println("talking with " + agent + "; /help tells what else there is, Ctrl-D ends");
            while (true) {
                String line = line(reader);
                if (line == null) {
                    return;
                }
                try {
                    obey(line.strip(), terminal);
                } catch (CommandFailure refused) {
                    out.println("openlegion: " + refused.message());
                }
                out.flush();
            }
        }
    }

    /* An unknown name should not be found out only after a message is written. */
    private void demandAgent() throws CommandFailure {
        boolean known = mesh.demand("GET", "/control/agents", null).array().stream()
                .anyMatch(each -> each instanceof JsonObject entry && agent.equals(entry.getString("id")));
        if (!known) {
            throw CommandFailure.failed(
                    "there is no agent " + Terminal.harmless(agent) + "; openlegion agents lists those there are");
        }
    }

    private Path history() throws IOException {
        Path file = root.home().data().resolve("chat_history");
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException before) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        return file;
    }

    /// The next line; null at the end.
    private @Nullable String line(LineReader reader) {
        try {
            String line = reader.readLine(agent + "> ");
            // a Ctrl-C that came together with the end of the line
            var _ = Thread.interrupted();
            return line;
        } catch (UserInterruptException emptied) {
            return "";
        } catch (EndOfFileException end) {
            return null;
        }
    }

    private void obey(String line, org.jline.terminal.Terminal terminal) throws CommandFailure {
        PrintWriter out = terminal.writer();
        if (line.isEmpty()) {
            return;
        }
        if (line.equals("/help")) {
            out.println(HELP);
        } else if (line.equals("/reset")) {
            mesh.demand("POST", path + "/chat/reset", null);
            out.println("the agent has forgotten this talk");
        } else if (line.startsWith("/steer ")) {
            mesh.demand(
                    "POST",
                    path + "/message",
                    new JsonObject().put("message", line.substring(7)).put("kind", "steer"));
            out.println("delivered to " + agent);
        } else if (line.startsWith("/")) {
            out.println("there is no " + line.split("\\s", 2)[0] + "; /help tells what there is");
        } else {
            ask(line, terminal);
        }
    }

    private void ask(String message, org.jline.terminal.Terminal terminal) throws CommandFailure {
        PrintWriter out = terminal.writer();
        Shown shown = new Shown(out);
        try (LiveAnswer answer = mesh.live("POST", path + "/chat", new JsonObject().put("message", message))) {
            coming.set(answer);
            try {
                JsonObject done = new ChatTurn(shown).follow(answer);
                shown.end(ChatTurn.text(done, "response"));
            } catch (IOException broken) {
                // asked in here, while nobody but Ctrl-C can have closed it
                shown.end("");
                if (!answer.isClosed()) {
                    throw CommandFailure.failed("the mesh broke the answer off; is it stopping?");
                }
                out.println(root.terminal().dim("(ended)"));
            }
        } finally {
            coming.set(null);
        }
    }

    private void interrupt() {
        LiveAnswer answer = coming.get();
        if (answer != null) {
            answer.close();
        }
    }

    /// An answer on the terminal: the agent's text as it comes, and its tools dimmed between.
    private final class Shown implements ChatTurn.Listener {
        private final PrintWriter out;
        private final SafeText safe = new SafeText();
        private boolean any;
        private boolean inLine;

        Shown(PrintWriter out) {
            this.out = out;
        }

        @Override
        public void text(String delta) {
            String text = safe.next(delta);
            out.print(text);
            out.flush();
            any = true;
            inLine = text.isEmpty() ? inLine : !text.endsWith("\n");
        }

        @Override
        public void toolStarts(String name, String input) {
            tool("> " + name + " " + input);
        }

        @Override
        public void toolEnded(String name, String output) {
            tool("< " + name + " " + output);
        }

        /// The answer is whole; one that was not streamed is shown now.
        void end(String response) {
            out.print(any ? safe.rest() : SafeText.of(response));
            if (inLine || (!any && !response.isEmpty())) {
                out.println();
            }
            out.flush();
        }

        private void tool(String text) {
            if (inLine) {
                out.println();
                inLine = false;
            }
            String line = Terminal.harmless(text.length() <= TOOL_CHARS ? text : text.substring(0, TOOL_CHARS) + "…");
            out.println(root.terminal().dim(line));
            out.flush();
        }
    }
}
