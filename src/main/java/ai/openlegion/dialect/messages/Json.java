package ai.openlegion.dialect.messages;

import ai.openlegion.json.PlainJson;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// JSON documents and server-sent events, put together.
final class Json {

    private Json() {}

    /// An object with these members: names and values in turn.
    static Map<String, @Nullable Object> object(@Nullable Object... namesAndValues) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return object;
    }

    static byte[] bytes(Map<String, @Nullable Object> document) {
        return utf8(PlainJson.write(document));
    }

    /// A server-sent event, named as its data's `type`.
    static byte[] event(Map<String, @Nullable Object> data) {
        return utf8("event: " + data.get("type") + "\ndata: " + PlainJson.write(data) + "\n\n");
    }

    /// The text as the inside of a JSON string.
    static byte[] inside(String text) {
        return utf8(new String(JsonStringEncoder.getInstance().quoteAsString(text)));
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
