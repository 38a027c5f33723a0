package ai.openlegion.bench;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/// A home whose agents fill the fabric: readers that subscribe to one topic each, publishers, and one that keeps the
/// blackboard busy.
///
/// @param readers how many agents hold an inbox stream open
/// @param fanOut how many readers subscribe to the same topic
record FabricHome(Path root, int readers, int fanOut) {
    static final int PUBLISHERS = 20;
    static final String BOARD = "board";

    /// How many topics that makes.
    int topics() {
        return readers / fanOut;
    }

    static String reader(int number) {
        return "reader" + number;
    }

    static String publisher(int number) {
        return "publisher" + number;
    }

    String topicOf(int reader) {
        return "topic" + reader % topics();
    }

    /// Writes the configuration: as shipped, but for a rate limit that the one agent of the blackboard does not reach.
    FabricHome write() throws IOException {
        Path config = Files.createDirectories(root.resolve("config"));
        Files.writeString(config.resolve("mesh.yaml"), """
                runtime: {kind: external}
                rate_limits: {per_minute: 10000000}
                providers:
                  none: {dialect: openai, base_url: "http://127.0.0.1:9/v1", auth: none}
                models:
                  none/none: {input_usd_per_mtok: 0, output_usd_per_mtok: 0}
                """);
        var agents = new StringBuilder("agents:\n");
        var grants = new StringJoiner(",\n", "{\"permissions\": {\n", "}}\n");
        IntStream.range(0, readers).forEach(number -> {
            agents.append(agent(reader(number)));
            grants.add("\"%s\": {\"can_subscribe\": [\"%s\"]}".formatted(reader(number), topicOf(number)));
        });
        IntStream.range(0, PUBLISHERS).forEach(number -> {
            agents.append(agent(publisher(number)));
            grants.add("\"%s\": {\"can_publish\": [\"*\"]}".formatted(publisher(number)));
        });
        agents.append(agent(BOARD));
        grants.add(
                "\"%s\": {\"blackboard_read\": [\"bench/*\"], \"blackboard_write\": [\"bench/*\"]}".formatted(BOARD));
        Files.writeString(config.resolve("agents.yaml"), agents);
        Files.writeString(config.resolve("permissions.json"), grants.toString());
        return this;
    }

    /// An agent's bearer token.
    String token(String agent) throws IOException {
        return Tokens.open(root.resolve("data")).external(AgentId.parse(agent).orElseThrow());
    }

    private static String agent(String id) {
        return "  %s: {role: load, model: none/none}\n".formatted(id);
    }
}
