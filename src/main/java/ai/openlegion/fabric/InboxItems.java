package ai.openlegion.fabric;

import ai.openlegion.messaging.Inbox.Item;
import ai.openlegion.messaging.Messaging.Kind;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Items of an inbox as agents read them.
final class InboxItems {

    private static final byte[] DATA = "\ndata: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

    private InboxItems() {}

    /// `{items, last_seq}`, the answer of a poll.
    static Json page(List<Item> items, long last) {
        return json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("items");
            for (Item each : items) {
                item(json, each);
            }
            json.writeEndArray();
            json.writeNumberField("last_seq", last);
            json.writeEndObject();
        };
    }

    /// One event of a stream for each item: its number as the id, itself as the data, on one line.
    static Buffer events(List<Item> items) {
        var bytes = new ByteArrayOutputStream(512 * items.size());
        for (Item each : items) {
            bytes.writeBytes(("id: " + each.seq()).getBytes(StandardCharsets.US_ASCII));
            bytes.writeBytes(DATA);
            ((Json) json -> item(json, each)).writeTo(bytes);
            bytes.writeBytes(END);
        }
        return Buffer.buffer(bytes.toByteArray());
    }

    private static void item(JsonGenerator json, Item item) throws IOException {
        json.writeStartObject();
        json.writeNumberField("seq", item.seq());
        json.writeStringField("kind", kind(item.kind()));
        json.writeStringField("id", item.id());
        json.writeStringField("from", item.from());
        Json.optional(json, "type", item.type());
        Json.optional(json, "topic", item.topic());
        Json.raw(json, "payload", item.payload());
        Json.optional(json, "reply_to", item.replyTo());
        Json.optional(json, "priority", item.priority());
        Json.time(json, "time", item.timeMillis());
        json.writeEndObject();
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
}
