package ai.openlegion.bench;

import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;

/// A home of many agents with a workflow of ten steps each, so that no step waits for another run's.
///
/// @param agents how many of both
/// @param agentsUrl where they listen, each under `/ID`
record WorkflowHome(Path root, int agents, String agentsUrl) {
    static final int STEPS = 10;

    static String agent(int number) {
        return "agent" + number;
    }

    static String workflow(int number) {
        return "chain" + number;
    }

    static String step(int number) {
        return "s" + number;
    }

    /// Writes the configuration: as shipped, but for a rate limit that an instant agent does not reach.
    WorkflowHome write() throws IOException {
        Path config = Files.createDirectories(root.resolve("config"));
        Path workflows = Files.createDirectories(config.resolve("workflows"));
        Files.writeString(config.resolve("mesh.yaml"), """
                runtime: {kind: external}
                rate_limits: {per_minute: 10000000}
                providers:
                  none: {dialect: openai, base_url: "http://127.0.0.1:9/v1", auth: none}
                models:
                  none/none: {input_usd_per_mtok: 0, output_usd_per_mtok: 0}
                """);
        var entries = new StringBuilder("agents:\n");
        var grants = new StringJoiner(",\n", "{\"permissions\": {\n", "}}\n");
        for (int number = 0; number < agents; number++) {
            String id = agent(number);
            entries.append("  %s: {role: load, model: none/none, runtime: external, push: \"%s/%s\"}\n"
                    .formatted(id, agentsUrl, id));
            grants.add("\"%s\": {\"can_message\": []}".formatted(id));
            Files.writeString(workflows.resolve(workflow(number) + ".yaml"), chain(number));
        }
        Files.writeString(config.resolve("agents.yaml"), entries);
        Files.writeString(config.resolve("permissions.json"), grants.toString());
        return this;
    }

    private static String chain(int number) {
        var text = new StringBuilder("name: %s\nbudget: {max_usd: 1}\nsteps:\n".formatted(workflow(number)));
        for (int step = 0; step < STEPS; step++) {
            // what a task leaves in an inbox lives as long as its time: short, so that what grows besides is seen
            text.append("  - {id: %s, agent: %s, task_type: bench, timeout: 5".formatted(step(step), agent(number)));
            text.append(step == 0 ? "}\n" : ", depends_on: [%1$s], input_from: %1$s}\n".formatted(step(step - 1)));
        }
        return text.toString();
    }

    /// An agent's bearer token.
    String token(int number) throws IOException {
        return Tokens.open(root.resolve("data"))
                .external(AgentId.parse(agent(number)).orElseThrow());
    }

    /// The operator's bearer token.
    String operator() throws IOException {
        return Tokens.open(root.resolve("data")).operator();
    }
}
