package ai.openlegion.proxy;

import ai.openlegion.json.StrictJson;
import ai.openlegion.proxy.CallRequest.Member;
import ai.openlegion.proxy.CallRequest.Scan;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/// The strict reading of an OpenAI embeddings request. Only texts and token ids are bounded by what is sent, so nothing
/// else is input here.
final class EmbeddingsRequestReader extends RequestReader {

    private boolean hasInput;

    private EmbeddingsRequestReader(CallRequest request, JsonParser parser) {
        super(request, parser);
        request.embeds = true;
    }

    static Scan read(CallRequest request) {
        return read(request, EmbeddingsRequestReader::new);
    }

    @Override
    void document() throws IOException, Refused {
        object();
        if (!hasInput) {
            throw new Refused(400, "input is required: a text, token ids, or a list of these", "input");
        }
    }

    @Override
    void value(String name, JsonToken token) throws IOException, Refused {
        switch (name) {
            case "model" -> request.model = text(name, 400);
            case "input" -> input(token);
            case "agent_id" -> request.agentId = text(name, 400);
            case "service_tier" -> serviceTier(token);
            default -> parser.skipChildren(); // open: other members pass through unread
        }
    }

    @Override
    void read(Member member, JsonToken token) {
        switch (member.name()) {
            case "model" -> request.modelMember = member;
            // of these none is read by the model
            case "input", "encoding_format", "dimensions", "user" -> {}
            // an instruction that some servers put before each input is no more tokens than its bytes
            default -> request.instructionBytes += member.valueEnd() - member.valueStart(); // open: any other member
        }
    }

    private void input(JsonToken token) throws IOException, Refused {
        hasInput = true;
        if (token == JsonToken.VALUE_STRING) {
            text();
            return;
        }
        if (token != JsonToken.START_ARRAY) {
            throw wrong();
        }
        JsonToken first = parser.nextToken();
        switch (first) {
            case VALUE_STRING -> {
                for (JsonToken next = first; next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    expect(next == JsonToken.VALUE_STRING);
                    text();
                }
            }
            case VALUE_NUMBER_INT -> ids(first);
            case START_ARRAY -> {
                for (JsonToken next = first; next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    expect(next == JsonToken.START_ARRAY);
                    ids(parser.nextToken());
                }
            }
            default -> throw wrong(); // open: an empty list, an object, anything else
        }
    }

    private void text() throws IOException {
        request.messageCount++;
        request.textBytes += StrictJson.utf8Length(parser);
    }

    /// Reads token ids up to the end of their list.
    private void ids(JsonToken first) throws IOException, Refused {
        expect(first != JsonToken.END_ARRAY);
        request.messageCount++;
        for (JsonToken next = first; next != JsonToken.END_ARRAY; next = parser.nextToken()) {
            expect(next == JsonToken.VALUE_NUMBER_INT);
            request.textBytes++;
        }
    }

    private static void expect(boolean right) throws Refused {
        if (!right) {
            throw wrong();
        }
    }

    private static Refused wrong() {
        return new Refused(
                400, "input must be a text, a list of texts, a list of token ids or a list of such lists", "input");
    }
}
