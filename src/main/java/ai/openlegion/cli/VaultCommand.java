package ai.openlegion.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vault`: the names of credentials, and the operator's way to store and remove them; a value is shown by none.
@Command(
        name = "vault",
        description = {
            "Lists the credentials by name: where each comes from and what uses it. No command shows a value.",
            "Works whether or not the mesh is up. A running mesh uses a new value from its next call on."
        })
final class VaultCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Option(names = "--json", description = "Prints the answer as JSON.")
    private boolean json;

    private VaultCommand(OpenLegion root) {
        this.root = root;
    }

    static CommandLine line(OpenLegion root) {
        return new CommandLine(new VaultCommand(root))
                .addSubcommand(new Listing(root))
                .addSubcommand(new Set(root))
                .addSubcommand(new Remove(root))
                .addSubcommand(new Rotate(root));
    }

    @Override
    public Integer call() throws CommandFailure {
        return list(root, json);
    }

    private static int list(OpenLegion root, boolean json) throws CommandFailure {
        Terminal terminal = root.terminal();
        VaultOrders.Answer answer = new VaultOrders(root).list();
        if (json) {
            terminal.json(answer.body());
            return 0;
        }
        List<List<String>> rows = new ArrayList<>();
        for (Object each : answer.json().getJsonArray("credentials", new JsonArray())) {
            if (each instanceof JsonObject credential) {
                rows.add(row(credential));
            }
        }
        if (rows.isEmpty()) {
            terminal.print("no credentials; store one with: openlegion vault set NAME");
        } else {
            terminal.table(List.of("NAME", "SOURCE", "STORED BY", "AT", "USED BY"), rows);
        }
        for (Object each : answer.json().getJsonArray("unreadable", new JsonArray())) {
            if (each instanceof JsonObject fault) {
                terminal.error(Terminal.harmless(fault.getString("why", "")));
            }
        }
        return 0;
    }

    private static List<String> row(JsonObject credential) {
        List<String> uses = new ArrayList<>();
        credential.getJsonArray("used_by", new JsonArray()).forEach(use -> uses.add(String.valueOf(use)));
        return List.of(
                credential.getString("name", ""),
                credential.getString("source", "").replace("env_file", ".env"),
                credential.getString("stored_by", "")
                        + (credential.getBoolean("hidden", false) ? " (hidden by the source)" : ""),
                credential.getString("stored_at", ""),
                String.join(", ", uses));
    }

    /// `vault list`: the same as `vault` alone.
    @Command(name = "list", description = "Lists the credentials, like vault alone.")
    static final class Listing implements Callable<Integer> {
        private final OpenLegion root;

        @Option(names = "--json", description = "Prints the answer as JSON.")
        private boolean json;

        Listing(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            return list(root, json);
        }
    }

    /// `vault set`: stores a value.
    @Command(
            name = "set",
            description = {
                "Stores a value under NAME: typed unseen on a terminal, else read from standard input.",
                "Never give a value as an argument: other users of the machine can read those."
            })
    static final class Set implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "NAME", description = "1 to 128 letters, digits and _.")
        private String name = "";

        @Option(names = "--json", description = "Prints the answer as JSON.")
        private boolean json;

        Set(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure, IOException {
            String value = new ValueInput(name).read();
            VaultOrders.Answer answer = new VaultOrders(root).set(name, value);
            if (json) {
                root.terminal().json(answer.body());
            } else {
                root.terminal()
                        .print((answer.json().getBoolean("replaced", false) ? "replaced" : "stored")
                                + (answer.isLive()
                                        ? "; it is used from the next call on"
                                        : "; it is used from the next" + " start on"));
            }
            return 0;
        }
    }

    /// `vault rm`: removes a stored value.
    @Command(name = "rm", description = "Removes what is stored under NAME, by the operator or by an agent.")
    static final class Remove implements Callable<Integer> {
        private final OpenLegion root;

        @Parameters(paramLabel = "NAME", description = "The credential's name.")
        private String name = "";

        @Option(names = "--json", description = "Prints the answer as JSON.")
        private boolean json;

        Remove(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            VaultOrders.Answer answer = new VaultOrders(root).remove(name);
            String still = answer.json().getString("still_set_by");
            if (json) {
                root.terminal().json(answer.body());
            } else {
                root.terminal()
                        .print(
                                still == null
                                        ? "removed"
                                        : "removed; " + (still.equals("env_file") ? ".env" : "the environment")
                                                + " still sets it");
            }
            return 0;
        }
    }

    /// `vault rotate`: replaces the master key.
    @Command(
            name = "rotate",
            description = {
                "Puts everything that is stored under a new master key, in the key file; the old one is forgotten.",
                "Keep a copy of the file apart from the database, and older copies as long as older databases."
            })
    static final class Rotate implements Callable<Integer> {
        private final OpenLegion root;

        @Option(names = "--json", description = "Prints the answer as JSON.")
        private boolean json;

        Rotate(OpenLegion root) {
            this.root = root;
        }

        @Override
        public Integer call() throws CommandFailure {
            VaultOrders.Answer answer = new VaultOrders(root).rotate();
            if (json) {
                root.terminal().json(answer.body());
            } else {
                root.terminal()
                        .print("rotated; master key " + answer.json().getString("key_id") + " holds, stored"
                                + " credentials under it: " + answer.json().getInteger("credentials"));
            }
            return 0;
        }
    }
}
