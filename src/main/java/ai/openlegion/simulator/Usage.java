package ai.openlegion.simulator;

/// The usage figures a simulated answer reports, true or not.
///
/// @param promptTokens all of the prompt, cached or not
/// @param completionTokens reasoning among them
record Usage(long promptTokens, long completionTokens, long cachedTokens, long reasoningTokens) {

    /// What the script has the provider claim after `generated` tokens.
    static Usage claimed(Ask ask, long generated) {
        long prompt = ask.promptTokens();
        long cached = ask.cached().read();
        long thoughts = ask.thinks()
                ? (long) ask.script().number("reasoning", 0) + ask.script().number("redacted", 0)
                : 0;
        long reasoning = Math.min(generated, thoughts);
        return switch (ask.script().text("lie_usage")) {
            case "over" -> new Usage(prompt, generated * 2 + 1000, cached, reasoning);
            case "under" -> new Usage(prompt, generated / 2, cached, 0);
            case "zero" -> new Usage(0, 0, 0, 0);
            case "absurd" -> new Usage(prompt, 4_600_000_000_000L, cached, reasoning);
            default -> new Usage(prompt, generated, cached, reasoning); // open: no lie
        };
    }
}
