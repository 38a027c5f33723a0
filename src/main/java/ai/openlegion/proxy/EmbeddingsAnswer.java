package ai.openlegion.proxy;

import ai.openlegion.dialect.Usage;
import ai.openlegion.json.StrictJson;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A provider's answer to an embeddings request, read for what it cost and where its first vector lies.
public final class EmbeddingsAnswer {

    private final byte[] json;
    private int vectors;
    private int start;
    private int end;
    private long promptTokens = -1;

    private EmbeddingsAnswer(byte[] json) {
        this.json = json;
    }

    /// Reads an answer.
    ///
    /// @throws IOException when it is no JSON object that holds vectors
    public static EmbeddingsAnswer read(byte[] json) throws IOException {
        var answer = new EmbeddingsAnswer(json);
        try (JsonParser parser = StrictJson.lenient(json, 0, json.length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                if (name.equals("data") && token == JsonToken.START_ARRAY) {
                    answer.data(parser);
                } else if (name.equals("usage") && token == JsonToken.START_OBJECT) {
                    answer.usage(parser);
                } else {
                    parser.skipChildren();
                }
            }
            if (parser.nextToken() != null || answer.vectors == 0) {
                throw new IOException("no vectors");
            }
        }
        return answer;
    }

    private void data(JsonParser parser) throws IOException {
        for (JsonToken token = parser.nextToken(); token == JsonToken.START_OBJECT; token = parser.nextToken()) {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isVector = parser.currentName().equals("embedding");
                var _ = parser.nextToken();
                int from = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                if (isVector && vectors++ == 0) {
                    parser.finishToken();
                    start = from;
                    end = (int) parser.currentLocation().getByteOffset();
                }
            }
        }
    }

    private void usage(JsonParser parser) throws IOException {
        long total = -1;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            if (token != JsonToken.VALUE_NUMBER_INT) {
                parser.skipChildren();
            } else if (name.equals("prompt_tokens")) {
                promptTokens = parser.getBigIntegerValue().bitLength() > 62 ? -1 : parser.getLongValue();
            } else if (name.equals("total_tokens")) {
                total = parser.getBigIntegerValue().bitLength() > 62 ? -1 : parser.getLongValue();
            }
        }
        promptTokens = promptTokens < 0 ? total : promptTokens;
    }

    /// The provider's own figures; null where it gave none.
    public @Nullable Usage usage() {
        return promptTokens < 0 ? null : Usage.of(promptTokens, 0);
    }

    /// The first vector, as the provider wrote it.
    public byte[] first() {
        return Arrays.copyOfRange(json, start, end);
    }
}
