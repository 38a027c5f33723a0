package ai.openlegion.fuzz;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a text is by the strict reading of `gateway.md`: one JSON value in UTF-8, no deeper than 64, no key twice.
final class JsonOracle {

    static final int DEPTH = 64;

    private JsonOracle() {}

    /// A value: maps in their order, lists, texts, and numbers as they are written.
    record Value(@Nullable Object is) {}

    /// A number as it is written.
    record Digits(String text) {}

    /// The one value of these bytes; null where they are none.
    static @Nullable Value read(byte[] json) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return null;
        }
        // a mark at the very beginning may be ignored (RFC 8259, 8.1), and is
        String marked = text.startsWith("\ufeff") ? text.substring(1) : text;
        // of characters, not of bytes, so that nothing guesses an encoding
        try (JsonParser parser = new JsonFactory().createParser(marked)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                return null;
            }
            Value value = new Value(value(parser, first, 0));
            return parser.nextToken() == null ? value : null;
        } catch (IOException | Refused malformed) {
            return null;
        }
    }

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static @Nullable Object value(JsonParser parser, JsonToken token, int depth) throws IOException {
        if (token.isStructStart() && depth + 1 > DEPTH) {
            throw new Refused();
        }
        if (token == JsonToken.START_ARRAY) {
            List<@Nullable Object> list = new ArrayList<>();
            for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                list.add(value(parser, next, depth + 1));
            }
            return list;
        }
        if (token == JsonToken.START_OBJECT) {
            Map<String, @Nullable Object> members = new LinkedHashMap<>();
            Set<String> names = new HashSet<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (!names.add(name)) {
                    throw new Refused();
                }
                members.put(name, value(parser, parser.nextToken(), depth + 1));
            }
            return members;
        }
        return switch (token) {
            case VALUE_STRING -> parser.getText();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> new Digits(parser.getText()); // open: numbers
        };
    }
}
