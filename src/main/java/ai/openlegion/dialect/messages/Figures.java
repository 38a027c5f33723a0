package ai.openlegion.dialect.messages;

import ai.openlegion.dialect.Usage;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The figures of one answer as its `usage` objects tell them: each replaces what was told before, none is added.
final class Figures {

    /// A figure above it is none: the sum of three could not be told. One below it that no answer has is believed all
    /// the same, because a bill is a bill.
    private static final long MAX = 1L << 60;

    private long input = -1;
    private long cacheRead;
    private long cacheWrite = -1;
    private long shortWrite;
    private long longWrite;
    private long output = -1;
    private long thinking;

    /// Reads the `usage` on which the parser stands.
    void read(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken token = json.nextToken();
            switch (name) {
                case "input_tokens" -> input = figure(json, token, input);
                case "cache_read_input_tokens" -> cacheRead = figure(json, token, cacheRead);
                case "cache_creation_input_tokens" -> cacheWrite = figure(json, token, cacheWrite);
                case "output_tokens" -> output = figure(json, token, output);
                case "cache_creation", "output_tokens_details" -> read(json); // their members have names of their own
                case "ephemeral_5m_input_tokens" -> shortWrite = figure(json, token, shortWrite);
                case "ephemeral_1h_input_tokens" -> longWrite = figure(json, token, longWrite);
                case "thinking_tokens" -> thinking = figure(json, token, thinking);
                default -> json.skipChildren(); // open: what else is told costs nothing that is allowed here
            }
        }
    }

    private static long figure(JsonParser json, JsonToken token, long before) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            json.skipChildren();
            return before;
        }
        var value = json.getBigIntegerValue();
        return value.signum() < 0 || value.bitLength() > 62 || value.longValue() > MAX ? before : value.longValue();
    }

    /// The output that a stream's first event tells is a placeholder.
    void forgetOutput() {
        output = -1;
    }

    /// Whether the provider has told both how much it read and how much it produced: with one of them missing or absurd
    /// the other would settle the call as if the missing one were nothing.
    boolean areWhole() {
        return input >= 0 && output >= 0;
    }

    Usage usage() {
        long written = cacheWrite >= 0 ? cacheWrite : shortWrite + longWrite;
        long forAnHour = Math.min(longWrite, written);
        long produced = Math.max(output, 0);
        return new Usage(
                Math.max(input, 0) + cacheRead + written,
                cacheRead,
                written - forAnHour,
                forAnHour,
                produced,
                Math.min(thinking, produced));
    }

    /// The figures in Anthropic's split: what the cache has to do with is not in `input_tokens`.
    ///
    /// @param delta whether it is for the end of a stream, which does not split what is written by its time
    static Map<String, @Nullable Object> written(Usage usage, boolean delta) {
        long written = usage.cacheWriteTokens() + usage.cacheWriteLongTokens();
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("input_tokens", usage.inputTokens() - usage.cachedTokens() - written);
        figures.put("cache_creation_input_tokens", written);
        figures.put("cache_read_input_tokens", usage.cachedTokens());
        if (!delta) {
            figures.put(
                    "cache_creation",
                    Json.object(
                            "ephemeral_5m_input_tokens", usage.cacheWriteTokens(),
                            "ephemeral_1h_input_tokens", usage.cacheWriteLongTokens()));
        }
        figures.put("output_tokens", usage.outputTokens());
        if (usage.reasoningTokens() > 0) {
            figures.put("output_tokens_details", Json.object("thinking_tokens", usage.reasoningTokens()));
        }
        return figures;
    }
}
