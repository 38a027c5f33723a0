package ai.openlegion.simulator;

import io.vertx.core.json.JsonObject;

/// The usage figures a simulated answer reports, true or not.
record Usage(long promptTokens, long completionTokens, long cachedTokens) {

    /// What the script has the provider claim after `generated` tokens.
    static Usage claimed(ChatRequest request, long generated) {
        long prompt = request.promptTokens();
        long cached = Math.min(prompt, request.script().number("cached", 0));
        return switch (request.script().text("lie_usage")) {
            case "over" -> new Usage(prompt, generated * 2 + 1000, cached);
            case "under" -> new Usage(prompt, generated / 2, cached);
            case "zero" -> new Usage(0, 0, 0);
            case "absurd" -> new Usage(prompt, 4_600_000_000_000L, cached);
            default -> new Usage(prompt, generated, cached); // open: no lie
        };
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("prompt_tokens", promptTokens)
                .put("completion_tokens", completionTokens)
                .put("total_tokens", promptTokens + completionTokens)
                .put("prompt_tokens_details", new JsonObject().put("cached_tokens", cachedTokens));
    }
}
