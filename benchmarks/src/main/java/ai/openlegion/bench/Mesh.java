package ai.openlegion.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// The mesh as a user starts it: `./openlegion start` on a home of its own, tokens from `./openlegion token`.
///
/// @param pid the JVM's @param port the agent listener's @param controlPort the control listener's
record Mesh(Path root, Path home, long pid, int port, int controlPort) {
    private static final Pattern NUMBER = Pattern.compile("\"(port|control_port|pid)\"\\s*:\\s*(\\d+)");

    /// Starts it before two providers: the canned upstream, and the simulated one that counts.
    static Mesh start(Rig rig, int simulatorPort) throws IOException, InterruptedException {
        Path home = Files.createDirectories(rig.work().resolve("home"));
        configure(home, rig.upstreamPort(), simulatorPort);
        return start(rig, home);
    }

    /// Starts it on a home that is configured.
    static Mesh start(Rig rig, Path home) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(launcher(rig.root(), home, "start", "--port", "0", "--control-port", "0"));
        var process = rig.children().start("mesh", builder);
        Path ready = home.resolve("data/ready.json");
        for (int tries = 0; tries < 600 && process.isAlive(); tries++) {
            if (Files.exists(ready)) {
                return read(rig.root(), home, Files.readString(ready));
            }
            var _ = process.waitFor(50, TimeUnit.MILLISECONDS);
        }
        throw new IOException("the mesh did not become ready; see " + rig.work().resolve("mesh.log"));
    }

    /// The mesh as a peer, called by that agent.
    Peer peer(String agent, String model) throws IOException, InterruptedException {
        return new Peer("OpenLegion", port, port, List.of("Authorization: Bearer " + token(agent)), model, pid);
    }

    /// That agent's bearer token.
    String token(String agent) throws IOException, InterruptedException {
        var process = new ProcessBuilder(launcher(root, home, "token", agent))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("no token for " + agent + ": " + output);
        }
        return output.strip();
    }

    /// The options the mesh's JVM runs with, so that the bare hop can run with the same. Its AOT cache is left out: it
    /// is
    /// made for the mesh's classes, and only start-up feels it.
    List<String> jvmOptions() throws IOException {
        var arguments = Arrays.asList(
                Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0"));
        var options = new ArrayList<String>();
        for (String argument : arguments.subList(1, arguments.size())) {
            if (!argument.startsWith("-") || argument.equals("-jar") || argument.equals("-cp")) {
                break;
            }
            if (!argument.startsWith("-XX:AOT")) {
                options.add(argument);
            }
        }
        return options;
    }

    private static Mesh read(Path root, Path home, String ready) {
        int port = 0;
        int controlPort = 0;
        long pid = 0;
        var numbers = NUMBER.matcher(ready);
        while (numbers.find()) {
            long value = Long.parseLong(numbers.group(2));
            switch (numbers.group(1)) {
                case "port" -> port = (int) value;
                case "control_port" -> controlPort = (int) value;
                default -> pid = value; // open: the pattern knows three names
            }
        }
        return new Mesh(root, home, pid, port, controlPort);
    }

    private static List<String> launcher(Path root, Path home, String... arguments) {
        var command = new ArrayList<String>(List.of(root.resolve("openlegion").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--home", home.toString()));
        return command;
    }

    /// One event loop, as every peer has one, and double the connections, since one agent has half; accounts so large
    /// that no call is ever clamped, but for P8's agents,
    /// whose
    /// day buys exactly 20,000 output tokens.
    private static void configure(Path home, int upstreamPort, int simulatorPort) throws IOException {
        Path config = Files.createDirectories(home.resolve("config"));
        Files.writeString(config.resolve("mesh.yaml"), """
                runtime: {kind: external}
                limits: {event_loops: 1, connections: 16384, upstream_connections: 4096}
                providers:
                  canned: {dialect: openai, base_url: "http://127.0.0.1:%d/v1", credential: canned_api_key}
                  sim: {dialect: openai, base_url: "http://127.0.0.1:%d/v1", credential: sim_api_key}
                models:
                  canned/small: {input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.60, cached_input_usd_per_mtok: 0.075,
                                 context_tokens: 128000, max_output_tokens: 16384}
                  sim/small: {input_usd_per_mtok: 0, output_usd_per_mtok: 1.00, max_output_tokens: 4096}
                """.formatted(upstreamPort, simulatorPort));
        var agents = new StringBuilder("agents:\n");
        agents.append(
                "  caller: {role: load, model: canned/small, budget: {daily_usd: 9000000, monthly_usd: 9000000}}\n");
        var grants = new ArrayList<String>(List.of("\"caller\": {\"allowed_apis\": [\"llm\"]}"));
        for (int run = 0; run < BudgetStreams.MOST_RUNS; run++) {
            agents.append("  streamer%d: {role: load, model: sim/small, budget: {daily_usd: 0.02, monthly_usd: 0.02}}\n"
                    .formatted(run));
            grants.add("\"streamer%d\": {\"allowed_apis\": [\"llm\"]}".formatted(run));
        }
        Files.writeString(config.resolve("agents.yaml"), agents);
        Files.writeString(
                config.resolve("permissions.json"), "{\"permissions\": {" + String.join(",\n", grants) + "}}\n");
        Files.writeString(
                home.resolve(".env"),
                "OPENLEGION_CRED_CANNED_API_KEY=sk-canned-0123456789abcdef0123456789abcdef\n"
                        + "OPENLEGION_CRED_SIM_API_KEY=" + BudgetStreams.KEY + "\n");
    }
}
