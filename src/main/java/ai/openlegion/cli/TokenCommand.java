package ai.openlegion.cli;

import ai.openlegion.config.Configuration;
import ai.openlegion.config.Loaded;
import ai.openlegion.config.Overrides;
import ai.openlegion.config.Problems;
import ai.openlegion.fleet.Agent;
import ai.openlegion.fleet.RuntimeKind;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `token`: prints the bearer token of an external agent, whether or not the mesh is up.
@Command(
        name = "token",
        description = {
            "Prints the bearer token by which AGENT, an external one, opens the agent listener.",
            "Works whether or not the mesh is up."
        })
final class TokenCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Parameters(paramLabel = "AGENT", description = "An agent of config/agents.yaml with runtime external.")
    private String agent = "";

    @Option(names = "--rotate", description = "Makes a new token first; the old one dies at once.")
    private boolean rotate;

    @Option(names = "--inbound", description = "Prints the token by which the agent knows the mesh instead.")
    private boolean inbound;

    @Option(names = "--json", description = "Prints agent and token as JSON.")
    private boolean json;

    TokenCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure, IOException {
        AgentId id = AgentId.parse(agent)
                .orElseThrow(() -> CommandFailure.misused(
                        "not an agent id: letters, digits, _ and -, at most 64, not a reserved name"));
        Tokens tokens = Tokens.open(root.home().data());
        demandExternal(id);
        if (rotate) {
            tokens.rotate(id);
            tellTheMesh();
        }
        String token = inbound ? tokens.inbound(id) : tokens.external(id);
        root.terminal()
                .print(
                        json
                                ? new JsonObject()
                                        .put("agent", id.value())
                                        .put("token", token)
                                        .encode()
                                : token);
        tokens.warnings().forEach(warning -> root.terminal().err().println("warning: " + warning));
        return 0;
    }

    /* A token for a name that no file knows would open nothing, and nobody would see why. */
    private void demandExternal(AgentId id) throws CommandFailure {
        Problems problems = new Problems();
        Loaded loaded = Configuration.load(root.home(), root.environment(), Overrides.NONE, problems)
                .orElseThrow(() -> CommandFailure.misused(
                        "the configuration is not valid; see its problems with: openlegion check --home "
                                + root.home().root()));
        Map<AgentId, Agent> agents = loaded.agents();
        Agent entry = agents.get(id);
        if (entry == null) {
            throw CommandFailure.failed(
                    agents.isEmpty()
                            ? "there are no agents in " + root.home().config().resolve("agents.yaml")
                            : "there is no agent " + id + " in config/agents.yaml; there are: " + agents.keySet());
        }
        if (entry.runtime() != RuntimeKind.EXTERNAL) {
            throw CommandFailure.failed(
                    "agent " + id + " has runtime " + entry.runtime().key()
                            + " and gets its token from the mesh; only external agents are given one by hand");
        }
    }

    /* A running mesh keeps the old token until it reads the tokens again. */
    private void tellTheMesh() throws CommandFailure {
        Ready ready = Ready.read(root.home());
        if (ready == null || !ready.alive()) {
            return;
        }
        try (MeshClient mesh = MeshClient.of(root.home())) {
            mesh.demand("POST", "/control/reload", null);
        } catch (CommandFailure refused) {
            throw CommandFailure.failed(
                    "the new token is made, but the running mesh still takes the old one: " + refused.message());
        }
    }
}
