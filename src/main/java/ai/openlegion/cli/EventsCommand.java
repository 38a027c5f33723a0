package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `events`: everything that is decided, as it is decided or from any place on.
@Command(
        name = "events",
        description = {
            "Follows everything that is decided: calls, denials, messages, writes, what the operator does.",
            "Lists are separated by commas. Ends with Ctrl-C, or when the mesh stops."
        })
final class EventsCommand implements Callable<Integer> {
    private static final String DATA = "data: ";

    private final OpenLegion root;

    @Option(names = "--agent", paramLabel = "AGENTS", description = "Only what these did, or what was done to them.")
    private @Nullable String agents;

    @Option(
            names = "--action",
            paramLabel = "ACTIONS",
            description = "Only actions that begin so: blackboard for blackboard.write and its like.")
    private @Nullable String actions;

    @Option(names = "--decision", paramLabel = "DECISIONS", description = "Only decisions that begin so: denied.")
    private @Nullable String decisions;

    @Option(
            names = "--after",
            paramLabel = "NUMBER",
            description = "Begins behind this event; 0 = with the first (default: now).")
    private @Nullable Long after;

    @Option(
            names = "--no-follow",
            negatable = false,
            description = "Prints what there is and ends (from the first on, without --after).")
    private boolean once;

    @Option(names = "--json", description = "Prints each event as one line of JSON.")
    private boolean json;

    EventsCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        String last = after == null ? "" : after.toString();
        try (MeshClient mesh = MeshClient.of(root.home());
                BufferedReader lines = mesh.stream(path())) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    last = line.substring("id: ".length());
                } else if (line.startsWith(DATA) && !print(line.substring(DATA.length()))) {
                    return 0; // nobody reads any more
                }
            }
        } catch (IOException broken) {
            throw ended(last);
        }
        if (!once) {
            throw ended(last);
        }
        return 0;
    }

    private static CommandFailure ended(String last) {
        return CommandFailure.failed("the mesh ended the stream"
                + (last.isEmpty() ? "" : "; go on where it ended with: openlegion events --after " + last));
    }

    private String path() {
        StringBuilder path = new StringBuilder("/control/events?follow=" + !once);
        Long from = after == null && once ? Long.valueOf(0) : after;
        add(path, "after", from == null ? null : from.toString());
        add(path, "agent", agents);
        add(path, "action", actions);
        add(path, "decision", decisions);
        return path.toString();
    }

    private static void add(StringBuilder path, String name, @Nullable String value) {
        if (value != null) {
            path.append('&').append(name).append('=').append(MeshClient.encoded(value));
        }
    }

    private boolean print(String data) {
        Terminal terminal = root.terminal();
        if (json) {
            terminal.json(data);
        } else {
            JsonObject event = new JsonObject(data);
            String decision = event.getString("decision", "");
            boolean refused =
                    decision.startsWith("denied") || decision.startsWith("refused") || decision.startsWith("blocked");
            String shown = Terminal.harmless(decision);
            terminal.print(String.format(
                            "%8d  %-24s  %-16s  %-18s  ",
                            event.getLong("seq", 0L),
                            event.getString("time", ""),
                            Terminal.harmless(event.getString("actor", "")),
                            Terminal.harmless(event.getString("action", "")))
                    + (refused ? terminal.bad(shown) : shown) + "  "
                    + Terminal.harmless(event.getString("resource", "")));
        }
        return !terminal.out().checkError();
    }
}
