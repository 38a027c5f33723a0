package ai.openlegion.acl;

import java.util.Locale;
import java.util.Optional;

/// What an agent may ask to do; each is decided against one list of its entry.
public enum Operation {
    /// Call an API by the mesh: `llm` or a configured service.
    API("access"),
    /// Ask for a model, by its concrete `provider/model` id.
    MODEL("use model"),
    /// Send a message to an agent.
    MESSAGE("message"),
    /// Publish to a topic.
    PUBLISH("publish to"),
    /// Subscribe to a topic.
    SUBSCRIBE("subscribe to"),
    /// Read a blackboard key.
    READ("read"),
    /// Write or delete a blackboard key.
    WRITE("write"),
    /// Use a credential of the vault by a handle.
    CREDENTIAL("use credential"),
    /// Start a workflow.
    RUN_WORKFLOW("run workflow"),
    /// Start other agents.
    SPAWN("spawn"),
    /// Manage its own cron jobs.
    CRON("manage cron");

    private final String verb;

    Operation(String verb) {
        this.verb = verb;
    }

    /// The words between "Agent x cannot" and the resource.
    public String verb() {
        return verb;
    }

    /// The operation as an operator names it: its name in any case, `-` or `_` between words.
    public static Optional<Operation> parse(String text) {
        String name = text.toUpperCase(Locale.ROOT).replace('-', '_');
        for (Operation operation : values()) {
            if (operation.name().equals(name)) {
                return Optional.of(operation);
            }
        }
        return Optional.empty();
    }
}
