package ai.openlegion.dialect.responses;

import ai.openlegion.dialect.Usage;
import ai.openlegion.json.StrictJson;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One JSON document of a provider: an event of a stream, or a whole response. Unknown members are skipped.
final class ResponseDocument {

    /// The response object, of which an event may tell as much as it likes.
    static final class Response {
        String id = "";
        String model = "";
        String status = "";
        String incompleteReason = "";
        long created;
        boolean hasOutput;
        final List<OutputItem> output = new ArrayList<>(0);

        @Nullable
        Usage usage;

        @Nullable
        Map<String, @Nullable Object> error;
    }

    /// The event's name; empty where it has none.
    String type = "";

    long sequence = -1;

    /// The item's place in the output, and its id; -1 and empty where the event says none.
    int outputIndex = -1;

    String itemId = "";
    int contentIndex;
    int summaryIndex;

    /// Where the inside of the event's one text lies, counted from the document's first byte; -1 where it has none.
    int textFrom = -1;

    int textTo = -1;

    /// Where the event's number begins, and the inside of its padding; -1 where it has none.
    int numberFrom = -1;

    int paddingFrom = -1;
    int paddingTo = -1;

    @Nullable
    OutputItem item;

    @Nullable
    Response response;

    /// The error of an event that is one: its own members, or those of the object within.
    @Nullable
    Map<String, @Nullable Object> error;

    private final Map<String, @Nullable Object> scalars = new LinkedHashMap<>(4);

    private ResponseDocument() {}

    /// Reads an event.
    ///
    /// @throws IOException when it is no JSON object
    static ResponseDocument event(byte[] json, int from, int to) throws IOException {
        var document = new ResponseDocument();
        try (JsonParser parser = StrictJson.lenient(json, from, to)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("not a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String member = parser.currentName();
                JsonToken value = parser.nextToken();
                document.member(parser, member, value);
            }
            if (parser.nextToken() != null) {
                throw new IOException("more than one JSON value");
            }
        }
        if (document.error == null && document.type.equals("error")) {
            document.error = document.scalars;
        }
        return document;
    }

    /// Reads a whole response.
    ///
    /// @throws IOException when it is no JSON object
    static Response whole(byte[] json) throws IOException {
        try (JsonParser parser = StrictJson.lenient(json, 0, json.length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("not a JSON object");
            }
            Response response = response(parser);
            if (parser.nextToken() != null) {
                throw new IOException("more than one JSON value");
            }
            return response;
        }
    }

    private void member(JsonParser parser, String member, JsonToken value) throws IOException {
        switch (member) {
            case "type" -> type = Wire.text(parser);
            case "sequence_number" -> {
                numberFrom = (int) parser.currentTokenLocation().getByteOffset();
                sequence = Wire.number(parser, -1);
            }
            case "obfuscation" -> {
                if (value == JsonToken.VALUE_STRING) {
                    paddingFrom = Wire.insideStart(parser);
                    paddingTo = Wire.insideEnd(parser);
                } else {
                    parser.skipChildren();
                }
            }
            case "output_index" -> outputIndex = Wire.index(parser, -1);
            case "item_id" -> itemId = Wire.text(parser);
            case "content_index" -> contentIndex = Wire.index(parser, 0);
            case "summary_index" -> summaryIndex = Wire.index(parser, 0);
            case "delta", "text", "refusal", "arguments", "input" -> {
                if (value == JsonToken.VALUE_STRING) {
                    textFrom = Wire.insideStart(parser);
                    textTo = Wire.insideEnd(parser);
                } else {
                    parser.skipChildren();
                }
            }
            case "item" -> item = value == JsonToken.START_OBJECT ? OutputItem.read(parser) : null;
            case "response" -> response = value == JsonToken.START_OBJECT ? response(parser) : null;
            case "error" -> error = value == JsonToken.START_OBJECT ? scalars(parser) : null;
            case "code", "message", "param" -> scalars.put(member, Wire.text(parser));
            default -> parser.skipChildren(); // open: other members of an event
        }
        if (value == JsonToken.START_ARRAY && parser.currentToken() == JsonToken.START_ARRAY) {
            parser.skipChildren();
        }
    }

    private static Response response(JsonParser parser) throws IOException {
        var response = new Response();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String member = parser.currentName();
            JsonToken value = parser.nextToken();
            boolean isObject = value == JsonToken.START_OBJECT;
            switch (member) {
                case "id" -> response.id = Wire.text(parser);
                case "model" -> response.model = Wire.text(parser);
                case "status" -> response.status = Wire.text(parser);
                case "created_at" -> response.created = created(parser);
                case "error" -> response.error = isObject ? scalars(parser) : null;
                case "incomplete_details" -> {
                    Object reason = isObject ? scalars(parser).get("reason") : null;
                    response.incompleteReason = reason == null ? "" : reason.toString();
                }
                case "usage" -> response.usage = isObject ? usage(parser) : null;
                case "output" -> {
                    response.hasOutput = value == JsonToken.START_ARRAY;
                    output(parser, value, response.output);
                }
                default -> parser.skipChildren(); // open: other members of a response, most of them echoes
            }
            if (parser.currentToken() == JsonToken.START_ARRAY) {
                parser.skipChildren(); // what should have been an object
            }
        }
        return response;
    }

    /// OpenAI sends seconds as a whole number, some servers as a fraction.
    private static long created(JsonParser parser) throws IOException {
        return parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT
                ? (long) parser.getDoubleValue()
                : Math.max(0, Wire.number(parser, 0));
    }

    private static void output(JsonParser parser, JsonToken value, List<OutputItem> items) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                items.add(OutputItem.read(parser));
            } else {
                parser.skipChildren();
            }
        }
    }

    /// The strings of the object on whose brace the parser stands.
    private static Map<String, @Nullable Object> scalars(JsonParser parser) throws IOException {
        Map<String, @Nullable Object> strings = new LinkedHashMap<>(4);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String member = parser.currentName();
            if (parser.nextToken().isScalarValue()) {
                if (parser.currentToken() != JsonToken.VALUE_NULL) {
                    strings.put(member, parser.getText());
                }
            } else {
                parser.skipChildren();
            }
        }
        return strings;
    }

    /// The figures; null where one is missing or negative, or they do not add up.
    private static @Nullable Usage usage(JsonParser parser) throws IOException {
        long input = -1;
        long output = -1;
        var details = new Details();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String member = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (member) {
                case "input_tokens" -> input = Wire.number(parser, -1);
                case "output_tokens" -> output = Wire.number(parser, -1);
                default -> { // open: the details among them
                    if (value == JsonToken.START_OBJECT && member.endsWith("_tokens_details")) {
                        details.read(parser);
                    } else {
                        parser.skipChildren();
                    }
                }
            }
        }
        if ((input | output | details.cached | details.written | details.reasoning) < 0
                || details.cached > input - details.written) {
            return null;
        }
        return new Usage(input, details.cached, details.written, 0, output, Math.min(details.reasoning, output));
    }

    /// What the figures are made of.
    private static final class Details {
        long cached;
        long written;
        long reasoning;

        void read(JsonParser parser) throws IOException {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String member = parser.currentName();
                JsonToken _ = parser.nextToken();
                switch (member) {
                    case "cached_tokens" -> cached = Wire.number(parser, -1);
                    case "cache_write_tokens" -> written = Wire.number(parser, -1);
                    case "reasoning_tokens" -> reasoning = Wire.number(parser, -1);
                    default -> parser.skipChildren(); // open: figures of other modalities
                }
            }
        }
    }
}
