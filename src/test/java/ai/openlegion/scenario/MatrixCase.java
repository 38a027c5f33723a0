package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// One case of matrix.mjs: what a client made of an answer, and what it has to be, whatever stands between the client
/// and the simulated model.
///
/// @param client as matrix.mjs calls it
/// @param model as the client named it
/// @param result as matrix.mjs printed it
record MatrixCase(String client, String model, String name, JsonObject result) {

    static final List<String> CLIENTS = List.of(
            "openaiChat", "openaiResponses", "anthropic", "langchainChat", "langchainResponses", "langchainAnthropic");

    /// The tokens that one run of all clients' cases has the model generate.
    static final long TOKENS = 3 * 224 + 3 * 144;

    private static final String TEXT = "Here answer flows word by word over a real socket and every token is counted"
            + " where it is made; naïve 東京 🦉 then on it goes, steady as rain. the answer flows word by word over a real"
            + " socket and every token is counted where it is made; naïve 東京 🦉 then on it goes,";

    static List<MatrixCase> of(JsonObject printed) {
        List<MatrixCase> cases = new ArrayList<>();
        for (String client : printed.fieldNames()) {
            for (String model : printed.getJsonObject(client).fieldNames()) {
                JsonObject results = printed.getJsonObject(client).getJsonObject(model);
                for (String name : results.fieldNames()) {
                    cases.add(new MatrixCase(client, model, name, results.getJsonObject(name)));
                }
            }
        }
        return cases;
    }

    @Override
    public String toString() {
        return client + " → " + model + ": " + name;
    }

    void check() {
        switch (name) {
            case "plain" -> {
                said(
                        result,
                        "Here answer flows word by word over a real socket and every token is counted where it is made;");
                ended(result, Stop.END, 20);
                assertThat(usage(result).getInteger("cached")).as("%s", result).isEqualTo(5);
            }
            case "streaming" -> {
                said(result, TEXT);
                ended(result, Stop.END, 60);
                assertThat(result.getInteger("deltas")).isGreaterThanOrEqualTo(60);
            }
            case "tool" -> {
                called(result, "weather");
                ended(result, Stop.CALLS, 6);
            }
            case "parallel", "parallelStreaming" -> {
                JsonObject first = result.getJsonObject("first");
                assertThat(first).as("%s", result).isNotNull();
                called(first, "weather", "clock");
                said(first, "Here answer flows");
                ended(first, Stop.CALLS, 13);
                said(result, "Here answer flows word by word over a real");
                ended(result, Stop.END, 9);
            }
            case "forced" -> {
                called(result, "clock");
                ended(result, Stop.CALLS, 4);
            }
            case "image" -> {
                said(result, "Here answer flows word by word over a real socket and");
                ended(result, Stop.END, 11);
                assertThat(usage(result).getInteger("input"))
                        .as("an image among them")
                        .isGreaterThan(85);
            }
            case "length", "lengthStreaming" -> {
                said(result, "Here answer flows word by word over a real socket and every token is counted where");
                ended(result, Stop.LENGTH, 16);
            }
            case "reasoning" -> {
                JsonObject first = result.getJsonObject("first");
                assertThat(first).as("%s", result).isNotNull();
                called(first, "weather");
                ended(first, Stop.CALLS, 10);
                said(result, "by word over a real socket and every");
                ended(result, Stop.END, 12);
            }
            case "bad" -> {
                assertThat(result.getString("failed")).as("%s", result).isEqualTo("BadRequestError");
                assertThat(result.getInteger("status")).isEqualTo(400);
                assertThat(result.getString("message")).contains("Simulated failure");
                assertThat(result.getString("requestId")).isNotEmpty();
            }
            case "limited" -> {
                assertThat(result.getString("failed")).as("%s", result).isEqualTo("RateLimitError");
                assertThat(result.getInteger("status")).isEqualTo(429);
                assertThat(result.getString("message")).contains("Rate limit reached");
                assertThat(result.getString("retryAfter")).isEqualTo("7");
                assertThat(result.getString("requestId")).isNotEmpty();
            }
            case "broken", "unended" -> failed();
            default -> throw new AssertionError("no expectation for " + this); // open: what the script prints
        }
    }

    /* LangChain does not look at `response.failed`: what it has then is a text without a stop reason. */
    private void failed() {
        if (client.equals("langchainResponses")) {
            assertThat(result.getString("stop")).as("%s", result).isNull();
            return;
        }
        assertThat(result.getString("failed"))
                .as("%s", result)
                .isIn(
                        "APIError",
                        "OpenAIError",
                        "AnthropicError",
                        "InternalServerError",
                        "response.failed",
                        "response.in_progress");
    }

    private static void said(JsonObject result, String text) {
        assertThat(result.getString("text")).as("%s", result).isNotNull();
        assertThat(result.getString("text").strip()).as("%s", result).isEqualTo(text);
    }

    private static void called(JsonObject result, String... names) {
        JsonArray expected = new JsonArray();
        for (String name : names) {
            JsonObject arguments =
                    name.equals("weather") ? new JsonObject().put("city", "Zürich") : new JsonObject().put("offset", 7);
            expected.add(new JsonObject().put("name", name).put("arguments", arguments));
        }
        assertThat(result.getJsonArray("calls")).as("%s", result).isEqualTo(expected);
    }

    private void ended(JsonObject result, Stop stop, long tokens) {
        assertThat(result.getString("stop")).as("%s", result).isEqualTo(stop.inWordsOf(client));
        JsonObject usage = usage(result);
        long output = usage.getLong("output");
        /* LangChain adds up what Anthropic says at the start and at the end of a stream. */
        boolean addsUp = client.equals("langchainAnthropic")
                && Set.of("streaming", "tool").contains(name);
        assertThat(output).as("%s", result).isBetween(tokens, addsUp ? tokens + 1 : tokens);
        /* And it takes the prompt's tokens from the start, where a provider of another dialect has not told them yet. */
        boolean untold = addsUp && !model.startsWith("simant/") && usage.getLong("input") == 0;
        assertThat(usage.getLong("input")).as("%s", result).isGreaterThan(untold ? -1 : 0);
        if (usage.containsKey("total")) {
            assertThat(usage.getLong("total")).as("%s", result).isEqualTo(usage.getLong("input") + output);
        }
    }

    private static JsonObject usage(JsonObject result) {
        assertThat(result.getJsonObject("usage")).as("%s", result).isNotNull();
        return result.getJsonObject("usage");
    }

    private enum Stop {
        END,
        CALLS,
        LENGTH;

        String inWordsOf(String client) {
            boolean responses = client.endsWith("Responses");
            boolean messages = client.endsWith("nthropic");
            return switch (this) {
                case END -> responses ? "completed" : messages ? "end_turn" : "stop";
                case CALLS -> responses ? "completed" : messages ? "tool_use" : "tool_calls";
                case LENGTH -> responses ? "max_output_tokens" : messages ? "max_tokens" : "length";
            };
        }
    }
}
