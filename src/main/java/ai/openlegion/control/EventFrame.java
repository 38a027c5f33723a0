package ai.openlegion.control;

import ai.openlegion.audit.AuditEntry;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.regex.Pattern;

/// An entry of the audit as a frame of an event stream: its number as id, its action as name.
final class EventFrame {

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private EventFrame() {}

    static Buffer of(long seq, AuditEntry entry) {
        String name = CONTROL.matcher(entry.action()).replaceAll(" ");
        return Buffer.buffer(("id: " + seq + "\nevent: " + name + "\ndata: ").getBytes(StandardCharsets.UTF_8))
                .appendBuffer(Answer.encode(json -> {
                    json.writeStartObject();
                    json.writeNumberField("seq", seq);
                    json.writeStringField(
                            "time", Instant.ofEpochMilli(entry.timeMillis()).toString());
                    json.writeStringField("actor", entry.actor());
                    json.writeStringField("action", entry.action());
                    json.writeStringField("resource", entry.resource());
                    json.writeStringField("decision", entry.decision());
                    json.writeStringField("rule", entry.rule());
                    json.writeNumberField("revision", entry.revision());
                    json.writeStringField("request_id", entry.requestId());
                    Accounts.usd(json, "cost_usd", entry.costPico());
                    json.writeEndObject();
                }))
                .appendString("\n\n");
    }
}
