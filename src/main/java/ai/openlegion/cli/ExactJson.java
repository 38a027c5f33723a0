package ai.openlegion.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// Values out of the mesh's JSON in the very digits they were sent in.
final class ExactJson {
    private static final JsonFactory JSON = new JsonFactory();

    private ExactJson() {}

    /// The member of this name of an object, or of each object of an array; one text each.
    static List<String> members(String json, String name, boolean pretty) {
        List<String> found = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(json)) {
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.START_OBJECT) {
                    depth++;
                } else if (token == JsonToken.END_OBJECT) {
                    depth--;
                } else if (token == JsonToken.FIELD_NAME && depth == 1) {
                    boolean wanted = name.equals(parser.currentName());
                    var _ = parser.nextToken();
                    if (wanted) {
                        found.add(copy(parser, pretty));
                    } else {
                        var _ = parser.skipChildren();
                    }
                }
            }
        } catch (IOException malformed) {
            throw new UncheckedIOException(malformed);
        }
        return found;
    }

    private static String copy(JsonParser parser, boolean pretty) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(text)) {
            if (pretty) {
                var _ = generator.setPrettyPrinter(new DefaultPrettyPrinter());
            }
            int depth = 0;
            for (JsonToken token = parser.currentToken(); token != null; token = parser.nextToken()) {
                if (token.isNumeric()) {
                    generator.writeNumber(parser.getText());
                } else {
                    generator.copyCurrentEvent(parser);
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (depth == 0) {
                    break;
                }
            }
        }
        return text.toString();
    }
}
