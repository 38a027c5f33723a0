package ai.openlegion.cli;

import ai.openlegion.config.Configuration;
import ai.openlegion.config.Loaded;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.PriceList;
import ai.openlegion.config.Problems;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `connect`: what to set in a client so that it works as an external agent of this mesh.
@Command(
        name = "connect",
        description = {
            "Prints what to set in CLIENT so that it works as AGENT, an external one, of this mesh.",
            "The token itself is not printed: each client runs, or its shell runs, openlegion token AGENT.",
            "Works whether or not the mesh is up. For a shell: eval \"$(openlegion connect claude AGENT)\""
        })
final class ConnectCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Parameters(
            index = "0",
            paramLabel = "CLIENT",
            description = "claude (Claude Code), codex (Codex CLI), openai or anthropic (their SDKs).")
    private Client client = Client.claude;

    @Parameters(
            index = "1",
            paramLabel = "AGENT",
            description = "An agent of config/agents.yaml with runtime external.")
    private String agent = "";

    @Option(names = "--json", description = "Prints the settings as JSON.")
    private boolean json;

    ConnectCommand(OpenLegion root) {
        this.root = root;
    }

    /// The clients, by the words of the command line.
    enum Client {
        claude,
        codex,
        openai,
        anthropic
    }

    @Override
    public Integer call() throws CommandFailure {
        AgentId id = AgentId.parse(agent)
                .orElseThrow(() -> CommandFailure.misused(
                        "not an agent id: letters, digits, _ and -, at most 64, not a reserved name"));
        Loaded loaded = Configuration.load(root.home(), root.environment(), Overrides.NONE, new Problems())
                .orElseThrow(() -> CommandFailure.misused(
                        "the configuration is not valid; see its problems with: openlegion check --home "
                                + root.home().root()));
        Agent entry = external(loaded, id);
        ClientSettings settings = new ClientSettings(
                System.getProperty("openlegion.launcher", "openlegion"),
                id.value(),
                entry.model(),
                base(loaded),
                root.home().root().toString(),
                window(entry.model()));
        root.terminal().print(json ? asJson(settings).encode() : text(settings));
        return 0;
    }

    private String text(ClientSettings settings) {
        return switch (client) {
            case claude -> settings.claude();
            case codex -> settings.codex();
            case openai -> settings.openai();
            case anthropic -> settings.anthropic();
        };
    }

    private JsonObject asJson(ClientSettings settings) {
        JsonObject environment = new JsonObject();
        settings.environment(client).forEach(environment::put);
        return new JsonObject()
                .put("client", client.name())
                .put("agent", settings.agent())
                .put("model", settings.model())
                .put("base_url", settings.baseUrl(client))
                .put("token_variable", settings.tokenVariable(client))
                .put("token_command", new JsonArray(settings.tokenCommand()))
                .put("environment", environment)
                .put("unset", new JsonArray(settings.unset(client)))
                .put("config_toml", client == Client.codex ? settings.codex() : null);
    }

    private Agent external(Loaded loaded, AgentId id) throws CommandFailure {
        Agent entry = loaded.agents().get(id);
        if (entry == null) {
            throw CommandFailure.failed(
                    loaded.agents().isEmpty()
                            ? "there are no agents in " + root.home().config().resolve("agents.yaml")
                            : "there is no agent " + id + " in config/agents.yaml; there are: "
                                    + loaded.agents().keySet());
        }
        if (entry.runtime() != RuntimeKind.EXTERNAL) {
            throw CommandFailure.failed("agent " + id + " has runtime "
                    + entry.runtime().key()
                    + ": the mesh starts it and gives it its token, so no client can be it. Add an agent for the client"
                    + " to config/agents.yaml, as  my-client: {role: coding, runtime: external, model: " + entry.model()
                    + "}");
        }
        return entry;
    }

    /// The agent listener without a path: of the running mesh, else as the files have it.
    private String base(Loaded loaded) throws CommandFailure {
        Ready ready = Ready.read(root.home());
        int port = ready != null && ready.alive()
                ? ready.port()
                : loaded.settings().mesh().port();
        if (port == 0) {
            throw CommandFailure.failed("mesh: port: is 0, so the port is known only while the mesh runs; start it, or"
                    + " name one in config/mesh.yaml");
        }
        String host = loaded.settings().mesh().host();
        if (List.of("0.0.0.0", "::", "[::]").contains(host)) {
            host = "127.0.0.1";
        }
        return loaded.settings().mesh().scheme() + "://"
                + (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
    }

    private long window(String model) {
        return PriceList.of(root.home(), new Problems())
                .flatMap(prices -> prices.find(model))
                .map(PriceList.Entry::contextTokens)
                .orElse(0L);
    }
}
