package ai.openlegion.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The home folder of a scenario's mesh: what an operator would have written.
///
/// Providers `sim` and `stopping` are the same upstream; the second is marked `stops_on_disconnect`. `small` costs 1
/// and 2
/// USD a million tokens, `free-input` nothing and 1: there a budget of 0.02 USD is 20,000 tokens of output.
final class MeshHome {

    private static final String MODELS = """
            models:
              sim/small: {input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00, context_tokens: 128000, max_output_tokens: 4096}
              sim/free-input: {input_usd_per_mtok: 0, output_usd_per_mtok: 1.00, max_output_tokens: 4096}
              sim/endless: {input_usd_per_mtok: 0, output_usd_per_mtok: 0.000001, max_output_tokens: 100000000}
              stopping/small: {input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00, max_output_tokens: 4096}
              stopping/free-input: {input_usd_per_mtok: 0, output_usd_per_mtok: 1.00, max_output_tokens: 4096}
            """;

    private final Path root;
    private final Map<String, String> agents = new LinkedHashMap<>();
    private final Map<String, String> permissions = new LinkedHashMap<>();
    private final Map<String, String> credentials = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private List<String> flags = List.of();
    private String provider = "";
    private String providers = "";
    private String models = "";
    private String more = "";
    private String supervision = "";
    private String listener = "";
    private String host = "127.0.0.1";
    private int port;
    private boolean hasProviderKey = true;

    private MeshHome(Path root) {
        this.root = root;
    }

    /// A new home in a temporary folder with no agent yet.
    static MeshHome in(Upstream upstream) {
        return at(upstream.baseUrl().toString());
    }

    /// With providers `simant` and `simresp` too: the same upstream in the dialects of Anthropic and of OpenAI's
    /// responses.
    MeshHome everyDialect() {
        String prices =
                "input_usd_per_mtok: 1.00, output_usd_per_mtok: 2.00, context_tokens: 128000, max_output_tokens: 4096";
        String cache =
                ", cached_input_usd_per_mtok: 1.00, cache_write_usd_per_mtok: 1.25, cache_write_1h_usd_per_mtok: 2.00";
        String url = ", base_url: \"" + provider + "\"";
        return provider("simant", "dialect: anthropic" + url)
                .provider("simresp", "dialect: openai-responses" + url)
                .model("simant/small", prices + cache)
                .model("simresp/small", prices);
    }

    /// A new home without an upstream, for meshes that nobody asks for a model.
    static MeshHome withoutUpstream() {
        return at("http://127.0.0.1:9/v1");
    }

    private static MeshHome at(String baseUrl) {
        try {
            return new MeshHome(Files.createTempDirectory("openlegion-scenario-")).upstream(baseUrl);
        } catch (IOException noFolder) {
            throw new UncheckedIOException(noFolder);
        }
    }

    Path root() {
        return root;
    }

    MeshHome upstream(String baseUrl) {
        provider = baseUrl;
        return this;
    }

    /// An agent that may use every model of the simulated provider, with a daily limit in USD.
    MeshHome agent(String id, String dailyUsd) {
        return agent(id, dailyUsd, "\"sim/*\", \"stopping/*\", \"unpriced/*\"", "[\"llm\"]");
    }

    /// An agent with its own model globs and allowed APIs, both as they stand inside and as a YAML or JSON list.
    MeshHome agent(String id, String dailyUsd, String models, String apis) {
        agents.put(id, """
                  %s: {role: test, model: sim/small, models: [%s], runtime: external, budget: {daily_usd: %s, monthly_usd: %s}}
                """.formatted(id, models, dailyUsd, dailyUsd));
        permissions.put(id, "    \"%s\": {\"allowed_apis\": %s}".formatted(id, apis));
        return this;
    }

    /// An agent of the fabric with the members of its permissions, as they stand inside the braces of a JSON object.
    MeshHome member(String id, String members) {
        return agent(id, "1").permissions(id, members);
    }

    /// An agent that the mesh runs.
    ///
    /// @param entry further members of its entry, as they stand inside the braces
    MeshHome supervised(String id, String entry, String members) {
        agents.put(id, """
                  %s: {role: test, model: sim/small, %s, budget: {daily_usd: 100, monthly_usd: 100}}
                """.formatted(id, entry));
        return permissions(id, members);
    }

    /// An agent of the fabric that is pushed to.
    MeshHome pushed(String id, String url, String members) {
        agents.put(id, """
                  %s: {role: test, model: sim/small, runtime: external, push: "%s", budget: {daily_usd: 1, monthly_usd: 1}}
                """.formatted(id, url));
        return permissions(id, members);
    }

