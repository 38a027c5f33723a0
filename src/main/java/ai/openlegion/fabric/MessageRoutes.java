package ai.openlegion.fabric;

import static ai.openlegion.fabric.Crossings.isSound;

import ai.openlegion.acl.Operation;
import ai.openlegion.bus.BusException;
import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.routes.Permission;
import ai.openlegion.task.Tasks;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/// `/mesh/message`: from agent to agent, and the results of tasks to the orchestrator.
final class MessageRoutes {

    private static final String ORCHESTRATOR = "orchestrator";
    private static final int TYPE_CHARS = 64;
    private static final int REPLY_TO_CHARS = 128;
    private static final Set<String> PRIORITIES = Set.of("low", "normal", "high", "urgent");
    private static final long MOST_TTL_SECONDS = 10L * 365 * 86_400;

    private MessageRoutes() {}

    static void add(Router router, Crossings crossings) {
        crossings.json(
                router,
                HttpMethod.POST,
                "/mesh/message",
                Permission.of(Operation.MESSAGE),
                Crossing.MESSAGE,
                MessageRoutes::message);
    }

    private static void message(Visit visit, Input input) {
        String to = input.name("to", 256);
        String type = input.name("type", TYPE_CHARS);
        if (!isSound(visit, input)) {
            return;
        }
        if (to.equals(ORCHESTRATOR) && type.equals("task_result")) {
            result(visit, input);
            return;
        }
        String payload = input.value("payload", "{}");
        String replyTo = input.optionalName("reply_to", REPLY_TO_CHARS);
        String priority = input.word("priority", PRIORITIES);
        long ttl = input.integer("ttl", 0, 1, MOST_TTL_SECONDS);
        if (!isSound(visit, input) || !visit.may(Operation.MESSAGE, to, "message")) {
            return;
        }
        AgentId recipient = AgentId.parse(to).orElse(null);
        if (recipient == null) {
            sent(visit, to, new Messaging.UnknownRecipient());
            return;
        }
        var send = new Messaging.Send(
                Messaging.Kind.MESSAGE, visit.agent().value(), recipient, null, type, payload, replyTo, priority, ttl);
        visit.ask(Messaging.SEND, send, outcome -> sent(visit, to, outcome));
    }

    private static void sent(Visit visit, String to, Messaging.Sent outcome) {
        switch (outcome) {
            case Messaging.Stored stored ->
                visit.ok(json -> {
                    json.writeStartObject();
                    json.writeBooleanField("delivered", true);
                    json.writeStringField("id", stored.id());
                    json.writeEndObject();
                });
            case Messaging.UnknownRecipient unknown -> {
                visit.undone("message", to, "unknown recipient");
                visit.refuse(404, "There is no agent " + to);
            }
            case Messaging.InboxFull full -> {
                visit.undone("message", to, "inbox full");
                visit.later(429, "The inbox of " + to + " is full", TopicRoutes.FULL_INBOX_SECONDS);
            }
            case Messaging.Unavailable unavailable -> visit.unavailable();
        }
    }

    /// A task's result needs no permission: it counts only from the agent that has the task.
    private static void result(Visit visit, Input input) {
        String payload = input.object("payload", null);
        if (!isSound(visit, input)) {
            return;
        }
        String task = taskId(payload);
        if (!visit.records("task.result", task, "")) {
            return;
        }
        visit.ask(
                Tasks.REPORT,
                new Tasks.Report(visit.agent(), payload),
                reported -> reported(visit, task, reported.delivered(), reported.why()),
                reason -> {
                    if (reason == BusException.Reason.NO_HANDLER) {
                        reported(visit, task, false, "this mesh runs no tasks");
                    } else {
                        visit.unavailable();
                    }
                });
    }

    private static String taskId(String payload) {
        String id = Members.read(payload.getBytes(StandardCharsets.UTF_8)) instanceof Members.Read read
                ? read.members().string("task_id")
                : null;
        return id == null ? "" : id;
    }

    private static void reported(Visit visit, String task, boolean delivered, String why) {
        if (!delivered) {
            visit.undone("task.result", task, why);
        }
        visit.ok(json -> {
            json.writeStartObject();
            json.writeBooleanField("delivered", delivered);
            json.writeStringField("target", ORCHESTRATOR);
            json.writeEndObject();
        });
    }
}
