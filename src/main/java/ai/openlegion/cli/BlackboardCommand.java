package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blackboard`: the entries that agents share; `blackboard get KEY`: one of them, whole.
@Command(
        name = "blackboard",
        description = "Lists the blackboard's entries, all or those whose key begins with PREFIX.")
final class BlackboardCommand implements Callable<Integer> {
    private static final int SHOWN_CHARS = 60;

    private final OpenLegion root;

    @Parameters(arity = "0..1", paramLabel = "PREFIX", description = "How the keys begin.")
    private @Nullable String prefix;

    @Option(names = "--json", description = "Prints the entries as one JSON array.")
    private boolean json;

    private BlackboardCommand(OpenLegion root) {
        this.root = root;
    }

    static CommandLine line(OpenLegion root) {
        return new CommandLine(new BlackboardCommand(root)).addSubcommand(new Get(root));
    }

    @Override
    public Integer call() throws CommandFailure {
        Terminal terminal = root.terminal();
        Table table = new Table(terminal, List.of("KEY", "VERSION", "WRITTEN BY", "UPDATED", "TTL", "VALUE"));
        boolean any = false;
        try (MeshClient mesh = MeshClient.of(root.home())) {
            String path = "/control/blackboard?limit=1000&prefix=" + MeshClient.encoded(prefix == null ? "" : prefix);
            String opening = "[";
            // page by page: all of a blackboard need not fit in here
            while (path != null && !terminal.out().checkError()) {
                MeshClient.Answer page = mesh.demand("GET", path, null);
                path = page.next();
                String entries = inner(page.body());
                if (json) {
                    terminal.json(
                            opening + (any && !entries.isEmpty() ? "," : "") + entries + (path == null ? "]" : ""));
                    opening = "";
                } else if (!entries.isEmpty()) {
                    table.print(rows(page));
                }
                any |= !entries.isEmpty();
            }
        }
        if (!any && !json) {
            terminal.print(prefix == null ? "the blackboard is empty" : "no key begins so");
        }
        return 0;
    }

    /* Taken as a text: a value's numbers are to stay what they are. */
    private static String inner(String array) {
        String text = array.strip();
        return text.length() < 2 ? "" : text.substring(1, text.length() - 1).strip();
    }

    private static List<List<String>> rows(MeshClient.Answer page) throws CommandFailure {
        List<List<String>> rows = new ArrayList<>();
        List<String> values = ExactJson.members(page.body(), "value", false);
        for (Object each : page.array()) {
            if (each instanceof JsonObject entry) {
                rows.add(row(entry, values.get(rows.size())));
            }
        }
        return rows;
    }

    private static List<String> row(JsonObject entry, String value) {
        Integer ttl = entry.getInteger("ttl");
        return Arrays.asList(
                entry.getString("key", ""),
                String.valueOf(entry.getLong("version")),
                entry.getString("written_by", ""),
                entry.getString("updated_at", ""),
                ttl == null ? "-" : ttl + "s",
                value.length() <= SHOWN_CHARS ? value : value.substring(0, SHOWN_CHARS) + "…");
    }

    /// `blackboard get`: one entry.
    @Command(name = "get", description = "Prints the entry at KEY: its value, who wrote it, its version.")
    static final class Get implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "KEY", description = "The whole key.")
        private String key = "";

        @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
        private boolean json;

        Get(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            if (key.isBlank()) {
                throw CommandFailure.misused("KEY is empty; openlegion blackboard lists the keys there are");
            }
            String path = Arrays.stream(key.split("/", -1))
                    .map(MeshClient::encoded)
                    .collect(Collectors.joining("/", "/control/blackboard/", ""));
            try (MeshClient mesh = MeshClient.of(root.home())) {
                MeshClient.Answer answer = mesh.demand("GET", path, null);
                Terminal terminal = root.terminal();
                if (json) {
                    terminal.json(answer.body());
                    return 0;
                }
                JsonObject entry = answer.json();
                terminal.print(Terminal.harmless(entry.getString("key", "")) + "  version " + entry.getLong("version")
                        + ", written by " + entry.getString("written_by") + " at " + entry.getString("updated_at"));
                ExactJson.members(answer.body(), "value", true).stream()
                        .flatMap(String::lines)
                        .map(Terminal::harmless)
                        .forEach(terminal::print);
                return 0;
            }
        }
    }
}
