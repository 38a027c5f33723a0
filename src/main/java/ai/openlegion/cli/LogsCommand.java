package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `logs`: what an agent writes to its standard streams.
@Command(
        name = "logs",
        description = {
            "Prints what AGENT wrote to its standard streams, as it wrote it.",
            "On a terminal, what would steer it is shown as an escape: an agent may write anything.",
            "With --json a line is {\"line\": …}; of one beyond 65536 characters, what comes before is {\"part\": …}."
        })
final class LogsCommand implements Callable<Integer> {
    private static final int PIECE_BYTES = 8192;

    /// An agent need not end its lines; a longer one is told in parts.
    private static final int MOST_CHARS = 65_536;

    private final OpenLegion root;

    @Parameters(paramLabel = "AGENT", description = "The agent's id; one that the mesh runs.")
    private String agent = "";

    @Option(names = "--tail", paramLabel = "N", description = "How many lines from the end, 0 to 10000 (default: 100).")
    private int tail = 100;

    @Option(
            names = {"-f", "--follow"},
            description = "Goes on with what it writes from now on, until Ctrl-C or the agent's end.")
    private boolean follow;

    @Option(names = "--json", description = "Prints each line as one line of JSON.")
    private boolean json;

    LogsCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        try (MeshClient mesh = MeshClient.of(root.home())) {
            int lines = tail;
            JsonLines told = new JsonLines(root.terminal());
            // the mesh closes a connection on which nothing was written for a while; the agent may just be silent
            while (!pass(mesh, lines, told)) {
                lines = 0;
            }
            told.rest();
            return 0;
        }
    }

    /// Whether it came to its end.
    private boolean pass(MeshClient mesh, int lines, JsonLines told) throws CommandFailure {
        String path = "/control/agents/" + MeshClient.encoded(agent) + "/logs?tail=" + lines + "&follow=" + follow;
        try (LiveAnswer answer = mesh.live("GET", path, null)) {
            InputStream body = answer.body();
            try {
                copy(body, told);
                return true;
            } catch (IOException cut) {
                if (!follow) {
                    throw CommandFailure.failed("the mesh broke the output off");
                }
                return false;
            }
        } catch (IOException gone) {
            throw CommandFailure.failed("the mesh does not answer any more");
        }
    }

    private void copy(InputStream body, JsonLines told) throws IOException {
        Terminal terminal = root.terminal();
        byte[] bytes = new byte[PIECE_BYTES];
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        ByteBuffer pending = ByteBuffer.allocate(PIECE_BYTES + 8);
        CharBuffer chars = CharBuffer.allocate(PIECE_BYTES + 8);
        SafeText safe = new SafeText();
        for (int read = body.read(bytes); read >= 0 && !terminal.out().checkError(); read = body.read(bytes)) {
            if (json || terminal.isTerminal()) {
                pending.put(bytes, 0, read).flip();
                var _ = decoder.decode(pending, chars, false);
                var _ = pending.compact();
                String text = chars.flip().toString();
                if (json) {
                    told.next(text);
                } else {
                    terminal.out().print(safe.next(text));
                }
                var _ = chars.clear();
            } else {
                terminal.out().write(bytes, 0, read);
            }
            terminal.out().flush();
        }
        if (!json && terminal.isTerminal()) {
            terminal.out().print(safe.rest());
        }
    }

    /// Text that comes in pieces, as a line of JSON for each of its lines.
    private static final class JsonLines {

        private final Terminal terminal;
        private final StringBuilder begun = new StringBuilder();

        JsonLines(Terminal terminal) {
            this.terminal = terminal;
        }

        void next(String piece) {
            for (int place = 0; place < piece.length(); place++) {
                char c = piece.charAt(place);
                if (c == '\n') {
                    tell("line");
                } else {
                    begun.append(c);
                    if (begun.length() >= MOST_CHARS && !Character.isHighSurrogate(c)) {
                        tell("part");
                    }
                }
            }
        }

        void rest() {
            if (!begun.isEmpty()) {
                tell("line");
            }
        }

        private void tell(String member) {
            terminal.json(new JsonObject().put(member, begun.toString()).encode());
            begun.setLength(0);
        }
    }
}
