package ai.openlegion.proxy;

/// What a chat answer cost in tokens, as the provider says or as we counted.
///
/// @param inputTokens  prompt tokens, cached ones included
/// @param cachedTokens those of them read from the provider's cache
/// @param outputTokens completion tokens, hidden reasoning included
public record ChatUsage(long inputTokens, long cachedTokens, long outputTokens) {

    /// The provider's figures; some report reasoning only in the total, so the larger reading of the output counts.
    static ChatUsage of(ChatFrame frame) {
        long input = Math.max(0, frame.promptTokens);
        long output = Math.max(frame.completionTokens, frame.totalTokens - input);
        return new ChatUsage(input, Math.clamp(frame.cachedTokens, 0, input), Math.max(0, output));
    }

    /// Whether the frame holds figures at all; a negative or missing one is no figure.
    static boolean isIn(ChatFrame frame) {
        return frame.hasUsage && frame.promptTokens >= 0 && frame.completionTokens >= 0;
    }
}