    /// Another entry of permissions for an agent.
    MeshHome permissions(String id, String members) {
        permissions.put(id, "    \"%s\": {%s}".formatted(id, members));
        return this;
    }

    /// A value for the vault.
    MeshHome credential(String name, String value) {
        credentials.put(name, value);
        return this;
    }

    /// Without the key of the simulated provider.
    MeshHome withoutProviderKey() {
        hasProviderKey = false;
        return this;
    }

    MeshHome withoutAgent(String id) {
        agents.remove(id);
        permissions.remove(id);
        return this;
    }

    /// The address of the agents' listener; the loopback's otherwise.
    MeshHome host(String address) {
        host = address;
        return this;
    }

    /// The port of the agents' listener; a free one otherwise.
    MeshHome port(int number) {
        port = number;
        return this;
    }

    /// A variable of the mesh's process.
    MeshHome variable(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Map<String, String> environment() {
        return environment;
    }

    /// Further arguments of `start`.
    MeshHome flags(String... arguments) {
        flags = List.of(arguments);
        return this;
    }

    List<String> flags() {
        return flags;
    }

    /// Further members of `mesh:` in mesh.yaml.
    MeshHome listener(String members) {
        listener = members.isEmpty() ? "" : ", " + members;
        return this;
    }

    /// Further members of `runtime:` in mesh.yaml.
    MeshHome supervision(String members) {
        supervision = ", " + members;
        return this;
    }

    /// One more provider, whose credential is `sim_api_key` unless its entry names another.
    ///
    /// @param entry its members, as they stand inside the braces
    MeshHome provider(String name, String entry) {
        String key = entry.contains("credential:") ? "" : ", credential: sim_api_key";
        providers += "  %s: {%s%s}\n".formatted(name, entry, key);
        return this;
    }

    /// One more model.
    ///
    /// @param prices its members, as they stand inside the braces
    MeshHome model(String id, String prices) {
        models += "  \"%s\": {%s}\n".formatted(id, prices);
        return this;
    }

    /// Further lines of mesh.yaml.
    MeshHome mesh(String yaml) {
        more = yaml;
        return this;
    }

    /// Writes every file; again after a change, for a reload.
    MeshHome write() {
        Canaries.watch(Upstream.KEY);
        credentials.values().forEach(Canaries::watch);
        environment.forEach((name, value) -> {
            if (name.startsWith("OPENLEGION_CRED_")) {
                Canaries.watch(value);
            }
        });
        file(
                "config/mesh.yaml",
                """
                mesh: {host: %5$s, port: %3$d%4$s}
                control: {host: 127.0.0.1, port: 0}
                runtime: {kind: external%2$s}
                providers:
                  sim: {dialect: openai, base_url: "%1$s", credential: sim_api_key}
                  stopping: {dialect: openai, base_url: "%1$s", credential: sim_api_key, stops_on_disconnect: true}
                  unpriced: {dialect: openai, base_url: "%1$s", credential: sim_api_key}
                """.formatted(provider, supervision, port, listener, host) + providers + MODELS + models + more);
        file("config/agents.yaml", "agents:\n" + String.join("", agents.values()));
        file(
                "config/permissions.json",
                permissions.values().stream().collect(Collectors.joining(",\n", "{\"permissions\": {\n", "\n}}\n")));
        StringBuilder environment =
                new StringBuilder(hasProviderKey ? "OPENLEGION_CRED_SIM_API_KEY=" + Upstream.KEY + "\n" : "");
        credentials.forEach((name, value) -> environment
                .append("OPENLEGION_CRED_")
                .append(name.toUpperCase(Locale.ROOT))
                .append('=')
                .append(value)
                .append('\n'));
        file(".env", environment.toString());
        try {
            Files.setPosixFilePermissions(root.resolve(".env"), PosixFilePermissions.fromString("rw-------"));
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
        return this;
    }

    /// Writes one file as it is.
    MeshHome with(String name, String text) {
        file(name, text);
        return this;
    }

    /// Writes one file as it is.
    void file(String name, String text) {
        try {
            Path file = root.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }

    /// Removes the home, once its mesh has ended.
    ///
    /// @throws AssertionError where a credential was found in it or came to a client; it is removed all the same
    void delete() throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try {
            Canaries.sweep(root, environment);
        } finally {
            remove();
        }
    }

    private void remove() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
