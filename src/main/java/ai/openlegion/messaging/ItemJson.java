package ai.openlegion.messaging;

import ai.openlegion.json.JsonMembers;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Locale;

/// An item of an inbox as its agent and the operator read it.
public final class ItemJson {

    private ItemJson() {}

    public static void write(JsonGenerator json, Inbox.Item item) throws IOException {
        json.writeStartObject();
        json.writeNumberField("seq", item.seq());
        json.writeStringField("kind", item.kind().name().toLowerCase(Locale.ROOT));
        json.writeStringField("id", item.id());
        json.writeStringField("from", item.from());
        JsonMembers.optional(json, "type", item.type());
        JsonMembers.optional(json, "topic", item.topic());
        JsonMembers.raw(json, "payload", item.payload());
        JsonMembers.optional(json, "reply_to", item.replyTo());
        JsonMembers.optional(json, "priority", item.priority());
        JsonMembers.time(json, "time", item.timeMillis());
        json.writeEndObject();
    }
}
