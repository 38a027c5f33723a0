package ai.openlegion.host;

import ai.openlegion.identity.AgentId;
import ai.openlegion.store.Database;
import ai.openlegion.store.MetaTable;
import io.vertx.core.Future;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Which rotations of tokens the audit knows of: tokens are rotated in files, also while no mesh runs.
final class RotationTable {

    private static final String NAME = "audited_token_generations";

    private final Database database;
    private final MetaTable meta = new MetaTable();

    RotationTable(Database database) {
        this.database = database;
    }

    /// How often each agent's tokens were rotated, as far as that is recorded.
    Future<Map<AgentId, Long>> read() {
        return database.write(connection -> parse(meta.get(connection, NAME).orElse("")));
    }

    /// From now on these are recorded.
    Future<Void> write(Map<AgentId, Long> generations) {
        String text = generations.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining("\n"));
        return database.<String>write(connection -> {
                    meta.put(connection, NAME, text);
                    return text;
                })
                .mapEmpty();
    }

    private static Map<AgentId, Long> parse(String text) {
        Map<AgentId, Long> generations = new TreeMap<>();
        for (String line : text.lines().toList()) {
            int equals = line.indexOf('=');
            AgentId.parse(line.substring(0, Math.max(0, equals)))
                    .ifPresent(agent -> generations.put(agent, Long.valueOf(line.substring(equals + 1))));
        }
        return generations;
    }
}
