package ai.openlegion.dialect.messages;

import ai.openlegion.json.StrictJson;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One document of a stream, read in one pass: which members it has, and where its text lies.
final class MessagesFrame {

    /// A piece of text: the inside of a JSON string, by its place in the data.
    record Span(int from, int to) {
        boolean isEmpty() {
            return from == to;
        }
    }

    private final byte[] data;
    private final int base;
    private final JsonParser json;
    private final Figures figures;

    String type = "";
    int index;

    /// `type` of the delta or of the content block.
    String kind = "";

    /// Bytes of the delta or content block as it stands.
    long bytes;

    @Nullable
    Span text;

    @Nullable
    Span thinking;

    @Nullable
    Span partialJson;

    String signature = "";
    String opaque = "";

    /// `id` and `name` of a content block, or `id` and `model` of the message.
    String id = "";

    String name = "";

    /// The input that a tool call begins with, as JSON text.
    String input = "";

    @Nullable
    String stopReason;

    @Nullable
    String stopSequence;

    boolean hasUsage;
    String errorType = "";
    String errorMessage = "";

    private MessagesFrame(byte[] data, int from, JsonParser json, Figures figures) {
        this.data = data;
        this.base = from;
        this.json = json;
        this.figures = figures;
    }

    /// Reads a document; its figures are put into `figures`.
    ///
    /// @throws IOException when it is no JSON object with a type
    static MessagesFrame read(byte[] data, int from, int to, Figures figures) throws IOException {
        try (JsonParser json = StrictJson.lenient(data, from, to)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no JSON object");
            }
            var frame = new MessagesFrame(data, from, json, figures);
            frame.document();
            if (frame.type.isEmpty() || json.nextToken() != null) {
                throw new IOException("no event");
            }
            return frame;
        }
    }

    private void document() throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            JsonToken token = json.nextToken();
            switch (member) {
                case "type" -> type = text(token);
                case "index" -> index = token == JsonToken.VALUE_NUMBER_INT ? json.getIntValue() : 0;
                case "delta", "content_block" -> object(token, this::part);
                case "message" -> object(token, this::message);
                case "error" -> object(token, this::error);
                case "usage" -> usage();
                default -> json.skipChildren(); // open: members that are not known yet
            }
        }
    }

    /// Reads one member.
    private interface Reading {
        void member(String name, JsonToken token) throws IOException;
    }

    private void object(JsonToken token, Reading reading) throws IOException {
        if (token != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        int from = start();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            reading.member(member, json.nextToken());
        }
        bytes = (long) end() - from;
    }

    private void part(String member, JsonToken token) throws IOException {
        switch (member) {
            case "type" -> kind = text(token);
            case "text" -> text = span(token);
            case "thinking" -> thinking = span(token);
            case "partial_json" -> partialJson = span(token);
            case "signature" -> signature = text(token);
            case "data" -> opaque = text(token);
            case "id" -> id = text(token);
            case "name" -> name = text(token);
            case "input" -> input = raw();
            case "stop_reason" -> stopReason = token == JsonToken.VALUE_STRING ? json.getText() : null;
            case "stop_sequence" -> stopSequence = token == JsonToken.VALUE_STRING ? json.getText() : null;
            default -> json.skipChildren(); // open: members that are not known yet
        }
    }

    private void message(String member, JsonToken token) throws IOException {
        switch (member) {
            case "id" -> id = text(token);
            case "model" -> name = text(token);
            case "usage" -> usage();
            default -> json.skipChildren(); // open: what else a message has is told later
        }
    }

    private void error(String member, JsonToken token) throws IOException {
        switch (member) {
            case "type" -> errorType = text(token);
            case "message" -> errorMessage = text(token);
            default -> json.skipChildren(); // open: details
        }
    }

    private void usage() throws IOException {
        hasUsage |= json.currentToken() == JsonToken.START_OBJECT;
        figures.read(json);
    }

    private String text(JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_STRING) {
            return json.getText();
        }
        json.skipChildren();
        return "";
    }

    private @Nullable Span span(JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_STRING) {
            json.skipChildren();
            return null;
        }
        int to = end();
        return new Span(base + start() + 1, base + to - 1);
    }

    private String raw() throws IOException {
        int from = start();
        json.skipChildren();
        return new String(data, base + from, end() - from, StandardCharsets.UTF_8);
    }

    private int start() {
        return (int) json.currentTokenLocation().getByteOffset();
    }

    private int end() throws IOException {
        json.finishToken();
        return (int) json.currentLocation().getByteOffset();
    }
}
