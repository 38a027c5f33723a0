package ai.openlegion.identity;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/// How often each agent's tokens were rotated: `data/token-generations.properties`, one line a rotated agent.
final class Generations {

    /// The generation of an agent that was never rotated.
    static final long FIRST = 1;

    private final Path file;
    private final Path lock;

    Generations(Path dataDir) {
        file = dataDir.resolve("token-generations.properties");
        lock = dataDir.resolve("agent.key");
    }

    long of(AgentId agent) throws IOException {
        return all().getOrDefault(agent, FIRST);
    }

    Map<AgentId, Long> all() throws IOException {
        Properties lines = new Properties();
        try {
            lines.load(new StringReader(Files.readString(file, StandardCharsets.US_ASCII)));
        } catch (NoSuchFileException never) {
            return Map.of();
        } catch (IllegalArgumentException malformed) {
            throw damaged();
        }
        Map<AgentId, Long> generations = new TreeMap<>();
        for (String name : lines.stringPropertyNames()) {
            generations.put(AgentId.parse(name).orElseThrow(this::damaged), generation(lines.getProperty(name)));
        }
        return generations;
    }

    /// One more generation; two processes that rotate at once both count.
    void advance(AgentId agent) throws IOException {
        var _ = PrivateFile.locked(lock, channel -> {
            Map<AgentId, Long> generations = new TreeMap<>(all());
            generations.merge(agent, FIRST + 1, (old, first) -> old + 1);
            StringBuilder text = new StringBuilder();
            generations.forEach((id, generation) ->
                    text.append(id).append('=').append(generation).append('\n'));
            PrivateFile.replace(file, text.toString().getBytes(StandardCharsets.US_ASCII));
            return generations;
        });
    }

    private long generation(String text) throws IOException {
        try {
            long generation = Long.parseLong(text);
            if (generation < FIRST) {
                throw damaged();
            }
            return generation;
        } catch (NumberFormatException notANumber) {
            throw damaged();
        }
    }

    private IOException damaged() {
        return new IOException(file + " is damaged: each line must be an agent's id, = and a number from 1 up;"
                + " restore it, since without it rotated tokens come back to life");
    }
}
