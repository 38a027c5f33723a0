package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `chat`: talks with an agent, line by line on a terminal, or once.
@Command(
        name = "chat",
        description = {
            "Talks with AGENT: a line editor on a terminal; with MESSAGE, or a message on standard input, once.",
            "In a pipe only the answer is printed. On a terminal: Ctrl-C ends the answer, Ctrl-D the talk,",
            "/reset forgets the talk, /steer TEXT interjects into the agent's work, /help tells of these."
        })
final class ChatCommand implements Callable<Integer> {
    private static final int MOST_BYTES = 60 * 1024;

    private final OpenLegion root;

    @Parameters(index = "0", paramLabel = "AGENT", description = "The agent's id.")
    private String agent = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "MESSAGE", description = "What to say, once.")
    private List<String> words = List.of();

    @Option(names = "--json", description = "Prints the agent's whole answer as JSON; with a message only.")
    private boolean json;

    ChatCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure, IOException {
        try (MeshClient mesh = MeshClient.of(root.home())) {
            String path = "/control/agents/" + MeshClient.encoded(agent);
            if (words.isEmpty() && Boolean.getBoolean("openlegion.interactive") && !json) {
                new ChatSession(root, mesh, agent, path).run();
                return 0;
            }
            once(mesh, path, message());
            return 0;
        }
    }

    private String message() throws CommandFailure, IOException {
        String message = words.isEmpty()
                ? new String(System.in.readNBytes(MOST_BYTES + 1), StandardCharsets.UTF_8).strip()
                : String.join(" ", words);
        if (message.isBlank()) {
            throw CommandFailure.misused("there is no message: give one as MESSAGE or on standard input");
        }
        if (message.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
            throw CommandFailure.misused("a message may have at most " + MOST_BYTES + " bytes");
        }
        return message;
    }

    private void once(MeshClient mesh, String path, String message) throws CommandFailure {
        Terminal terminal = root.terminal();
        SafeText safe = new SafeText();
        boolean streams = terminal.colour() && !json;
        boolean[] any = {false};
        ChatTurn turn = new ChatTurn(new ChatTurn.Listener() {
            @Override
            public void text(String delta) {
                if (streams) {
                    any[0] = true;
                    terminal.out().print(safe.next(delta));
                    terminal.out().flush();
                }
            }

            @Override
            public void toolStarts(String name, String input) {}

            @Override
            public void toolEnded(String name, String output) {}
        });
        try (LiveAnswer answer = mesh.live("POST", path + "/chat", new JsonObject().put("message", message))) {
            JsonObject done = turn.follow(answer);
            if (json) {
                terminal.json(done.encode());
            } else {
                terminal.print(any[0] ? safe.rest() : SafeText.of(ChatTurn.text(done, "response")));
            }
        } catch (IOException broken) {
            throw CommandFailure.failed("the mesh broke the answer off; is it stopping?");
        }
    }
}
