package ai.openlegion.dialect;

/// What an answer cost in tokens, as the provider says or as we counted.
///
/// @param inputTokens prompt tokens, those of the cache included
/// @param cachedTokens those of them read from the provider's cache
/// @param cacheWriteTokens those of them written to it for a short time
/// @param cacheWriteLongTokens those of them written to it for an hour
/// @param outputTokens tokens produced, hidden reasoning included
/// @param reasoningTokens those of them that were reasoning, where the provider says so
public record Usage(
        long inputTokens,
        long cachedTokens,
        long cacheWriteTokens,
        long cacheWriteLongTokens,
        long outputTokens,
        long reasoningTokens) {

    /// @throws IllegalArgumentException when a figure is negative, or the cache's are more than the input
    public Usage {
        if ((inputTokens | cachedTokens | cacheWriteTokens | cacheWriteLongTokens | outputTokens | reasoningTokens) < 0
                || cachedTokens > inputTokens - cacheWriteTokens - cacheWriteLongTokens) {
            throw new IllegalArgumentException("usage that does not add up");
        }
    }

    /// Figures in which the cache has no part.
    public static Usage of(long inputTokens, long outputTokens) {
        return new Usage(inputTokens, 0, 0, 0, outputTokens, 0);
    }

    /// The same input with another output.
    public Usage withOutput(long tokens) {
        return new Usage(inputTokens, cachedTokens, cacheWriteTokens, cacheWriteLongTokens, tokens, 0);
    }
}
