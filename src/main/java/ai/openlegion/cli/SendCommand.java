package ai.openlegion.cli;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `send`: puts the operator's message into an agent's inbox.
@Command(
        name = "send",
        description = {
            "Puts a message from the operator into AGENT's inbox.",
            "It is there, durably, when this returns; whether the agent reads it is the agent's affair."
        })
final class SendCommand implements Callable<Integer> {
    private final OpenLegion root;

    @Parameters(index = "0", paramLabel = "AGENT", description = "The agent's id.")
    private String agent = "";

    @Parameters(index = "1", paramLabel = "TEXT", description = "What to say.")
    private String text = "";

    @Option(names = "--steer", description = "Interjects into what the agent is doing, instead of waiting its turn.")
    private boolean steer;

    @Option(names = "--type", paramLabel = "TYPE", description = "The message's type (default: message, or steer).")
    private @Nullable String type;

    @Option(names = "--json", description = "Prints the mesh's answer as JSON.")
    private boolean json;

    SendCommand(OpenLegion root) {
        this.root = root;
    }

    @Override
    public Integer call() throws CommandFailure {
        JsonObject message = new JsonObject().put("message", text).put("kind", steer ? "steer" : "message");
        if (type != null) {
            message.put("type", type);
        }
        try (MeshClient mesh = MeshClient.of(root.home())) {
            MeshClient.Answer answer =
                    mesh.demand("POST", "/control/agents/" + MeshClient.encoded(agent) + "/message", message);
            Terminal terminal = root.terminal();
            if (json) {
                terminal.json(answer.body());
            } else {
                JsonObject sent = answer.json();
                terminal.print(
                        "delivered " + sent.getString("id") + " as item " + sent.getLong("seq") + " of " + agent);
            }
            return 0;
        }
    }
}
