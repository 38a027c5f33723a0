package ai.openlegion.agent.tools;

import ai.openlegion.agent.json.Members;
import ai.openlegion.agent.mesh.Mesh;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Other agents: `publish_event`, `subscribe_event`, `send_message`, `check_inbox`, `list_agents` and `spawn_agent`.
final class FabricTools {

    private static final int TOPIC_CHARS = 256;
    private static final int TEXT_CHARS = 64_000;
    private static final int ITEMS = 20;
    private static final int MOST_ITEMS = 100;

    /// What an inbox takes beside its items.
    private static final int BRACES = 16;

    private FabricTools() {}

    static List<Tool> of() {
        return List.of(
                new CheckedTool(
                        "publish_event",
                        "Publishes an event; says how many subscribers get it.",
                        List.of(
                                Parameter.text("topic", "The topic's exact name", TOPIC_CHARS),
                                Parameter.object("payload", "What happened").optional()),
                        (context, arguments) -> MeshCalls.result(
                                context.mesh().post("/mesh/publish", arguments.all(), MeshCalls.DEADLINE))),
                new CheckedTool(
                        "subscribe_event",
                        "From now on, events of a topic arrive in the inbox.",
                        List.of(Parameter.text("topic", "The topic's exact name", TOPIC_CHARS)),
                        (context, arguments) -> MeshCalls.result(context.mesh()
                                .call(
                                        "POST",
                                        "/mesh/subscribe?topic="
                                                + MeshCalls.encode(arguments.text("topic").orElseThrow()),
                                        Optional.empty(),
                                        MeshCalls.DEADLINE))),
                new CheckedTool(
                        "send_message",
                        "Sends a message to another agent.",
                        List.of(
                                Parameter.text("to", "The agent's id, as list_agents has it", 256),
                                Parameter.text("message", "The text", TEXT_CHARS).optional(),
                                Parameter.object("payload", "Data for the agent, instead of a text or with it")
                                        .optional(),
                                Parameter.text("type", "Of the message; message, unless said", 64).optional(),
                                Parameter.text("reply_to", "Id of the message that this answers", 128).optional(),
                                Parameter.text("priority", "low, normal, high or urgent", 16).optional()),
                        (context, arguments) -> send(context.mesh(), arguments)),
                new CheckedTool(
                        "check_inbox",
                        "Takes the oldest unread messages and events, as many as fit; they are read with that.",
                        List.of(Parameter.whole("limit", "At most so many, " + ITEMS + " unless said", 1, MOST_ITEMS)
                                .optional()),
                        (context, arguments) -> Map.of(
                                "items",
                                context.arrivals()
                                        .take(
                                                arguments.whole("limit").map(Long::intValue).orElse(ITEMS),
                                                context.room() - BRACES))),
                new CheckedTool(
                        "list_agents",
                        "Lists the agents that messages may be sent to, with role and state.",
                        List.of(),
                        (context, arguments) ->
                                MeshCalls.result(context.mesh().get("/mesh/agents", MeshCalls.DEADLINE))),
                new CheckedTool(
                        "spawn_agent",
                        "Starts a helper agent for a while. It may do no more than this one, and is paid by this one.",
                        List.of(
                                Parameter.text("role", "What it is", 128),
                                Parameter.text("instructions", "What it is to do", TEXT_CHARS).optional(),
                                Parameter.text("model", "One that this agent may use", 256).optional(),
                                Parameter.whole("ttl", "Seconds until it is gone", 1, 86_400).optional()),
                        (context, arguments) -> MeshCalls.result(
                                context.mesh().post("/mesh/spawn", arguments.all(), MeshCalls.DEADLINE))));
    }

    private static Object send(Mesh mesh, Members arguments)
            throws IOException, InterruptedException, WrongArgument {
        Optional<String> text = arguments.text("message");
        Map<String, Object> payload = new LinkedHashMap<>(arguments.object("payload").all());
        if (text.isEmpty() && arguments.any("payload").isEmpty()) {
            throw new WrongArgument("one of message and payload is needed");
        }
        text.ifPresent(words -> payload.put("text", words));
        Map<String, Object> message = new LinkedHashMap<>(arguments.all());
        message.remove("message");
        message.putIfAbsent("type", "message");
        message.put("payload", payload);
        return MeshCalls.result(mesh.post("/mesh/message", message, MeshCalls.DEADLINE));
    }
}
