package ai.openlegion.blackboard;

import ai.openlegion.blackboard.Blackboard.Entry;
import ai.openlegion.json.JsonMembers;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/// An entry of the blackboard as agents and the operator read it.
public final class EntryJson {

    private EntryJson() {}

    public static void write(JsonGenerator json, Entry entry) throws IOException {
        json.writeStartObject();
        json.writeStringField("key", entry.key());
        JsonMembers.raw(json, "value", entry.value());
        json.writeStringField("written_by", entry.writtenBy());
        json.writeStringField("workflow_id", entry.workflowId());
        JsonMembers.time(json, "created_at", entry.createdAtMillis());
        JsonMembers.time(json, "updated_at", entry.updatedAtMillis());
        if (entry.ttlSeconds() == 0) {
            json.writeNullField("ttl");
        } else {
            json.writeNumberField("ttl", entry.ttlSeconds());
        }
        json.writeNumberField("version", entry.version());
        json.writeEndObject();
    }
}
