package ai.openlegion.fabric;

import ai.openlegion.messaging.Inbox.Item;
import ai.openlegion.messaging.ItemJson;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
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
                ItemJson.write(json, each);
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
            ((Json) json -> ItemJson.write(json, each)).writeTo(bytes);
            bytes.writeBytes(END);
        }
        return Buffer.buffer(bytes.toByteArray());
    }
}
