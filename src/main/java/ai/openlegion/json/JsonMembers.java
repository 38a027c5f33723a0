package ai.openlegion.json;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Members of the objects that the listeners answer with, each kind written one way.
public final class JsonMembers {

    private JsonMembers() {}

    /// A member whose value is JSON text already.
    public static void raw(JsonGenerator json, String name, String value) throws IOException {
        json.writeFieldName(name);
        json.writeRawValue(value);
    }

    /// A member that is left out where there is nothing to say.
    public static void optional(JsonGenerator json, String name, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    /// A time in ISO 8601, UTC; null for 0.
    ///
    /// @param millis since 1970
    public static void time(JsonGenerator json, String name, long millis) throws IOException {
        json.writeStringField(
                name, millis == 0 ? null : Instant.ofEpochMilli(millis).toString());
    }
}
