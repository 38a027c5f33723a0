package ai.openlegion.dialect.responses;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One output item as a provider tells it: whole, or as far as it has come. Its texts are told by where they lie.
final class OutputItem {

    /// Which of an item's texts one is.
    enum Section {
        /// What a message says.
        TEXT,
        /// Why a message does not say it.
        REFUSAL,
        /// A part of a summary of reasoning.
        SUMMARY,
        /// A part of reasoning itself.
        REASONING,
        /// The arguments of a call.
        ARGUMENTS
    }

    /// A text that is not empty.
    ///
    /// @param index of the content or summary part
    /// @param from  where the inside of the JSON string begins, counted from the document's first byte
    record Text(Section section, int index, int from, int to) {}

    String type = "";
    String id = "";
    String callId = "";
    String name = "";

    @Nullable
    String encrypted;

    final List<Text> texts = new ArrayList<>(2);

    /// Bytes of the item's JSON.
    int size;

    /// Reads the object on whose brace the parser stands.
    static OutputItem read(JsonParser parser) throws IOException {
        var item = new OutputItem();
        long from = parser.currentTokenLocation().getByteOffset();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String member = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (member) {
                case "type" -> item.type = Wire.text(parser);
                case "id" -> item.id = Wire.text(parser);
                case "call_id" -> item.callId = Wire.text(parser);
                case "name" -> item.name = Wire.text(parser);
                case "encrypted_content" -> item.encrypted = value == JsonToken.VALUE_STRING ? parser.getText() : null;
                case "arguments", "input" -> item.text(parser, Section.ARGUMENTS, 0);
                case "content", "summary" -> item.parts(parser, value, member.equals("summary"));
                default -> parser.skipChildren(); // open: other members of an item
            }
        }
        item.size = (int) (parser.currentLocation().getByteOffset() - from);
        return item;
    }

    private void parts(JsonParser parser, JsonToken value, boolean isSummary) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return;
        }
        for (int index = 0; parser.nextToken() != JsonToken.END_ARRAY; index++) {
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                part(parser, isSummary, index);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void part(JsonParser parser, boolean isSummary, int index) throws IOException {
        int known = texts.size();
        boolean isReasoning = isSummary;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String member = parser.currentName();
            JsonToken _ = parser.nextToken();
            switch (member) {
                case "type" -> isReasoning |= Wire.text(parser).equals("reasoning_text");
                case "text" -> text(parser, Section.TEXT, index);
                case "refusal" -> text(parser, Section.REFUSAL, index);
                default -> parser.skipChildren(); // open: other members of a part
            }
        }
        if (isReasoning && texts.size() > known) {
            Text read = texts.removeLast();
            texts.add(new Text(isSummary ? Section.SUMMARY : Section.REASONING, index, read.from, read.to));
        }
    }

    private void text(JsonParser parser, Section section, int index) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            parser.skipChildren();
            return;
        }
        int from = Wire.insideStart(parser);
        int to = Wire.insideEnd(parser);
        if (to > from) {
            texts.add(new Text(section, index, from, to));
        }
    }
}
