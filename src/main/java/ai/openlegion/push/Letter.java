package ai.openlegion.push;

import ai.openlegion.identity.AgentId;
import ai.openlegion.json.Members;
import ai.openlegion.messaging.Inbox;
import ai.openlegion.messaging.Messaging.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An item in the form in which an agent's endpoint takes it.
///
/// Agents of the predecessor know five types of messages and only objects as payloads, and answer 422 to everything
/// else. For them an item has a *plain* form besides: an event whose payload holds type and payload.
///
/// @param path under the endpoint's address
/// @param body a JSON object
record Letter(String path, String body) {

    private static final Set<String> PLAIN_TYPES = Set.of("task_request", "task_result", "event", "query", "cancel");

    /// The letter for this item.
    ///
    /// @param plainly in the plain form, where it has one
    static Letter of(Inbox.Item item, AgentId to, boolean plainly) {
        return switch (item.kind()) {
            case MESSAGE -> message(item, to, item.from(), type(item, "message"), item.payload(), plainly);
            case WATCH -> message(item, to, item.from(), "watch", item.payload(), plainly);
            case EVENT -> message(item, to, "mesh", "event", event(item), plainly);
            case TASK -> new Letter("/task", item.payload());
            case STEER -> new Letter("/chat/steer", "{\"message\":" + steer(item.payload()) + '}');
        };
    }

    /// Whether the item's plain form is another than its usual one.
    static boolean hasPlainForm(Inbox.Item item) {
        return switch (item.kind()) {
            case MESSAGE -> !isPlain(type(item, "message"), item.payload());
            case WATCH -> true;
            case EVENT, TASK, STEER -> false;
        };
    }

    private static Letter message(
            Inbox.Item item, AgentId to, String from, String type, String payload, boolean plainly) {
        boolean wrap = plainly && !isPlain(type, payload);
        String body = "{\"id\":" + Members.quoted(item.id())
                + ",\"kind\":" + Members.quoted(kind(item.kind()))
                + ",\"from_agent\":" + Members.quoted(from)
                + ",\"from\":" + Members.quoted(from)
                + ",\"to\":" + Members.quoted(to.value())
                + ",\"type\":" + Members.quoted(wrap ? "event" : type)
                + ",\"payload\":"
                + (wrap ? "{\"type\":" + Members.quoted(type) + ",\"payload\":" + payload + '}' : payload)
                + ",\"reply_to\":" + orNull(item.replyTo())
                + ",\"priority\":" + Members.quoted(item.priority() == null ? "normal" : item.priority())
                + ",\"timestamp\":" + time(item) + '}';
        return new Letter("/message", body);
    }

    private static String event(Inbox.Item item) {
        return "{\"id\":" + Members.quoted(item.id())
                + ",\"topic\":" + orNull(item.topic())
                + ",\"source\":" + Members.quoted(item.from())
                + ",\"payload\":" + item.payload()
                + ",\"timestamp\":" + time(item) + '}';
    }

    /// The text of a steer as a JSON string, whether its payload is that text, holds it as `message`, or is all of it.
    private static String steer(String payload) {
        if (payload.startsWith("\"")) {
            return payload;
        }
        String message = Members.read(payload.getBytes(StandardCharsets.UTF_8)) instanceof Members.Read(Members members)
                        && members.isString("message")
                ? members.raw("message")
                : null;
        return message == null ? Members.quoted(payload) : message;
    }

    private static boolean isPlain(String type, String payload) {
        return PLAIN_TYPES.contains(type) && payload.startsWith("{");
    }

    private static String kind(Kind kind) {
        return switch (kind) {
            case MESSAGE -> "message";
            case EVENT -> "event";
            case WATCH -> "watch";
            case TASK -> "task";
            case STEER -> "steer";
        };
    }

    private static String type(Inbox.Item item, String absent) {
        String type = item.type();
        return type == null ? absent : type;
    }

    private static String time(Inbox.Item item) {
        return '"' + Instant.ofEpochMilli(item.timeMillis()).toString() + '"';
    }

    private static String orNull(@Nullable String text) {
        return text == null ? "null" : Members.quoted(text);
    }
}
